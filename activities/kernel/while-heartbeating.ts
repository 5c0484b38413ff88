import { Context } from '@temporalio/activity';

const INTERVAL_MS = 2_000;

/**
 * Heartbeats for as long as `work` takes, so that the death of this worker is noticed in seconds and not at the limit.
 */
export async function whileHeartbeating<Result>(work: () => Promise<Result>): Promise<Result> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), INTERVAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
