import { beforeEach, expect, test } from 'vitest';
import { beginRun, recordExec } from '../../../commands/engine/runs/begin-run.ts';
import { type RunReport, settleRunRow } from '../../../commands/engine/runs/settle-run.ts';
import { readRunExecution } from '../../../db/work/runs/read-run-execution.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { JobView } from '../../../domain/work/jobs/job.ts';
import type { TaskRun } from '../../../domain/work/runs/run.ts';
import type { ManagedTask } from '../../../domain/work/tasks/managed-task.ts';
import {
  addCrew,
  addMission,
  beatHost,
  bringCrewUp,
  PLAYED_CONTAINER,
  startApiWithHost,
} from '../../support/mission-crew.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { finishOne, step } from '../missions/play-mission.ts';

const api = perFile(() => startApiWithHost());
const crew = perTest(() => addCrew(api));
beforeEach(async () => {
  await beatHost(api);
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE slot_scopes SET capacity = 1000 WHERE kind = 'host'`),
  );
  await bringCrewUp(crew);
});

const DONE: RunReport = { outcome: { kind: 'exited', exitCode: 0, result: 'ok' }, summary: 'Done', confidence: 0.9 };
const FAILED: RunReport = { outcome: { kind: 'exited', exitCode: 1, result: 'missing' } };
const LOST: RunReport = { outcome: { kind: 'lost' } };

const make = (fields: object = {}) =>
  crew.owner.post<ManagedTask>('/tasks', { title: 'Task', agent: crew.agents[0]!.id, ...fields });
const read = (id: string) => crew.owner.get<ManagedTask & { agent_runs: TaskRun[] }>(`/tasks/${id}`);
const job = (id: string | null) => crew.owner.get<JobView>(`/agent-jobs/${id}`);
const at = (id: string) => ({ workspaceId: crew.workspaceId, id, generation: 0 });
const begin = (runId: string) =>
  recordExec(api.database, at(runId), { containerId: PLAYED_CONTAINER, execId: `exec-${runId}` });
const settle = (runId: string, report: RunReport) => settleRunRow(api.database, at(runId), report);
async function play(taskId: string, report: RunReport): Promise<void> {
  const { run_id: runId } = await read(taskId);
  expect(await begin(runId!)).toBe(true);
  await settle(runId!, report);
}

test('a run that is under way for something else, or that the caller may not know of, is not attached', async () => {
  const task = await crew.owner.post<ManagedTask>('/tasks', { title: 'Task' });
  const attach = (runId: string) => crew.owner.ask('POST', `/tasks/${task.id}/agent-runs`, { run_id: runId });
  const busy = await make({ auto_start: true });
  expect(outcome(await attach(busy.run_id!))).toEqual([409, 'conflict']);
  await crew.write(sql`
    INSERT INTO runs (id, workspace_id, crew_id, agent_id, trigger_type, status)
    VALUES (${`going-${crew.crewId}`}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, 'USER', 'RUNNING')`);
  const refused = await attach(`going-${crew.crewId}`);
  expect([refused.status, refused.body.reason]).toEqual([409, 'attached_elsewhere']);
  await crew.write(sql`UPDATE runs SET status = 'COMPLETED' WHERE id = ${`going-${crew.crewId}`}`);
  expect((await attach(`going-${crew.crewId}`)).status).toBeLessThan(300);
});

test('a task that starts by itself runs its agent as a job, whose states are those of its attempt', async () => {
  const task = await make({ auto_start: true, description: 'Do it' });
  expect(task).toMatchObject({ status: 'PENDING', job_id: expect.any(String), run_id: expect.any(String) });
  expect(await job(task.job_id)).toMatchObject({
    ...{ kind: 'task.run', status: 'queued', subject: { type: 'task', id: task.id }, created_by: crew.owner.id },
  });
  const execution = await readRunExecution(api.database, at(task.run_id!));
  expect(execution).toMatchObject({ task: { id: task.id, description: 'Do it', rework: null }, mission: null });
  await begin(task.run_id!);
  expect((await read(task.id)).status).toBe('IN_PROGRESS');
  expect((await job(task.job_id)).status).toBe('running');
  await settle(task.run_id!, DONE);
  expect(await read(task.id)).toMatchObject({
    ...{ status: 'COMPLETED', result_summary: 'Done', confidence: 0.9 },
    agent_runs: [{ id: task.run_id, trigger_type: 'JOB', status: 'COMPLETED', task_id: task.id }],
  });
  expect(await job(task.job_id)).toMatchObject({
    ...{ status: 'completed', result: { task_id: task.id, run_id: task.run_id, status: 'COMPLETED' } },
  });
});

test('what waits for it and starts by itself begins with the commit that ends it; without an agent it says why', async () => {
  const first = await make({ auto_start: true });
  const second = await make({ auto_start: true, depends_on: [first.id] });
  const gone = await make({ auto_start: true, depends_on: [first.id], agent: crew.agents[1]!.id });
  const plain = await make({ depends_on: [first.id] });
  expect([second.status, second.run_id]).toEqual(['BLOCKED', null]);
  await crew.write(sql`UPDATE agents SET status = 'PENDING_REVIEW' WHERE id = ${crew.agents[1]!.id}`);
  await play(first.id, DONE);
  expect(await read(second.id)).toMatchObject({ status: 'PENDING', run_id: expect.any(String) });
  expect(await read(plain.id)).toMatchObject({ status: 'PENDING', run_id: null });
  const { events } = await crew.owner.get<{ events: { type: string; data: object }[] }>(`/tasks/${gone.id}/events`);
  expect(events.at(-1)).toMatchObject({ type: 'not_started', data: { code: 'conflict' } });
  await play(second.id, DONE);
  expect((await read(second.id)).status).toBe('COMPLETED');
});

test('a lost attempt is replaced in its iteration, a failed one by the next iteration, and then the task fails', async () => {
  const task = await make({ auto_start: true, max_iterations: 2 });
  const waits = await make({ depends_on: [task.id] });
  await play(task.id, LOST);
  await play(task.id, FAILED);
  expect(await read(task.id)).toMatchObject({ status: 'PENDING', iteration: 2, error_code: 'exit_code' });
  expect((await job(task.job_id)).status).toBe('running');
  await play(task.id, FAILED);
  const failed = await read(task.id);
  expect(failed).toMatchObject({ status: 'FAILED', error_code: 'exit_code' });
  const attempts = failed.agent_runs.map((run) => [run.iteration, run.attempt_no, run.error_code]);
  expect(attempts).toEqual([
    [2, 1, 'exit_code'],
    [1, 2, 'exit_code'],
    [1, 1, 'lost'],
  ]);
  expect(failed.agent_runs[1]!.predecessor_id).toBe(failed.agent_runs[2]!.id);
  expect(await job(task.job_id)).toMatchObject({ status: 'failed', error: { code: 'exit_code' } });
  expect((await read(waits.id)).error_code).toBe('dependency_failed');
  const exhausted = await crew.owner.ask('POST', `/tasks/${task.id}/retry`, {});
  expect([exhausted.status, exhausted.body.reason]).toEqual([409, 'iterations_exhausted']);
});

test('a retry is another job, with another agent where one is named', async () => {
  const task = await make({ auto_start: true });
  await play(task.id, FAILED);
  const retry = { agent: crew.agents[1]!.slug, note: 'Try you' };
  const answer = await crew.owner.post<{ task: ManagedTask; job_id: string }>(`/tasks/${task.id}/retry`, retry, 202);
  expect(answer.job_id).not.toBe(task.job_id);
  expect(answer.task).toMatchObject({ status: 'PENDING', iteration: 2, assigned_agent_id: crew.agents[1]!.id });
  await play(task.id, DONE);
  expect((await job(answer.job_id)).status).toBe('completed');
});

test('an agent whose circuit is open is given no task until it has cooled down', async () => {
  const task = await make();
  const agentId = crew.agents[0]!.id;
  await crew.write(sql`UPDATE agents SET circuit_opened_at = now() WHERE id = ${agentId}`);
  const start = () => crew.owner.ask('POST', '/agent-jobs', { kind: 'task.run', input: { task_id: task.id } });
  const refused = await start();
  expect([refused.status, refused.body]).toEqual([409, expect.objectContaining({ reason: 'circuit_open' })]);
  await crew.write(sql`UPDATE agents SET circuit_opened_at = now() - interval '1 day' WHERE id = ${agentId}`);
  expect((await start()).status).toBe(202);
});

test('a job is asked for by who may edit the task, once', async () => {
  const task = await make();
  const start = (who = crew.owner, id = task.id) =>
    who.ask('POST', '/agent-jobs', { kind: 'task.run', input: { task_id: id } });
  expect((await start(await api.addMember(crew.workspaceId, 'MEMBER'))).status).toBe(403);
  expect((await start(crew.owner, 'no-task')).status).toBe(400);
  const answers = await Promise.all([start(), start(), start()]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 409, 409]);
  expect((await start(crew.owner, (await make({ agent: null })).id)).status).toBe(409);
  const mission = await addMission(crew);
  expect((await start(crew.owner, mission.tasks.only)).body.reason).toBe('mission_owned');
});

test('a job that is cancelled ends its attempt and its task, before it begins and after', async () => {
  const running = await make({ auto_start: true });
  await begin(running.run_id!);
  const cancel = (id: string | null) => crew.owner.ask('POST', `/agent-jobs/${id}/cancel`, {});
  expect((await cancel(running.job_id)).body).toMatchObject({ status: 'cancelling' });
  expect((await read(running.id)).status).toBe('IN_PROGRESS');
  await settle(running.run_id!, { outcome: { kind: 'cancelled' } });
  expect((await read(running.id)).status).toBe('CANCELLED');
  expect((await job(running.job_id)).status).toBe('cancelled');
  expect(outcome(await cancel(running.job_id))).toEqual([409, 'wrong_state']);

  const admitted = await make({ auto_start: true });
  expect((await cancel(admitted.job_id)).status).toBe(202);
  expect(await beginRun(api.database, at(admitted.run_id!))).toMatchObject({ kind: 'closed' });
  expect((await job(admitted.job_id)).status).toBe('cancelled');

  await crew.write(sql`UPDATE slot_scopes SET capacity = in_use WHERE kind = 'host'`).catch(() => undefined);
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE slot_scopes SET capacity = in_use WHERE kind = 'host'`),
  );
  const queued = await make({ auto_start: true });
  expect((await cancel(queued.job_id)).body).toMatchObject({ status: 'cancelled' });
  expect((await read(queued.id)).status).toBe('CANCELLED');
});

