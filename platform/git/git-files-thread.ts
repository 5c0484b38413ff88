import { parentPort, workerData } from 'node:worker_threads';
import { filesOfAnswer } from './files-of-answer.ts';
import { PackTooLargeError } from './pack-too-large-error.ts';

/** Where a file's content is in the octets of all: files with the same content share them. */
export interface PlacedFile {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly isExecutable: boolean;
}

export type GitFilesAnswer =
  | { readonly kind: 'files'; readonly contents: Uint8Array; readonly files: readonly PlacedFile[] }
  | { readonly kind: 'too_large'; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Thread: reads the files of one answer of git's and ends. Its maker ends it when that takes too long. */
const { answer, revision } = workerData as { readonly answer: Uint8Array; readonly revision: string };
try {
  const files = filesOfAnswer(Buffer.from(answer.buffer), revision);
  const placed = new Map<Buffer, number>();
  let length = 0;
  for (const { content } of files) {
    if (placed.has(content)) continue;
    placed.set(content, length);
    length += content.length;
  }
  const contents = new Uint8Array(length);
  for (const [content, from] of placed) contents.set(content, from);
  const said = files.map(({ path, content, isExecutable }) => {
    const from = placed.get(content)!;
    return { path, from, to: from + content.length, isExecutable };
  });
  parentPort!.postMessage({ kind: 'files', contents, files: said } satisfies GitFilesAnswer, [contents.buffer]);
} catch (error) {
  const kind = error instanceof PackTooLargeError ? 'too_large' : 'unreadable';
  parentPort!.postMessage({ kind, reason: String(error) } satisfies GitFilesAnswer);
}
