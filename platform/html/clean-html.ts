import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { invalidField } from '../../domain/kernel/errors/crewship-error.ts';
import { type CleanHtml, sanitiseHtml, tidyHtml } from './sanitise-html.ts';

/** Two megabytes of what people write take a second; what is nested on purpose takes the square of its length. */
const LONGEST_MS = 10_000;
const MAX_HEAP_MB = 512;
/** What is read within 30 ms, however it is nested; a thread takes ten times as long to begin. */
const SHORT_CHARACTERS = 16_384;
/** Of one process; the next one waits for it. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Cleans HTML as `sanitiseHtml` does, or `tidyHtml`, in a thread of its own: nobody else waits for it. Throws
 * `invalid_request` for what takes too long, or too much memory, to read, and the signal's reason.
 */
export function cleanHtml(
  html: string,
  options: { readonly tidy?: boolean; readonly longestMs?: number; readonly signal?: AbortSignal } = {},
): Promise<CleanHtml> {
  const { tidy = false, longestMs = LONGEST_MS, signal } = options;
  if (html.length <= SHORT_CHARACTERS) return Promise.resolve(tidy ? tidyHtml(html) : sanitiseHtml(html));
  const mine = last.then(async () => {
    signal?.throwIfAborted();
    const thread = new Worker(new URL('./html-thread.ts', import.meta.url), {
      workerData: { html, tidy },
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    const limit = AbortSignal.timeout(longestMs);
    try {
      const over = signal === undefined ? limit : AbortSignal.any([limit, signal]);
      const [clean] = (await once(thread, 'message', { signal: over })) as [CleanHtml];
      return clean;
    } catch {
      signal?.throwIfAborted();
      throw invalidField('html', 'is nested too deep, or too intricate, to be read');
    } finally {
      await thread.terminate();
    }
  });
  last = mine.catch(() => {});
  return mine;
}
