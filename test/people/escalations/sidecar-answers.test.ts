import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { moveDeadline } from './escalation-fixture.ts';
import { beatHost, expectStatus } from '../../support/mission-crew.ts';
import { finishOne, startOne, step } from '../../work/missions/play-mission.ts';
import { type InternalCrew, type InternalFixture, startInternal } from '../../support/sidecar-api.ts';

let internal: InternalFixture;
let crew: InternalCrew;
let runId: string;

beforeAll(async () => {
  internal = await startInternal('answers');
});
afterAll(() => internal.close());
/** A crew with a mission of one task, whose attempt runs. */
beforeEach(async () => {
  await beatHost(internal.api, 100);
  crew = await internal.addCrew();
  const url = `/api/v1/crews/${crew.crewId}/missions/${crew.missionId}/start`;
  expectStatus(await internal.api.call(crew.owner.token, { method: 'POST', url }), 200);
  await step(internal.api, crew, crew.missionId);
  runId = (await startOne(internal.api, crew, crew.missionId)).run.id;
});

const ANSWERS = '/api/v1/internal/answers';

function runToken(of: InternalCrew = crew, run = runId): Record<string, string> {
  const token = internal.tokens.issue({
    kind: 'run',
    workspaceId: of.workspaceId,
    crewId: of.crewId,
    agentId: of.lead.id,
    runId: run,
  });
  return { 'x-run-token': token };
}

/** A question of the attempt, answered after its window. */
async function answeredLate(): Promise<string> {
  const body = { from_slug: crew.lead.slug, reason: 'Which way?', chat_id: crew.missionId };
  const opened = await crew.call({ path: '/api/v1/internal/escalations', body, headers: runToken() });
  expect(opened.status).toBe(201);
  const id = opened.body.escalation_id as string;
  await moveDeadline(internal.api.database, crew, id, 'deadline_at', -1);
  const waited = await crew.call({ path: `/api/v1/internal/escalations/${id}/wait`, headers: runToken() });
  expect(waited.body).toMatchObject({ status: 'UNANSWERED', agent_action: 'continued_with_warning' });
  const url = `/api/v1/escalations/${id}/resolve`;
  const answer = await internal.api.call(crew.owner.token, { method: 'PATCH', url, payload: { resolution: 'Left' } });
  expect(expectStatus(answer, 200)).toMatchObject({ delivery: { kind: 'running_task', run_id: runId } });
  return id;
}

const take = () => crew.call({ path: ANSWERS, headers: runToken() });
const acknowledge = (id: string, headers = runToken()) =>
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
  const waited = await crew.call({ path: `/api/v1/internal/escalations/${id}/wait`, headers: runToken() });
  expect(waited.body).toMatchObject({ status: 'RESOLVED', resolution: 'Left' });
  expectStatus(
    await internal.api.call(crew.owner.token, {
      method: 'POST',
      url: `/api/v1/crews/${crew.crewId}/missions/${crew.missionId}/tasks`,
      payload: { title: 'next' },
    }),
    201,
  );
  await finishOne(internal.api, crew, crew.missionId, { outcome: { kind: 'exited', exitCode: 0, result: 'ok' } });
  await step(internal.api, crew, crew.missionId);
  expect((await startOne(internal.api, crew, crew.missionId)).lateAnswers).toEqual([]);
});

test('a run’s answers need its token; those of others and of other crews are not found', async () => {
  const id = await answeredLate();
  expect((await crew.call({ path: ANSWERS })).status).toBe(403);
  expect((await acknowledge(id, {})).status).toBe(403);
  expect((await crew.call({ path: ANSWERS, headers: runToken(crew, 'another-run') })).body).toEqual({ answers: [] });
  expect((await acknowledge(id, runToken(crew, 'another-run'))).status).toBe(404);
  const sibling = await internal.addCrew(crew);
  expect((await sibling.call({ path: ANSWERS, headers: runToken() })).status).toBe(403);
  const foreign = await sibling.call({ path: ANSWERS, headers: runToken(sibling) });
  expect(foreign.body).toEqual({ answers: [] });
  await take();
  const path = `${ANSWERS}/${id}/acknowledge`;
  expect((await sibling.call({ path, method: 'POST', headers: runToken(sibling) })).status).toBe(404);
});