test('a task that people take on no longer listens to its attempt, which is ended', async () => {
  const task = await make({ auto_start: true });
  await begin(task.run_id!);
  await crew.owner.act(`/tasks/${task.id}/status`, { status: 'done', result_summary: 'By hand' });
  const [run] = await crew.rows<{ asked: boolean }>(sql`
    SELECT cancel_requested_at IS NOT NULL AS asked FROM runs WHERE id = ${task.run_id}`);
  expect(run!.asked).toBe(true);
  await settle(task.run_id!, DONE);
  expect(await read(task.id)).toMatchObject({ status: 'COMPLETED', result_summary: 'By hand' });
  expect((await job(task.job_id)).status).toBe('cancelled');
});

test('an agent’s result that is sent back is its next iteration’s, with what the reviewer wrote', async () => {
  const task = await make({ auto_start: true, approval_required: true });
  await play(task.id, { ...DONE, confidence: null });
  expect(await read(task.id)).toMatchObject({ status: 'AWAITING_APPROVAL', review: { status: 'requested' } });
  expect((await job(task.job_id)).result).toMatchObject({ status: 'AWAITING_APPROVAL' });
  const again = await crew.owner.act<ManagedTask>(`/tasks/${task.id}/review/request-rework`, { note: 'Name sources' });
  expect(again).toMatchObject({ status: 'PENDING', iteration: 2, run_id: expect.any(String) });
  const execution = await readRunExecution(api.database, at(again.run_id!));
  expect(execution!.task).toMatchObject({ iteration: 2, rework: 'Name sources' });
  await play(task.id, { ...DONE, confidence: null });
  expect(await crew.owner.act(`/tasks/${task.id}/review/approve`)).toMatchObject({ status: 'COMPLETED' });
});

