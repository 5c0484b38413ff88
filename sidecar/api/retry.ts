import { type ApiResponse, ApiUnreachableError } from './api-client.ts';

export interface RetryTimes {
  firstRetryMs: number;
  longestRetryMs: number;
}

/** Rejects with the signal's reason when it comes first. */
async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, delayMs);
  const stop = () => resolve();
  signal.addEventListener('abort', stop, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
}

/** Repeats the call with growing pauses while `again` allows it and the time lasts; then what the last one came to. */
export async function retry<Answer = ApiResponse>(
  times: RetryTimes,
  patienceMs: number,
  signal: AbortSignal,
  call: (timeoutMs: number) => Promise<Answer>,
  again: (outcome: Answer | ApiUnreachableError) => boolean,
): Promise<Answer> {
  const endsAt = performance.now() + patienceMs;
  let retryMs = times.firstRetryMs;
  for (;;) {
    const calledAt = performance.now();
    let outcome: Answer | ApiUnreachableError;
    try {
      outcome = await call(Math.max(1, Math.ceil(endsAt - calledAt)));
    } catch (error) {
      if (!(error instanceof ApiUnreachableError)) throw error;
      outcome = error;
    }
    const worthIt = again(outcome) && performance.now() + retryMs < endsAt;
    if (!worthIt) {
      if (outcome instanceof ApiUnreachableError) throw outcome;
      return outcome;
    }
    // A call that lasted means that the API was there: the next outage begins with short pauses again.
    if (performance.now() - calledAt > times.longestRetryMs) retryMs = times.firstRetryMs;
    await pause(retryMs, signal);
    retryMs = Math.min(retryMs * 2, times.longestRetryMs);
  }
}
