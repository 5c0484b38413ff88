import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { dockerTest } from '../../support/docker-test.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { lockMissionOf, patchMission } from '../../../commands/engine/missions/mission-commands.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { createTestMission, eventually, startTestMission } from '../../support/test-crew.ts';
import { useCrew } from '../../support/use-crew.ts';

const suite = useCrew({ timeoutSeconds: 4, concurrency: 2 });
const { workspace, size, run, view, finished } = suite;

dockerTest('a run that exceeds its time is ended and is a TIMEOUT', async () => {
  const missionId = await run({
    slow: { agent: 'builder', description: 'sleep 60000' },
  });
  const mission = await finished(missionId);
  expect(mission).toMatchObject({
    status: 'FAILED',
    runs: [{ status: 'TIMEOUT', error_code: 'timeout' }],
    tasks: [{ status: 'FAILED', error_code: 'timeout' }],
  });
});

dockerTest(
  'the last lines of a COMMAND agent tell why it failed, and are its summary when it leaves none',
  async () => {
    const missionId = await run({
      failing: { agent: 'builder', description: 'say no such table: users\nfail 3' },
      silent: { agent: 'builder', description: 'fail 4' },
      talking: { agent: 'builder', description: 'say checked 12 files\nsay all well\nleave-no-result' },
    });
    const mission = await finished(missionId);
    const errors = mission.runs.map((one) => one.error_message).filter((message) => message !== null);
    expect(errors.sort()).toEqual(['exit code 3: no such table: users', 'exit code 4']);
    expect(mission.tasks.find((task) => task.title === 'talking')).toMatchObject({
      status: 'COMPLETED',
      result_summary: 'checked 12 files\nall well',
    });
  },
);

dockerTest('cancelling a mission ends every process of it, also one that fled to its own session', async () => {
  const missionId = await run({
    fugitive: { agent: 'builder', description: 'escape /workspace/dots\nsleep 60000' },
  });
  await eventually(
    () => size('dots'),
    (bytes) => bytes > 0,
  );
  await suite.engine.db.transaction({ workspaceIds: [suite.crew.workspaceId] }, async (tx) =>
    patchMission(tx, await lockMissionOf(tx, null, missionId), { status: 'CANCELLED' }, orchestratorActor()),
  );
  const mission = await eventually(
    () => view(missionId),
    (seen) => seen.runs[0]?.status === 'CANCELLED',
  );
  expect(mission).toMatchObject({ status: 'CANCELLED', tasks: [{ status: 'CANCELLED' }] });
  const ended = await size('dots');
  // The fugitive wrote every 100 ms; three such intervals without a byte mean that it is gone.
  await new Promise((resolve) => setTimeout(resolve, 350));
  expect(await size('dots')).toBe(ended);
});

dockerTest('more tasks than places wait in a queue and all run', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const { missionId } = await createTestMission(
    suite.engine.db,
    suite.crew,
    Object.fromEntries(names.map((name) => [name, { agent: 'builder', description: 'append /workspace/queue' }])),
  );
  await startTestMission(suite.engine.db, suite.crew, missionId);
  expect((await finished(missionId)).status).toBe('REVIEW');
  expect((await readFile(workspace('queue'), 'utf8')).trim().split('\n')).toHaveLength(names.length);
  const slots = await suite.crew.rows<{ kind: string; in_use: number }>(
    sql`SELECT kind, in_use FROM slot_scopes WHERE in_use <> 0`,
  );
  expect(slots).toEqual([]);
});

dockerTest('a mission that runs out of time fails and its run is ended', async () => {
  const { missionId } = await createTestMission(
    suite.engine.db,
    suite.crew,
    { slow: { agent: 'builder', description: 'sleep 60000' }, after: { agent: 'lead', dependsOn: ['slow'] } },
    { timeoutMs: 1_500 },
  );
  await startTestMission(suite.engine.db, suite.crew, missionId);
  await finished(missionId);
  const mission = await eventually(
    () => view(missionId),
    (seen) => !['QUEUED', 'ADMITTED', 'RUNNING'].includes(seen.runs[0]!.status),
  );
  expect(mission).toMatchObject({
    status: 'FAILED',
    failure_reason: 'the mission ran out of time',
    runs: [{ status: 'CANCELLED' }],
    tasks: [{ status: 'CANCELLED' }, { status: 'CANCELLED' }],
  });
});

dockerTest('every transition of rows stands in the journal, in gap-free positions and without agent text', async () => {
  const missionId = await run({
    chatty: { agent: 'builder', description: 'say the-agents-own-words\nfail-until 2', maxIterations: 2 },
  });
  await finished(missionId);
  const entries = await eventually(
    () =>
      suite.crew.rows<{ entry_type: string; payload: Record<string, unknown>; position: number | null }>(sql`
        SELECT e.entry_type, e.payload, p.position FROM journal_entries e
        LEFT JOIN journal_positions p ON p.entry_id = e.id
        WHERE e.mission_id = ${missionId} ORDER BY e.ts, p.position`),
    (rows) => rows.length > 0 && rows.every((row) => row.position !== null),
  );
  const missions = entries.filter((entry) => entry.entry_type === 'mission.status_change');
  expect(missions.map((entry) => [entry.payload.from, entry.payload.to])).toEqual([
    ['PLANNING', 'IN_PROGRESS'],
    ['IN_PROGRESS', 'REVIEW'],
  ]);
  const tasks = entries.filter((entry) => entry.entry_type === 'task.status_change');
  expect(tasks.map((entry) => [entry.payload.from, entry.payload.to])).toEqual([
    ['PENDING', 'IN_PROGRESS'],
    ['IN_PROGRESS', 'PENDING'],
    ['PENDING', 'IN_PROGRESS'],
    ['IN_PROGRESS', 'COMPLETED'],
  ]);
  expect(entries.filter((entry) => entry.entry_type === 'run.started')).toHaveLength(2);
  const agents = entries.filter((entry) => entry.entry_type === 'agent.status_change');
  expect(agents.map((entry) => [entry.payload.from, entry.payload.to])).toEqual([
    ['IDLE', 'RUNNING'],
    ['RUNNING', 'ERROR'],
    ['ERROR', 'RUNNING'],
    ['RUNNING', 'IDLE'],
  ]);
  expect(entries.filter((entry) => entry.entry_type === 'exec.output_chunk').length).toBeGreaterThan(0);
  expect(JSON.stringify(entries)).not.toContain('the-agents-own-words');
  const gaps = await suite.crew.rows<{ gap: boolean }>(sql`
    SELECT bool_or(position <> place) AS gap
    FROM (SELECT position, row_number() OVER (ORDER BY position) AS place FROM journal_positions
      WHERE stream = ${suite.crew.workspaceId}) p`);
  expect(gaps).toEqual([{ gap: false }]);
});

dockerTest('the id of the request that started a mission stands in every entry it led to', async () => {
  const { missionId } = await createTestMission(suite.engine.db, suite.crew, {
    first: { agent: 'builder', description: 'say hello' },
    second: { agent: 'lead', dependsOn: ['first'] },
  });
  await startTestMission(suite.engine.db, suite.crew, missionId, 'request-of-the-test');
  await finished(missionId);
  const entries = await suite.crew.rows<{ entry_type: string; request_id: string | null }>(sql`
    SELECT entry_type, request_id FROM journal_entries
    WHERE mission_id = ${missionId}
      AND entry_type IN ('mission.status_change', 'task.status_change', 'run.started', 'run.completed')`);
  expect(entries.length).toBeGreaterThanOrEqual(11);
  expect(entries.filter((entry) => entry.request_id !== 'request-of-the-test')).toEqual([]);
});