test('a mission’s task is reviewed here too: sent back it runs again in the same mission', async () => {
  const mission = await addMission(crew, { a: [], b: ['a'] });
  const id = mission.tasks.a!;
  await crew.owner.patch(`${mission.url}/tasks/${id}`, { approval_required: true });
  await crew.owner.act(`${mission.url}/start`);
  const finish = async () => {
    await step(api, crew, mission.id);
    expect(await finishOne(api, crew, mission.id, { ...DONE, confidence: null })).toBe(true);
  };
  await finish();
  await crew.owner.act(`/tasks/${id}/review/block`, { reason: 'Look first' });
  const manager = await api.addMember(crew.workspaceId, 'MANAGER');
  expect((await manager.ask('POST', `${mission.url}/tasks/${id}/approve`)).body.reason).toBe('review_blocked');
  const again = await crew.owner.act(`/tasks/${id}/review/request-rework`, { note: 'More' });
  expect(again).toMatchObject({ status: 'PENDING', iteration: 2 });
  await finish();
  expect(await crew.owner.act(`/tasks/${id}/review/approve`)).toMatchObject({ status: 'COMPLETED' });
  await step(api, crew, mission.id);
  expect(await read(mission.tasks.b!)).toMatchObject({ status: 'PENDING', run_id: expect.any(String) });
});

