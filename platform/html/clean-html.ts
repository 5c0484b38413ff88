import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { CrewshipError, invalidField } from '../../domain/kernel/errors/crewship-error.ts';
import { type CleanHtml, sanitiseHtml } from './sanitise-html.ts';

/** Two megabytes of what people write take a second; what is nested on purpose takes the square of its length. */
const LONGEST_MS = 10_000;
const MAX_HEAP_MB = 512;
/** What is read within 30 ms, however it is nested; a thread takes ten times as long to begin. */
const SHORT_CHARACTERS = 16_384;
/** Texts of one process that wait or are read, one at a time: each may take long, and is kept till then. */
const MOST_WAITING = 16;
/** Of those, whosever `share` they are of. */
const MOST_OF_A_SHARE = 4;
let last: Promise<unknown> = Promise.resolve();
let waiting = 0;
const waitingOf = new Map<string, number>();

/** Takes a place in the line; returns what leaves it. */
function joinLine(share: string): () => void {
  const mine = waitingOf.get(share) ?? 0;
  if (waiting >= MOST_WAITING || mine >= MOST_OF_A_SHARE) {
    throw new CrewshipError('unavailable', 'other documents are being read; try again in a moment');
  }
  waiting += 1;
  waitingOf.set(share, mine + 1);
  return () => {
    waiting -= 1;
    const left = waitingOf.get(share)! - 1;
    if (left === 0) waitingOf.delete(share);
    else waitingOf.set(share, left);
  };
}

/**
 * Cleans HTML as `sanitiseHtml` does, or `tidyHtml`, in a thread of its own: nobody else waits for it. Throws
 * `invalid_request` for what takes too long, or too much memory, to read, `unavailable` while too many wait, and the
 * signal's reason. `share`: who shares the line with others, a workspace.
 */
export async function cleanHtml(
  html: string,
  options: {
    readonly share: string;
    readonly tidy?: boolean;
    readonly longestMs?: number;
    readonly signal?: AbortSignal;
  },
): Promise<CleanHtml> {
  const { share, tidy = false, longestMs = LONGEST_MS, signal } = options;
  if (!tidy && html.length <= SHORT_CHARACTERS) return sanitiseHtml(html);
  const leave = joinLine(share);
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
  return mine.finally(leave);
}
