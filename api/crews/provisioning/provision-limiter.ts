import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WindowCounter } from '../../../platform/limits/window-counter.ts';

/** Counts what a workspace starts to provision. */
export interface ProvisionLimiter {
  /** Counts one more start; throws `rate_limited` when it is one too many this minute. */
  countStart(workspaceId: string): Promise<void>;
}

/** `counter`: of a window of a minute. Over all processes, and by what each has seen itself while Redis is away. */
export function createProvisionLimiter(deps: {
  readonly counter: Pick<WindowCounter, 'add'>;
  readonly perMinute: number;
}): ProvisionLimiter {
  return {
    async countStart(workspaceId) {
      const { count, endsInMs } = await deps.counter.add(`provision:${workspaceId}`);
      if (count <= deps.perMinute) return;
      throw new CrewshipError(
        'rate_limited',
        `at most ${deps.perMinute} provisionings a minute are started in a workspace`,
        {
          extensions: {
            retry_after_seconds: Math.max(1, Math.ceil(endsInMs / 1_000)),
            limit_per_minute: deps.perMinute,
          },
        },
      );
    },
  };
}