test('runs from elsewhere are said of a task by their maker, and end once', async () => {
  const [task, other] = [await make(), await make()];
  const attach = (id: string, body: object) => crew.owner.ask('POST', `/tasks/${id}/agent-runs`, body);
  const made = await attach(task.id, { agent_label: 'nightly', external_ref: 'build-1', metadata: { branch: 'main' } });
  expect([made.status, made.body]).toMatchObject([
    201,
    { status: 'RUNNING', agent_label: 'nightly', task_id: task.id },
  ]);
  const run = made.body.id as string;
  expect((await attach(task.id, { run_id: run })).status).toBe(200);
  expect((await attach(other.id, { run_id: run })).body.reason).toBe('attached_elsewhere');
  expect((await attach(task.id, { run_id: run, agent_label: 'two' })).status).toBe(400);
  expect((await attach(task.id, { run_id: 'no-run' })).status).toBe(400);
  const report = (id: string, body: object) => crew.owner.ask('PATCH', `/tasks/agent-runs/${id}`, body);
  expect((await report(run, { progress: 40, token_count: 10 })).body).toMatchObject({ progress: 40, token_count: 10 });
  const ends = await Promise.all([1, 2, 3].map(() => report(run, { status: 'COMPLETED', output_summary: 'Built' })));
  expect(ends.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
  expect(await read(task.id)).toMatchObject({
    ...{ status: 'PENDING', token_count: 10 },
    agent_runs: [{ id: run, status: 'COMPLETED', output_summary: 'Built' }],
  });
  const own = await make({ auto_start: true });
  expect((await report(own.run_id!, { progress: 1 })).body.reason).toBe('engine_owned');
  const agents = await attach(task.id, { agent: crew.agents[1]!.slug });
  expect(agents.body).toMatchObject({ agent_id: crew.agents[1]!.id, status: 'RUNNING', attempt_no: 2 });
});
