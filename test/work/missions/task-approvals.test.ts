import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { Mission, Task } from '../../../domain/work/missions/mission.ts';
import { addCrew, addMission, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import { DONE, finishOne, playOut, readTransitions, step } from './play-mission.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { expectStatus } from '../../support/world/caller.ts';
import { signedIn } from '../../support/world/signed-in.ts';

const api = perFile(() => startApiWithHost());
// A crew each: what one test leaves running would hold the next one's lead.
beforeEach(() => beatHost(api));
const crew = perTest(() => addCrew(api));
beforeEach(async () => {
  const thresholds = { auto_approve_threshold: 0.9, notify_threshold: 0.7, require_approval_below: 0.4 };
  await crew.owner.patch(`/api/v1/crews/${crew.crewId}`, { escalation_config: thresholds });
});

const get = (url: string) => crew.owner.get<Mission>(url);

interface ApprovalRow {
  readonly status: string;
  readonly reason: string;
  readonly decided_by: string | null;
  readonly decision_comment: string | null;
}
const approvalsOf = (taskId: string) =>
  crew.rows<ApprovalRow>(
    sql`SELECT status, reason, decided_by, decision_comment FROM approvals WHERE subject_id = ${taskId}
      ORDER BY created_at`,
  );

/** A started mission whose task `a` has ended with this confidence. */
async function finished(
  confidence: number | null,
  tasks: Record<string, string[]> = { a: [] },
  required = false,
): Promise<{ id: string; url: string; taskUrl: string; taskId: string; tasks: Record<string, string> }> {
  const mission = await addMission(crew, tasks);
  const taskUrl = `${mission.url}/tasks/${mission.tasks.a}`;
  if (required) await crew.owner.patch(taskUrl, { approval_required: true });
  await crew.owner.act(`${mission.url}/start`);
  await step(api, crew, mission.id);
  expect(await finishOne(api, crew, mission.id, { ...DONE, confidence })).toBe(true);
  await step(api, crew, mission.id);
  return { ...mission, taskUrl, taskId: mission.tasks.a! };
}

test('a result below the crew’s threshold waits for a person, whose approval lets the mission go on', async () => {
  const { id, url, taskUrl, taskId } = await finished(0.3, { a: [], b: ['a'] });
  const waiting = await get(url);
  expect(waiting.status).toBe('IN_PROGRESS');
  expect(waiting.tasks![0]).toMatchObject({
    status: 'AWAITING_APPROVAL',
    approval_status: 'pending',
    result_summary: 'done',
    confidence: 0.3,
    completed_at: null,
  });
  expect(waiting.tasks![1]!.status).toBe('BLOCKED');
  expect(await approvalsOf(taskId)).toMatchObject([{ status: 'pending' }]);
  const approved = await crew.owner.act<Task>(`${taskUrl}/approve`, { comment: 'fine' });
  expect(approved).toMatchObject({ status: 'COMPLETED', approval_status: 'approved', approved_by: crew.owner.id });
  expect(await approvalsOf(taskId)).toMatchObject([
    { status: 'approved', decided_by: crew.owner.id, decision_comment: 'fine' },
  ]);
  await playOut(api, crew, id, DONE);
  expect((await get(url)).status).toBe('REVIEW');
  const types = (await readTransitions(api, id)).map((entry) => entry.entry_type);
  expect(types.filter((type) => type.startsWith('approval.'))).toEqual(['approval.requested', 'approval.granted']);
});

test('a rejected result fails the task and what depends on it', async () => {
  const { id, url, taskUrl, taskId } = await finished(0.1, { a: [], b: ['a'] });
  const rejected = await crew.owner.act<Task>(`${taskUrl}/reject`, { comment: 'wrong file' });
  expect(rejected).toMatchObject({ status: 'FAILED', approval_status: 'denied', error_code: 'rejected' });
  await step(api, crew, id);
  expect(await get(url)).toMatchObject({ status: 'FAILED', task_stats: { failed: 2 } });
  expect(await approvalsOf(taskId)).toMatchObject([{ status: 'denied', decision_comment: 'wrong file' }]);
  expect((await readTransitions(api, id)).map((entry) => entry.entry_type)).toContain('approval.denied');
});

test('confidence and the task’s own wish decide in the documented order', async () => {
  const statusAfter = async (confidence: number | null, required = false) => {
    const { url } = await finished(confidence, { a: [] }, required);
    const task = (await get(url)).tasks![0]!;
    return [task.status, task.needs_review];
  };
  expect(await statusAfter(0.95, true)).toEqual(['COMPLETED', false]);
  expect(await statusAfter(0.8, true)).toEqual(['AWAITING_APPROVAL', false]);
  expect(await statusAfter(null, true)).toEqual(['AWAITING_APPROVAL', false]);
  expect(await statusAfter(null)).toEqual(['COMPLETED', false]);
  expect(await statusAfter(0.6)).toEqual(['COMPLETED', true]);
  expect(await statusAfter(0.8)).toEqual(['COMPLETED', false]);
});

test('of simultaneous decisions one is taken, and the others learn the state', async () => {
  const { taskUrl, taskId } = await finished(0.2);
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      crew.owner.send('POST', `${taskUrl}/${index % 2 === 0 ? 'approve' : 'reject'}`),
    ),
  );
  const won = answers.filter((answer) => answer.statusCode === 200);
  expect(won).toHaveLength(1);
  const { status } = won[0]!.json<Task>();
  for (const answer of answers.filter((candidate) => candidate !== won[0])) {
    expect(expectStatus(answer, 409)).toMatchObject({ current_status: status });
  }
  expect(await approvalsOf(taskId)).toHaveLength(1);
});

