import { setPriority } from 'node:os';
import { buffer } from 'node:stream/consumers';
import type { DocumentAnswer, DocumentQuestion } from './document-reader.ts';
import { refuseNetwork } from './refuse-network.ts';

/**
 * One document, in a process of its own that has no environment, may write and call nothing, and waits for whoever else
 * wants the processor. The question is the first line of its input, the document the rest; its answer is all that it
 * puts out.
 */
setPriority(10);
refuseNetwork();
// Libraries speak to people who are not there.
for (const said of ['log', 'info', 'warn', 'error', 'debug'] as const) console[said] = () => {};

async function answerOf(): Promise<DocumentAnswer> {
  const input = await buffer(process.stdin);
  const end = input.indexOf('\n');
  const { filename } = JSON.parse(input.toString('utf8', 0, end)) as DocumentQuestion;
  // Of its own memory: readers take it over.
  const bytes = new Uint8Array(input.subarray(end + 1));
  const { DocumentError, documentText } = await import('./document-text.ts');
  const { sniffArchive, sniffHead } = await import('./sniff-document.ts');
  const sniffed = await sniffHead(bytes, filename);
  const format = sniffed === 'archive' ? sniffArchive(bytes) : sniffed;
  if (format === null) return { kind: 'refused', reason: 'unsupported_type' };
  try {
    return { kind: 'read', ...(await documentText(bytes, format)) };
  } catch (error) {
    if (error instanceof DocumentError) return { kind: 'refused', reason: error.reason };
    throw error;
  }
}

process.stdout.end(JSON.stringify(await answerOf()), () => process.exit(0));
