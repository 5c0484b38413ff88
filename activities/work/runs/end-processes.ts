import { setTimeout as pause } from 'node:timers/promises';
import { journalRemovedContainer } from '../../../commands/engine/crews/journal-removed-container.ts';
import { findContainerRemover } from '../../../db/crews/crews/find-container-remover.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { isDockerError } from '../../../platform/docker/docker-error.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { type AttemptDeps, endAttempt } from './exec/attempt-exec.ts';
import type { LimitHits } from './groups/groups-program.ts';

/** How long an attempt's processes may be in the way of its end before its container goes with them. */
const END_LIMIT_MS = 15_000;
const RETRY_MS = 500;

export interface AttemptToEnd {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly containerId: string;
  readonly runId: string;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
}

/**
 * Every process of an attempt, whatever it did to get away; as the last resort with its container, which is made anew:
 * said in the journal, and to who asks why other attempts went with it. Returns the limits that were hit, if they are
 * known.
 */
export function createProcessEnder(
  deps: Pick<AttemptDeps, 'docker' | 'groups'> & {
    readonly db: Database;
    readonly log: Pick<Logger, 'warn'>;
    readonly limitMs?: number;
  },
) {
  const { limitMs = END_LIMIT_MS } = deps;

  async function end(attempt: AttemptToEnd): Promise<LimitHits | undefined> {
    const { containerId, runId, graceMs } = attempt;
    const until = Date.now() + limitMs;
    for (;;) {
      try {
        const ended = await endAttempt(deps, { containerId, attemptId: runId, graceMs });
        if (ended.left === null) return ended.hits;
        const processes = ended.left.processes.map(({ name }) => name);
        return await removeContainer(attempt, 'processes_survived', processes);
      } catch (error) {
        // The helper is made anew by the next call; a daemon that is away has this whole activity tried again.
        if (!isDockerError(error, 'timeout', 'rejected', 'not_running', 'image_missing', 'conflict')) throw error;
        deps.log.warn({ err: error, run_id: runId }, 'the processes of a run could not be ended yet');
        if (Date.now() >= until) return removeContainer(attempt, 'helper_failed', []);
        await pause(RETRY_MS);
      }
    }
  }

  async function removeContainer(
    attempt: AttemptToEnd,
    reason: 'processes_survived' | 'helper_failed',
    processes: readonly string[],
  ): Promise<undefined> {
    const { workspaceId, crewId, containerId, runId } = attempt;
    await journalRemovedContainer(deps.db, { workspaceId, crewId, containerId, runId, reason, processes });
    deps.log.warn({ run_id: runId, container_id: containerId, reason }, 'removing the crew container');
    await deps.groups.kill(containerId).catch(() => {});
    await deps.docker.removeContainer(containerId);
  }

  return {
    end,

    /** Why a container is gone, for people. */
    async whyGone(container: Parameters<typeof findContainerRemover>[1]): Promise<string> {
      const runId = await findContainerRemover(deps.db, container);
      if (runId === null) return 'the crew’s container ended: it was killed or removed from outside';
      return `the crew’s container was removed: processes of run ${runId} could not be ended`;
    },
  };
}