test('only a task that waits, of a mission that is IN_PROGRESS, can be decided on', async () => {
  const fresh = await addMission(crew);
  const approve = `${fresh.url}/tasks/${fresh.tasks.only}/approve`;
  expect(await crew.owner.post(approve, undefined, 409)).toMatchObject({ current_status: 'PLANNING' });
  await crew.owner.act(`${fresh.url}/start`);
  expect(await crew.owner.post(approve, undefined, 409)).toMatchObject({ current_status: 'PENDING' });
  await crew.owner.post(`${fresh.url}/tasks/missing-task/approve`, undefined, 404);
  await crew.owner.post(approve, { remark: 'x' }, 400);
  const viewer = await api.addMember(crew.workspaceId, 'MEMBER');
  await viewer.post(approve, undefined, 403);
});

test('a mission that is cancelled withdraws what it asks, and a late decision is refused', async () => {
  const { id, url, taskUrl, taskId } = await finished(0.2);
  await crew.owner.act(`${url}/cancel`);
  expect(await approvalsOf(taskId)).toMatchObject([{ status: 'cancelled' }]);
  expect(await crew.owner.post(`${taskUrl}/approve`, undefined, 409)).toMatchObject({ current_status: 'CANCELLED' });
  expect((await readTransitions(api, id)).map((entry) => entry.entry_type)).toContain('approval.cancelled');
});

test('time in which everything waits for people does not count', async () => {
  const { id, url, taskUrl } = await finished(0.2, { a: [], b: ['a'] });
  const waiting = await get(url);
  expect(waiting.clock_stopped_at).not.toBeNull();
  await crew.write(sql`
      UPDATE missions SET deadline_at = deadline_at - interval '1 day',
        clock_stopped_at = clock_stopped_at - interval '1 day'
      WHERE id = ${id}`);
  await step(api, crew, id);
  expect((await get(url)).status).toBe('IN_PROGRESS');
  await crew.owner.act(`${taskUrl}/approve`);
  // The step that finds the next task ready starts the clock again.
  await step(api, crew, id);
  const going = await get(url);
  expect(going.clock_stopped_at).toBeNull();
  expect(Date.parse(going.deadline_at!)).toBeGreaterThanOrEqual(Date.parse(waiting.deadline_at!));
});

test('time counts while another task is ready or under way', async () => {
  const { url } = await finished(0.2, { a: [], b: [] });
  const mission = await get(url);
  expect(mission.task_stats).toMatchObject({ awaiting_approval: 1, pending: 1 });
  expect(mission.clock_stopped_at).toBeNull();
});

test('whether a task requires approval can be said until it is done', async () => {
  const { url } = await addMission(crew, {});
  const created = await crew.owner.send('POST', `${url}/tasks`, { title: 'Pay', approval_required: true });
  const task = expectStatus<Task>(created, 201);
  expect(task.approval_required).toBe(true);
  const taskUrl = `${url}/tasks/${task.id}`;
  expect((await crew.owner.patch<Task>(taskUrl, { approval_required: false })).approval_required).toBe(false);
  await crew.owner.patch(taskUrl, { status: 'SKIPPED' });
  await crew.owner.patch(taskUrl, { approval_required: true }, 409);
});

test('a result is decided as an approval too, with the same effects, and cannot be left undecided', async () => {
  const { id, url, taskId } = await finished(0.3, { a: [], b: ['a'] });
  const list = await crew.owner.get<{ rows: { ID: string; SubjectID: string; Kind: string }[] }>('/api/v1/approvals');
  const approval = list.rows.find(({ SubjectID }) => SubjectID === taskId)!;
  expect(approval.Kind).toBe('task_completion');
  await crew.owner.post(`/api/v1/approvals/${approval.ID}/decide`, { status: 'approved' }, 403);
  const owner = signedIn(api, crew.owner);
  await owner.post(`/api/v1/approvals/${approval.ID}/cancel`, undefined, 409);
  await owner.act(`/api/v1/approvals/${approval.ID}/decide`, { status: 'approved' });
  expect((await get(url)).tasks!.find((task) => task.id === taskId)!.status).toBe('COMPLETED');
  await step(api, crew, id);
  expect(await finishOne(api, crew, id, { ...DONE, confidence: 1 })).toBe(true);
  await owner.post(`/api/v1/approvals/${approval.ID}/decide`, { status: 'denied' }, 409);
});
