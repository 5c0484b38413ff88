import { LOG_LINE_LENGTH, LOG_TAIL_LINES } from '../../../domain/crews/provisioning/provision.ts';

const FLUSH_EVERY_MS = 1_000;

/** The trailing lines of a build's output. */
export interface BuildLog {
  add(line: string): void;
  /** Stores what was added last. Nothing is added after it. */
  close(): Promise<void>;
}

/**
 * Keeps the last lines and hands them to `store` at most once a second, however many come: what is shown is a tail, not
 * a record. A tail that could not be stored is stored with the next one.
 */
export function createBuildLog(before: readonly string[], store: (tail: readonly string[]) => Promise<void>): BuildLog {
  const lines = [...before];
  let changed = false;
  let storing = Promise.resolve();
  const flush = (): Promise<void> => {
    if (!changed) return storing;
    changed = false;
    storing = storing.then(() =>
      store([...lines]).catch(() => {
        changed = true;
      }),
    );
    return storing;
  };
  const timer = setInterval(() => void flush(), FLUSH_EVERY_MS);
  return {
    add(line) {
      lines.push(line.slice(0, LOG_LINE_LENGTH).toWellFormed().replaceAll('\0', ''));
      if (lines.length > LOG_TAIL_LINES) lines.shift();
      changed = true;
    },
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
