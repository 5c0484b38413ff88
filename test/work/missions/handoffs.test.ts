import { expect, test } from 'vitest';
import { commandAdapter } from '../../../activities/work/runs/adapters/command-adapter.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { addCrew, addMission, startApiWithHost } from '../../support/mission-crew.ts';
import { DONE, finishOne, startMission, startOne } from './play-mission.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { expectStatus } from '../../support/world/caller.ts';

const api = perFile(() => startApiWithHost());
const crew = perTest(() => addCrew(api));

test('a task is told what those it depends on have left: result, handoff and confidence', async () => {
  const mission = await addMission(crew, { a: [], b: ['a'] });
  await startMission(api, crew, mission);
  const handoff = { file: '/workspace/report.md', lines: [1, 2] };
  await finishOne(api, crew, mission.id, { ...DONE, summary: 'x'.repeat(9_000), confidence: 0.7, handoff });
  const execution = await startOne(api, crew, mission.id);
  expect(execution.dependencies).toEqual([
    {
      task_id: mission.tasks.a,
      title: 'a',
      result_summary: 'x'.repeat(8_000),
      result_truncated: false,
      handoff,
      handoff_truncated: false,
      confidence: 0.7,
    },
  ]);
  expect(
    (JSON.parse(commandAdapter.start(execution, 'token').input) as { dependencies: unknown }).dependencies,
  ).toEqual(execution.dependencies);
});

test('a skipped dependency has left nothing, and says so', async () => {
  const mission = await addMission(crew, { a: [], b: ['a'] });
  const patch = {
    method: 'PATCH' as const,
    url: `${mission.url}/tasks/${mission.tasks.a}`,
    payload: { status: 'SKIPPED' },
  };
  expectStatus(await api.call(crew.owner.token, patch), 200);
  await startMission(api, crew, mission);
  const { dependencies } = await startOne(api, crew, mission.id);
  expect(dependencies).toMatchObject([
    { title: 'a', result_summary: null, handoff: null, confidence: null, handoff_truncated: false },
  ]);
});

test('hundreds of long results share one input, which stays below a megabyte and says what was cut', async () => {
  const mission = await addMission(crew, { last: [] });
  const ids = Array.from({ length: 400 }, () => newId());
  await api.database.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    await tx.execute(sql`
      INSERT INTO tasks (id, workspace_id, mission_id, crew_id, title, status, result_summary, handoff_context,
        confidence)
      SELECT id, ${crew.workspaceId}, ${mission.id}, ${crew.crewId}, 'before', 'COMPLETED', repeat('ä', 8000),
        CASE WHEN place % 2 = 0 THEN jsonb_build_object('text', repeat('y', 60000)) ELSE '{"short": true}' END, 0.9
      FROM unnest(${sql.array(ids, 'text')}) WITH ORDINALITY AS new(id, place)`);
    await tx.execute(sql`
      INSERT INTO task_dependencies (workspace_id, task_id, depends_on_task_id)
      SELECT ${crew.workspaceId}, ${mission.tasks.last!}, id FROM unnest(${sql.array(ids, 'text')}) AS new(id)`);
  });
  await startMission(api, crew, mission);
  const execution = await startOne(api, crew, mission.id);
  expect(execution.dependencies).toHaveLength(400);
  const share = Math.floor(262_144 / 400);
  for (const dependency of execution.dependencies) {
    expect(dependency).toMatchObject({ result_summary: 'ä'.repeat(share), result_truncated: true, confidence: 0.9 });
    expect(dependency.handoff === null).toBe(dependency.handoff_truncated);
  }
  expect(execution.dependencies.filter(({ handoff_truncated }) => handoff_truncated)).toHaveLength(200);
  expect(commandAdapter.start(execution, 'token').input.length).toBeLessThan(1_000_000);
});
