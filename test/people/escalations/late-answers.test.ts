import { beforeEach, expect, test } from 'vitest';
import { commandAdapter } from '../../../activities/work/runs/adapters/command-adapter.ts';
import {
  acknowledgeAnswer,
  claimInputAnswers,
  takeAnswers,
} from '../../../commands/engine/escalations/answer-delivery.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { RunExecution } from '../../../db/work/runs/read-run-execution.ts';
import { settleRunRow } from '../../../commands/engine/runs/settle-run.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { Escalation } from '../../../domain/people/escalations/escalation.ts';
import { addCrew, addMission, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import { beginMission, BROKEN, DONE, finishOne, startOne, startRun, step } from '../../work/missions/play-mission.ts';
import { readMission } from '../../support/mission-view.ts';
import { askPeople, moveDeadline } from './escalation-fixture.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { expectStatus } from '../../support/world/caller.ts';

const api = perFile(() => startApiWithHost());
beforeEach(() => beatHost(api, 100));
const crew = perTest(() => addCrew(api));

interface Resolved {
  readonly agent_still_waiting: boolean;
  readonly note?: string;
  readonly delivery: { readonly kind: string; readonly task_id?: string; readonly run_id?: string };
}
const resolve = (id: string, resolution = 'Left') =>
  crew.owner.patch<Resolved>(`/api/v1/escalations/${id}/resolve`, { resolution });

/** A question of a running attempt whose agent has gone on without the answer. */
async function askTooLong(missionId: string, run: RunExecution, reason = 'Which way?'): Promise<string> {
  const id = await askPeople(api.database, crew, missionId, reason, run.run.id);
  await moveDeadline(api.database, crew, id, 'deadline_at', -1);
  return id;
}

const inputOf = (run: RunExecution) =>
  JSON.parse(commandAdapter.start(run, 'token').input) as { late_answers?: unknown };

async function admitted(missionId: string): Promise<string[]> {
  const rows = await crew.rows<{ id: string }>(
    sql`SELECT id FROM runs WHERE mission_id = ${missionId} AND status = 'ADMITTED' ORDER BY id`,
  );
  return rows.map(({ id }) => id);
}

const take = (run: RunExecution) =>
  takeAnswers(api.database, { workspaceId: crew.workspaceId, crewId: crew.crewId, runId: run.run.id });
const acknowledge = (escalationId: string, run: RunExecution) =>
  api.database.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
    acknowledgeAnswer(tx, { escalationId, crewId: crew.crewId, runId: run.run.id }, orchestratorActor()),
  );
const given = (answers: readonly { escalation_id: string }[]) => answers.map((answer) => answer.escalation_id);
const read = async (id: string) =>
  (await crew.owner.get<Escalation[]>(`/api/v1/crews/${crew.crewId}/escalations?limit=100`)).find(
    (escalation) => escalation.id === id,
  )!;

async function journalOf(id: string): Promise<string[]> {
  const rows = await crew.rows<{ entry: string }>(sql`
      SELECT concat_ws(' ', payload->>'state', payload->>'delivery', payload->>'delivered_via') AS entry
      FROM journal_entries WHERE target_id = ${id} AND mission_id IS NOT NULL ORDER BY ts, id`);
  return rows.map(({ entry }) => entry);
}

test('an answer in time is the waiting agent’s', async () => {
  const { id } = await beginMission(api, crew, { a: [] });
  const run = await startOne(api, crew, id);
  const asked = await askPeople(api.database, crew, id, 'Which way?', run.run.id);
  expect(await resolve(asked)).toMatchObject({
    agent_still_waiting: true,
    delivery: { kind: 'waiter', task_id: run.task!.id, run_id: run.run.id },
  });
  expect(await take(run)).toEqual([]);
});

