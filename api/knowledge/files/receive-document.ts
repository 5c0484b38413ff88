import { buffer } from 'node:stream/consumers';
import { type BlobDeps, writeBlob, type WrittenBlob } from '../../../commands/kernel/blobs/write-blob.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  DOCUMENT_FORMATS,
  type DocumentFormat,
  MAX_DOCUMENT_BYTES,
} from '../../../domain/knowledge/files/document-format.ts';
import { fileNameOf } from '../../../domain/knowledge/files/knowledge-file.ts';
import { SNIFFED_BYTES, sniffArchive, sniffHead } from '../../../platform/documents/sniff-document.ts';

/** A document whose bytes are in the store, and that nothing needs yet. */
export interface ReceivedDocument {
  readonly filename: string;
  readonly format: DocumentFormat;
  readonly written: WrittenBlob;
}

/** Where an archive says what is in it: of a document that is more than enough. */
const TAIL_BYTES = 1_048_576;

/**
 * Streams a document into the store; one of a type that is not taken in is refused by its first bytes, an archive by
 * its last. Throws `unsupported_media_type`, `invalid_request` for a name that names no file, and as `writeBlob`.
 */
export async function receiveDocument(
  deps: BlobDeps,
  given: {
    readonly workspaceId: string;
    readonly filename: string;
    readonly content: AsyncIterable<Uint8Array>;
    readonly limitBytes?: number;
    readonly signal?: AbortSignal;
  },
): Promise<ReceivedDocument> {
  const { workspaceId, content, limitBytes = MAX_DOCUMENT_BYTES, signal } = given;
  const filename = fileNameOf(given.filename);
  if (filename === null) throw invalidField('file', 'must have a name');
  let sniffed: DocumentFormat | 'archive' | null = null;
  const source = recognised(content, filename, (format) => void (sniffed = format));
  const written = await writeBlob(deps, { workspaceId, source, limitBytes, signal });
  const format = sniffed === 'archive' ? await formatOfArchive(deps, written) : sniffed;
  if (format === null) throw unsupported();
  return { filename, format, written };
}

function unsupported(): CrewshipError {
  return new CrewshipError('unsupported_media_type', 'the content is of no type that is taken in', {
    extensions: { supported: DOCUMENT_FORMATS },
  });
}

/** A content that passes once its first bytes are those of something that is taken in. */
async function* recognised(
  content: AsyncIterable<Uint8Array>,
  filename: string,
  onFormat: (format: DocumentFormat | 'archive') => void,
): AsyncGenerator<Uint8Array> {
  const held: Uint8Array[] = [];
  let bytes = 0;
  async function recognise(): Promise<Uint8Array> {
    const head = Buffer.concat(held.splice(0));
    const format = await sniffHead(head, filename);
    if (format === null) throw unsupported();
    onFormat(format);
    return head;
  }
  for await (const piece of content) {
    if (bytes >= SNIFFED_BYTES) {
      yield piece;
      continue;
    }
    held.push(piece);
    bytes += piece.length;
    if (bytes >= SNIFFED_BYTES) yield await recognise();
  }
  if (bytes === 0) throw invalidField('file', 'must not be empty');
  if (bytes < SNIFFED_BYTES) yield await recognise();
}

async function formatOfArchive({ store }: BlobDeps, written: WrittenBlob): Promise<DocumentFormat | null> {
  const { workspaceId, id: blobId, sizeBytes } = written;
  const range = { from: Math.max(0, sizeBytes - TAIL_BYTES), to: sizeBytes - 1 };
  return sniffArchive(await buffer(await store.read({ workspaceId, blobId }, range)));
}
