import { createLogger, type Logger } from '../../platform/logging/logger.ts';

/** A queue of rows that listens looks twice at the start: by its schedule, and because it joined the channel. */
const PASSES = 2;

/** A log for the registrar of one such queue, and when those passes have ended: what leaves from then on was woken. */
export function firstPasses(): { readonly log: Logger; readonly ended: Promise<void> } {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const log = createLogger({ name: 'test', level: 'silent' });
  let passes = 0;
  log.debug = (about: unknown) => {
    if ((about as { job?: string }).job === 'sweep' && (passes += 1) === PASSES) resolve();
  };
  return { log, ended };
}