test('a late answer is its running attempt’s, the same on each request until it is acknowledged, and nobody else’s', async () => {
  const { id } = await beginMission(api, crew, { a: [], b: ['a'] });
  const run = await startOne(api, crew, id);
  const asked = await askTooLong(id, run);
  const answer = await resolve(asked);
  expect(answer).toMatchObject({
    agent_still_waiting: false,
    delivery: { kind: 'running_task', task_id: run.task!.id, run_id: run.run.id },
  });
  expect(answer.note).toContain('no longer waiting');
  const [first, second] = [await take(run), await take(run)];
  expect(first).toEqual([
    {
      escalation_id: asked,
      question: 'Which way?',
      resolution: 'Left',
      action: 'approve',
      redirect_to: null,
      resolved_at: expect.any(String),
    },
  ]);
  expect(second).toEqual(first);
  await acknowledge(asked, run);
  await acknowledge(asked, run);
  expect(await take(run)).toEqual([]);
  await finishOne(api, crew, id, DONE);
  expect((await startOne(api, crew, id)).lateAnswers).toEqual([]);
  expect(await journalOf(asked)).toEqual(['pending', 'resolved running_task', 'delivered request', 'acknowledged']);
  expect(await read(asked)).toMatchObject({ delivery: 'running_task', delivery_run_id: run.run.id });
});

test('an attempt that ends without having asked leaves the answer to the mission’s next task, once', async () => {
  const { id } = await beginMission(api, crew, { a: [], b: ['a'], c: ['b'] });
  const asked = await askTooLong(id, await startOne(api, crew, id));
  await resolve(asked);
  await finishOne(api, crew, id, DONE);
  const next = await startOne(api, crew, id);
  expect(given(next.lateAnswers)).toEqual([asked]);
  expect(inputOf(next).late_answers).toEqual(next.lateAnswers);
  expect(await take(next)).toEqual([]);
  await finishOne(api, crew, id, DONE);
  const last = await startOne(api, crew, id);
  expect(last.lateAnswers).toEqual([]);
  expect(inputOf(last)).not.toHaveProperty('late_answers');
  expect(await journalOf(asked)).toEqual(['pending', 'resolved running_task', 'delivered input']);
});

test('an answer after its task is over goes to the mission’s next task', async () => {
  const { id } = await beginMission(api, crew, { a: [], b: ['a'], c: ['b'] });
  const asked = await askTooLong(id, await startOne(api, crew, id));
  await finishOne(api, crew, id, DONE);
  await startOne(api, crew, id);
  expect(await resolve(asked)).toMatchObject({ delivery: { kind: 'next_task' } });
  await finishOne(api, crew, id, DONE);
  expect(given((await startOne(api, crew, id)).lateAnswers)).toEqual([asked]);
});

test('while its own task is tried again, the answer waits for that', async () => {
  const mission = await addMission(crew, { a: [], b: [] });
  const patch = (name: 'a' | 'b', payload: object) =>
    crew.owner.send('PATCH', `${mission.url}/tasks/${mission.tasks[name]}`, payload);
  expectStatus(await patch('a', { max_iterations: 3, assigned_agent_id: crew.agents[0]!.id }), 200);
  expectStatus(await patch('b', { assigned_agent_id: crew.agents[1]!.id }), 200);
  await crew.owner.act(`${mission.url}/start`);
  await step(api, crew, mission.id);
  const { runs } = await readMission(api.database, crew.workspaceId, mission.id);
  const first = await startRun(api, crew, runs.find((run) => run.task_id === mission.tasks.a)!.id);
  const asked = await askTooLong(mission.id, first);
  await settleRunRow(api.database, { workspaceId: crew.workspaceId, id: first.run.id, generation: 0 }, BROKEN);
  expect(await resolve(asked)).toMatchObject({ delivery: { kind: 'next_task' } });
  const other = await startOne(api, crew, mission.id);
  expect([other.task!.id, other.lateAnswers]).toEqual([mission.tasks.b, []]);
  await crew.write(sql`UPDATE tasks SET retry_at = now() WHERE id = ${mission.tasks.a!}`);
  await step(api, crew, mission.id);
  const again = await startOne(api, crew, mission.id);
  expect([again.task!.id, given(again.lateAnswers)]).toEqual([mission.tasks.a, [asked]]);
});

