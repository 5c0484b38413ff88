import { Worker } from 'node:worker_threads';

const LIMIT_MS = 1_000;

const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
parentPort.postMessage(new RegExp(workerData.pattern, 'u').test(workerData.text));
`;

/**
 * Whether a pattern of somebody else's is in a text, found on a thread of its own, which ends after a second: null for
 * one that was not done by then. A pattern can take longer than anybody waits, and never stops by itself.
 */
export function matchApart(pattern: string, text: string): Promise<boolean | null> {
  const { promise, resolve } = Promise.withResolvers<boolean | null>();
  const worker = new Worker(PROGRAM, {
    eval: true,
    workerData: { pattern, text },
    resourceLimits: { maxOldGenerationSizeMb: 64 },
  });
  const timer = setTimeout(() => resolve(null), LIMIT_MS);
  worker.once('message', (matched: boolean) => resolve(matched));
  // A pattern or a text that is too large for its thread.
  worker.once('error', () => resolve(null));
  return promise.finally(async () => {
    clearTimeout(timer);
    await worker.terminate();
  });
}
