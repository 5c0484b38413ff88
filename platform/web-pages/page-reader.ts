import { answerOfThread } from '../threads/answer-of-thread.ts';

export interface PageText {
  readonly title: string;
  readonly text: string;
}

/** Reads pages: what they say, without what they look like. */
export interface PageReader {
  /** Null: nothing can be made of it, or not in the time and the memory that a page has. */
  read(
    html: string,
    options: { readonly limitCharacters: number; readonly signal: AbortSignal },
  ): Promise<PageText | null>;
}

const WORKER = new URL('./page-text-worker.ts', import.meta.url);
const TIMEOUT_MS = 20_000;
const MEMORY_MB = 256;
/** Pages that are read at once; others wait. */
const AT_ONCE = 2;

export function createPageReader(options: { readonly timeoutMs?: number } = {}): PageReader {
  const { timeoutMs = TIMEOUT_MS } = options;
  let reading = 0;
  const waiting: (() => void)[] = [];

  async function takePlace(): Promise<() => void> {
    while (reading >= AT_ONCE) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      await promise;
    }
    reading += 1;
    return () => {
      reading -= 1;
      waiting.shift()?.();
    };
  }

  return {
    async read(html, { limitCharacters, signal }) {
      const giveBack = await takePlace();
      try {
        signal.throwIfAborted();
        return await answerOfThread<PageText>(WORKER, {
          data: { html, limitCharacters },
          memoryMb: MEMORY_MB,
          ...{ timeoutMs, signal },
        });
      } finally {
        giveBack();
      }
    },
  };
}
