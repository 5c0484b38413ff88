import { pipeline, type Readable } from 'node:stream';
import zlib from 'node:zlib';

const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  deflate: () => zlib.createInflate(),
  br: () => zlib.createBrotliDecompress(),
};

/**
 * The body as it was before it was packed for the way, in pieces of at most some 16 KiB: what comes out is counted by
 * who reads it, however little went in. Null for a packing that is not known, and for one inside another.
 */
export function decodedBody(body: Readable, contentEncoding: string | undefined): Readable | null {
  const encoding = (contentEncoding ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return body;
  const decoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding]!() : null;
  if (decoder === null) return null;
  // A failure of either ends both; whoever reads the decoder hears of it.
  pipeline(body, decoder, () => {});
  return decoder;
}
