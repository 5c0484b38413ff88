import { type Transferable, Worker } from 'node:worker_threads';

/**
 * The one message of a thread that works on what others gave, which ends with it: nobody else waits for its work. Null:
 * there was none within the time and the memory that it has. Throws the signal's reason.
 */
export async function answerOfThread<Answer>(
  program: URL,
  options: {
    readonly data: object;
    /** Of the data, what the thread has instead of this one. */
    readonly transferred?: readonly Transferable[];
    readonly memoryMb: number;
    readonly timeoutMs: number;
    readonly signal?: AbortSignal;
  },
): Promise<Answer | null> {
  const { signal } = options;
  const worker = new Worker(program, {
    workerData: options.data,
    transferList: [...(options.transferred ?? [])],
    resourceLimits: { maxOldGenerationSizeMb: options.memoryMb },
    // What is read makes a library say what is nobody's to read.
    stdout: true,
    stderr: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Answer | null>();
  const timer = setTimeout(() => resolve(null), options.timeoutMs);
  const abort = () => reject(signal!.reason as Error);
  signal?.addEventListener('abort', abort, { once: true });
  worker.once('message', (said: Answer) => resolve(said));
  worker.once('error', () => resolve(null));
  worker.once('exit', () => resolve(null));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    await worker.terminate();
  }
}
