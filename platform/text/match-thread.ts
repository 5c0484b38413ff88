import { parentPort, workerData } from 'node:worker_threads';

/** Thread: matches one pattern with one text and ends. Its maker ends it when that takes too long. */
const { pattern, text } = workerData as { readonly pattern: string; readonly text: string };
parentPort!.postMessage(new RegExp(pattern, 'u').test(text));
