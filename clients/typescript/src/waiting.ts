/** Resolves after a time; rejects with the signal's reason as soon as that aborts. */
export function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * Half of a pause that doubles with each failure to its whole, by chance: clients that failed together come back apart.
 */
export function backoffMs(failures: number, firstMs: number, longestMs: number): number {
  const whole = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 16));
  return whole / 2 + Math.random() * (whole / 2);
}

/** What aborts an exchange: the caller's signal, or silence. */
export interface Watch {
  readonly signal: AbortSignal;
  /** From now on silence counts. */
  expect(): void;
  /** Silence does not count for now. */
  relax(): void;
  /** Ends what is under way and lets go of the caller's signal. */
  close(): void;
}

export function watchOver(caller: AbortSignal | undefined, silenceMs: number): Watch {
  const controller = new AbortController();
  const follow = (): void => controller.abort(caller!.reason);
  if (caller?.aborted === true) follow();
  else caller?.addEventListener('abort', follow, { once: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const relax = (): void => clearTimeout(timer);
  return {
    signal: controller.signal,
    expect() {
      relax();
      timer = setTimeout(() => controller.abort(new Error(`nothing came for ${silenceMs / 1_000} s`)), silenceMs);
    },
    relax,
    close() {
      relax();
      caller?.removeEventListener('abort', follow);
      controller.abort();
    },
  };
}
