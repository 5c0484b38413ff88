import { beforeEach, expect, test } from 'vitest';
import { createProcessEnder } from '../../../activities/work/runs/end-processes.ts';
import type { AttemptGroups } from '../../../activities/work/runs/groups/attempt-groups.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { DockerError } from '../../../platform/docker/docker-error.ts';
import { type ApiCrew, addCrew, startApiWithHost } from '../../support/mission-crew.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const api = perFile(() => startApiWithHost());
const crew = perTest(() => addCrew(api));

let done: string[] = [];
beforeEach(() => {
  done = [];
});

/** A worker beside a daemon whose groups end so. */
function worker(end: AttemptGroups['end'], limitMs?: number) {
  const groups = {
    end,
    kill: async () => void done.push('killed'),
  } as unknown as AttemptGroups;
  const docker = { removeContainer: async (id: string) => void done.push(`removed ${id}`) };
  return createProcessEnder({
    groups,
    docker: docker as unknown as Parameters<typeof createProcessEnder>[0]['docker'],
    db: api.database,
    log: { warn: () => {} },
    ...(limitMs === undefined ? {} : { limitMs }),
  });
}

const attemptIn = (of: ApiCrew, runId: string, containerId: string) => ({
  ...{ workspaceId: of.workspaceId, crewId: of.crewId, containerId, runId, graceMs: 0 },
});

const entries = (of: ApiCrew) =>
  of.rows<{ payload: object; severity: string }>(
    sql`
      SELECT payload, severity FROM journal_entries
      WHERE entry_type = 'container.removed' AND crew_id = ${of.crewId}`,
  );

test('processes that survive SIGKILL go with their container, which the journal says once, and what went wild', async () => {
  const containerId = newId();
  const left = { kind: 'attempts', id: 'run-1', processes: [{ pid: 7, name: 'bomb' }] };
  const wild = worker(async () => ({ left, hits: undefined }) as never);
  const attempt = attemptIn(crew, 'run-1', containerId);
  expect(await wild.end(attempt)).toBeUndefined();
  expect(done).toEqual(['killed', `removed ${containerId}`]);
  // A try that died after it had said so says it no second time.
  await wild.end(attempt);
  expect(await entries(crew)).toEqual([
    {
      severity: 'error',
      payload: { run_id: 'run-1', container_id: containerId, reason: 'processes_survived', processes: ['bomb'] },
    },
  ]);
});

test('a helper that cannot be had for so long costs the container, and one that comes back in time does not', async () => {
  let tries = 0;
  const back = worker(async () => {
    tries += 1;
    if (tries < 3) throw new DockerError('timeout', 'groups');
    return { left: null, hits: undefined };
  });
  await back.end(attemptIn(crew, 'run-1', newId()));
  expect([tries, done]).toEqual([3, []]);
  expect(await entries(crew)).toEqual([]);

  const containerId = newId();
  const none = worker(async () => {
    throw new DockerError('not_running', 'groups');
  }, 1_000);
  await none.end(attemptIn(crew, 'run-2', containerId));
  expect(done).toEqual(['killed', `removed ${containerId}`]);
  expect(await entries(crew)).toMatchObject([{ payload: { run_id: 'run-2', reason: 'helper_failed', processes: [] } }]);
  // A daemon that is away says nothing of a container: it is asked again.
  const away = worker(async () => {
    throw new DockerError('unavailable', 'groups');
  });
  await expect(away.end(attemptIn(crew, 'run-3', newId()))).rejects.toMatchObject({ code: 'unavailable' });
});

test('attempts that went with a container are told whose it was, also by the next worker', async () => {
  const containerId = newId();
  const left = { kind: 'attempts', id: 'run-1', processes: [] };
  await worker(async () => ({ left, hits: undefined }) as never).end(attemptIn(crew, 'run-1', containerId));
  const next = worker(async () => ({ left: null, hits: undefined }));
  const { workspaceId, crewId } = crew;
  expect(await next.whyGone({ workspaceId, crewId, containerId })).toContain('processes of run run-1');
  expect(await next.whyGone({ workspaceId, crewId, containerId: newId() })).toContain('from outside');
});