test('an attempt that is lost, or never starts, hands the answer on to its successor', async () => {
  const { id } = await beginMission(api, crew, { a: [], b: ['a'] });
  const asked = await askTooLong(id, await startOne(api, crew, id));
  await resolve(asked);
  await finishOne(api, crew, id, DONE);
  const lost = await startOne(api, crew, id);
  expect(given(lost.lateAnswers)).toEqual([asked]);
  await finishOne(api, crew, id, { outcome: { kind: 'lost' } });
  const successor = await startOne(api, crew, id);
  expect([successor.run.predecessor_id, given(successor.lateAnswers)]).toEqual([lost.run.id, [asked]]);
  expect(await journalOf(asked)).toEqual(['pending', 'resolved running_task', 'delivered input', 'delivered input']);
});

test('an answer claimed by a process that dies before the start is still this attempt’s', async () => {
  const { id } = await beginMission(api, crew, { a: [], b: ['a'] });
  const asked = await askTooLong(id, await startOne(api, crew, id));
  await resolve(asked);
  await finishOne(api, crew, id, DONE);
  const [waiting] = await admitted(id);
  const address = { workspaceId: crew.workspaceId, id: waiting!, generation: 0 };
  expect(given(await claimInputAnswers(api.database, address))).toEqual([asked]);
  expect((await read(asked)).delivered_at).toBeNull();
  expect(given((await startOne(api, crew, id)).lateAnswers)).toEqual([asked]);
  expect((await read(asked)).delivered_at).not.toBeNull();
});

test('of many attempts that start at once one gets the answer', async () => {
  const names = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`t${index}`, ['a']]));
  const mission = await addMission(crew, { a: [], ...names });
  await crew.owner.send('PATCH', `/api/v1/agents/${crew.lead.id}`, { max_concurrent_runs: 6 });
  await crew.owner.send('PATCH', `/api/v1/crews/${crew.crewId}`, { max_concurrent_runs: 6 });
  await crew.owner.act(`${mission.url}/start`);
  await step(api, crew, mission.id);
  const asked = await askTooLong(mission.id, await startOne(api, crew, mission.id));
  await resolve(asked);
  await finishOne(api, crew, mission.id, DONE);
  const runIds = await admitted(mission.id);
  expect(runIds).toHaveLength(6);
  const starts = await Promise.all(runIds.map((runId) => startRun(api, crew, runId)));
  expect(starts.flatMap((run) => given(run.lateAnswers))).toEqual([asked]);
});

test('nobody gets the answer to a mission that is over, nor a credential', async () => {
  const { id, url } = await beginMission(api, crew, { a: [] });
  const run = await startOne(api, crew, id);
  const asked = await askTooLong(id, run);
  const credential = await askTooLong(id, run);
  await crew.write(sql`UPDATE escalations SET type = 'CREDENTIAL' WHERE id = ${credential}`);
  expect(await resolve(credential, 'the value')).toMatchObject({ delivery: { kind: 'none' } });
  expect(await take(run)).toEqual([]);
  await finishOne(api, crew, id, DONE);
  expect((await crew.owner.get<{ status: string }>(url)).status).toBe('REVIEW');
  expect(await resolve(asked)).toMatchObject({ delivery: { kind: 'none' } });
  expect(await read(credential)).toMatchObject({ resolution: '[REDACTED]', delivery: 'none' });
});

test('only the attempt that has an answer acknowledges it', async () => {
  const { id } = await beginMission(api, crew, { a: [], b: ['a'] });
  const run = await startOne(api, crew, id);
  const asked = await askTooLong(id, run);
  await expect(acknowledge(asked, run)).rejects.toMatchObject({ code: 'not_found' });
  await resolve(asked);
  await expect(acknowledge(asked, run)).rejects.toMatchObject({ code: 'not_found' });
  await finishOne(api, crew, id, DONE);
  await expect(acknowledge(asked, run)).rejects.toMatchObject({ code: 'not_found' });
  expect(await take(run)).toEqual([]);
});
