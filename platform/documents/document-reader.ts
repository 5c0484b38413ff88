import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { type DocumentRefusal, MAX_DOCUMENT_CHARACTERS } from '../../domain/knowledge/files/document-format.ts';
import type { DocumentText } from './document-text.ts';

export interface DocumentQuestion {
  readonly filename: string;
}

export type DocumentAnswer =
  | ({ readonly kind: 'read' } & DocumentText)
  | { readonly kind: 'refused'; readonly reason: DocumentRefusal };

/** Reads documents: what they say, without what they look like. */
export interface DocumentReader {
  /** Throws the signal’s reason, and the source’s own errors. */
  read(source: Readable, options: { readonly filename: string; readonly signal: AbortSignal }): Promise<DocumentAnswer>;
}

const CHILD = new URL('./document-child.ts', import.meta.url);
const ROOT = new URL('../../', import.meta.url);
/** All that a reader reads of the disk: itself. */
const READABLE = ['package.json', 'node_modules/', 'platform/', 'domain/'].map((path) =>
  fileURLToPath(new URL(path, ROOT)),
);
const LONGEST_MS = 60_000;
/** Of what its program makes. */
const HEAP_MB = 320;
/**
 * Of all that it may write into, in KiB, held by the kernel: half of it the engine asks for at the start and never
 * touches, so that a reader has about half a gigabyte.
 */
const DATA_KIB = 1_000_000;
/** Of its answer: JSON may take six bytes for a character. */
const ANSWER_BYTES = 6 * MAX_DOCUMENT_CHARACTERS + 65_536;

/** Each document is read by a process that ends with it: what one of them takes, or breaks, is its own. */
export function createDocumentReader(limits: { readonly longestMs?: number; readonly dataKib?: number } = {}) {
  const { longestMs = LONGEST_MS, dataKib = DATA_KIB } = limits;
  const flags = [
    `--max-old-space-size=${HEAP_MB}`,
    '--permission',
    ...READABLE.map((path) => `--allow-fs-read=${path}`),
    '--disable-warning=ExperimentalWarning',
  ];
  const command = `ulimit -c 0; ulimit -d ${dataKib}; ulimit -t ${Math.ceil((2 * longestMs) / 1_000)}; exec "$@"`;

  const reader: DocumentReader = {
    async read(source, { filename, signal }) {
      signal.throwIfAborted();
      const limit = AbortSignal.timeout(longestMs);
      const child = spawn('/bin/sh', ['-c', command, 'sh', process.execPath, ...flags, fileURLToPath(CHILD)], {
        env: {},
        stdio: ['pipe', 'pipe', 'ignore'],
        signal: AbortSignal.any([signal, limit]),
        killSignal: 'SIGKILL',
      });
      const ended = Promise.withResolvers<{ readonly code: number | null; readonly killedBy: string | null }>();
      // An abort is an error of the child's, before it has ended.
      child.on('error', () => {});
      child.once('close', (code, killedBy) => ended.resolve({ code, killedBy }));
      const question: DocumentQuestion = { filename };
      child.stdin.write(`${JSON.stringify(question)}\n`);
      let sourceError: Error | undefined;
      source.once('error', (error) => (sourceError = error));
      // A child that has gone reads no more, which is no error of the source.
      const sent = pipeline(source, child.stdin).catch(() => {});
      const answer = await collect(child.stdout);
      const { code, killedBy } = await ended.promise;
      await sent;
      signal.throwIfAborted();
      if (sourceError !== undefined) throw sourceError;
      if (code === 0 && answer !== null) return JSON.parse(answer) as DocumentAnswer;
      if (limit.aborted) return { kind: 'refused', reason: 'out_of_time' };
      // Its engine ends itself where there is no more memory, and throws nothing.
      const isOutOfMemory = killedBy === 'SIGABRT' || killedBy === 'SIGTRAP' || killedBy === 'SIGKILL';
      return { kind: 'refused', reason: isOutOfMemory ? 'out_of_memory' : 'damaged' };
    },
  };
  return reader;
}

/** Null for more than an answer may be. */
async function collect(output: Readable): Promise<string | null> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of output as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes <= ANSWER_BYTES) pieces.push(piece);
    }
  } catch {
    return null;
  }
  return bytes > ANSWER_BYTES ? null : Buffer.concat(pieces).toString('utf8');
}
