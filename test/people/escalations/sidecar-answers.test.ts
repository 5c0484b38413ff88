import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { moveDeadline } from './escalation-fixture.ts';
import { beatHost } from '../../support/mission-crew.ts';
import { finishOne, startMission, startOne, step } from '../../work/missions/play-mission.ts';
import { startInternal } from '../../support/sidecar-api.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

let runId: string;

const internal = perFile(() => startInternal('answers'));
/** A crew with a mission of one task, whose attempt runs. */
beforeEach(() => beatHost(internal.api, 100));
const crew = perTest(() => internal.addCrew());
beforeEach(async () => {
  const url = `/api/v1/crews/${crew.crewId}/missions/${crew.missionId}`;
  await startMission(internal.api, crew, { id: crew.missionId, url });
  runId = (await startOne(internal.api, crew, crew.missionId)).run.id;
});

const ANSWERS = '/api/v1/internal/answers';

/** A question of the attempt, answered after its window. */
async function answeredLate(): Promise<string> {
  const body = { from_slug: crew.lead.slug, reason: 'Which way?', chat_id: crew.missionId };
  const opened = await crew.call({ path: '/api/v1/internal/escalations', body, headers: crew.runHeaders(runId) });
  expect(opened.status).toBe(201);
  const id = opened.body.escalation_id as string;
  await moveDeadline(internal.api.database, crew, id, 'deadline_at', -1);
  const waited = await crew.call({ path: `/api/v1/internal/escalations/${id}/wait`, headers: crew.runHeaders(runId) });
  expect(waited.body).toMatchObject({ status: 'UNANSWERED', agent_action: 'continued_with_warning' });
  const answered = await crew.owner.patch(`/api/v1/escalations/${id}/resolve`, { resolution: 'Left' });
  expect(answered).toMatchObject({ delivery: { kind: 'running_task', run_id: runId } });
  return id;
}

const take = () => crew.call({ path: ANSWERS, headers: crew.runHeaders(runId) });
const acknowledge = (id: string, headers: Record<string, string> = crew.runHeaders(runId)) =>
  crew.call({ path: `${ANSWERS}/${id}/acknowledge`, method: 'POST', headers });

test('a running agent gets the answer that came late until it acknowledges it', async () => {
  expect((await take()).body).toEqual({ answers: [] });
  const id = await answeredLate();
  const first = await take();
  expect([first.status, first.body]).toMatchObject([200, { answers: [{ escalation_id: id, resolution: 'Left' }] }]);
  expect((await take()).body).toEqual(first.body);
  expect((await acknowledge(id)).status).toBe(204);
  expect((await acknowledge(id)).status).toBe(204);
  expect((await take()).body).toEqual({ answers: [] });
});

test('an agent that comes back to its question has the answer, and no later attempt gets it', async () => {
  const id = await answeredLate();
  const waited = await crew.call({ path: `/api/v1/internal/escalations/${id}/wait`, headers: crew.runHeaders(runId) });
  expect(waited.body).toMatchObject({ status: 'RESOLVED', resolution: 'Left' });
  await crew.owner.post(`/api/v1/crews/${crew.crewId}/missions/${crew.missionId}/tasks`, { title: 'next' });
  await finishOne(internal.api, crew, crew.missionId, { outcome: { kind: 'exited', exitCode: 0, result: 'ok' } });
  await step(internal.api, crew, crew.missionId);
  expect((await startOne(internal.api, crew, crew.missionId)).lateAnswers).toEqual([]);
});

test('a run’s answers need its token; those of others and of other crews are not found', async () => {
  const id = await answeredLate();
  expect((await crew.call({ path: ANSWERS })).status).toBe(403);
  expect((await acknowledge(id, {})).status).toBe(403);
  const another = `another-${crew.crewId}`;
  await crew.write(sql`
    INSERT INTO runs (id, workspace_id, crew_id, agent_id, trigger_type, status)
    VALUES (${another}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, 'USER', 'RUNNING')`);
  expect((await crew.call({ path: ANSWERS, headers: crew.runHeaders(another) })).body).toEqual({ answers: [] });
  expect((await acknowledge(id, crew.runHeaders(another))).status).toBe(404);
  const sibling = await internal.addCrew(crew);
  expect((await sibling.call({ path: ANSWERS, headers: crew.runHeaders(runId) })).status).toBe(403);
  const foreign = await sibling.call({ path: ANSWERS, headers: sibling.runHeaders(runId) });
  expect(foreign.body).toEqual({ answers: [] });
  await take();
  const path = `${ANSWERS}/${id}/acknowledge`;
  expect((await sibling.call({ path, method: 'POST', headers: sibling.runHeaders(runId) })).status).toBe(404);
});
