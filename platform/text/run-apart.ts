import { Worker } from 'node:worker_threads';

const LIMIT_MS = 1_000;

/**
 * What a program makes of its data, on a thread of its own that ends after a second: null where it was not done by
 * then, or could not be. For what somebody else's text may make last for ever, which never stops by itself. The program
 * has `data` and `require`, and says what it made by `return`.
 */
export function runApart<Result>(program: string, data: unknown): Promise<Result | null> {
  const { promise, resolve } = Promise.withResolvers<Result | null>();
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
parentPort.postMessage(((data) => {${program}})(workerData));`,
    { eval: true, workerData: data, resourceLimits: { maxOldGenerationSizeMb: 64 } },
  );
  const timer = setTimeout(() => resolve(null), LIMIT_MS);
  worker.once('message', (made: Result) => resolve(made));
  // What is too large for its thread.
  worker.once('error', () => resolve(null));
  return promise.finally(async () => {
    clearTimeout(timer);
    await worker.terminate();
  });
}
