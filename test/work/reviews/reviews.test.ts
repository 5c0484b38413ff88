import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { WholeReview } from '../../../db/work/reviews/reviews-store.ts';
import type { Project } from '../../../domain/work/projects/project.ts';
import type { ReviewItem } from '../../../domain/work/reviews/review-item.ts';
import type { ManagedTask } from '../../../domain/work/tasks/managed-task.ts';
import { addCrew, startApiWithHost } from '../../support/mission-crew.ts';
import type { TestUser } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { signedIn } from '../../support/world/signed-in.ts';

const api = perFile(() => startApiWithHost());
const crew = perTest(() => addCrew(api));
const member = perTest(() => api.addMember(crew.workspaceId, 'MEMBER'));
const other = perTest(() => api.addMember(crew.workspaceId, 'MEMBER'));
const manager = perTest(() => api.addMember(crew.workspaceId, 'MANAGER'));
let owner: TestUser;
beforeEach(() => {
  ({ owner } = crew);
});

const QUEUE = '/review/queue';
const submit = (by: TestUser, fields: object = {}) =>
  by.post<WholeReview>(QUEUE, { kind: 'answer', title: 'Right?', ...fields });
const read = (id: string, by: TestUser = owner) => by.get<WholeReview>(`${QUEUE}/${id}`);
const decide = (by: TestUser, id: string, verb: string, body: object = {}) =>
  by.ask('POST', `${QUEUE}/${id}/${verb}`, body);
const ids = async (by: TestUser, query = '') =>
  (await by.get<{ items: ReviewItem[] }>(`${QUEUE}?${query}`)).items.map(({ id }) => id);
const addProject = (fields: object = {}) =>
  owner.post<Project>('/projects', { name: 'Garden', visibility: 'private', ...fields });
const join = (project: Project, user: TestUser, role: string) =>
  owner.send('PATCH', `/projects/${project.id}/members/${user.id}`, { role });
const entries = (pattern: string) =>
  crew.rows<{ entry_type: string; target_type: string; payload: object }>(sql`
    SELECT entry_type, target_type, payload FROM journal_entries WHERE workspace_id = ${crew.workspaceId}
      AND entry_type LIKE ${pattern} ORDER BY ts, id`);

test('an item is submitted, listed, counted and decided, and says what became of it', async () => {
  await owner.post('/validation/validate', { content: 'Water is dry.', checks: [{ kind: 'not_empty' }] }, 200);
  const item = await submit(member, {
    ...{ content: 'Water is dry.', priority: 'low', due_at: '2026-12-24T10:00:00Z', metadata: { run: 7 } },
    subject: { type: 'external', id: 'PR-1' },
  });
  expect(item).toMatchObject({
    ...{ kind: 'answer', title: 'Right?', status: 'pending', priority: 'low', score: 1, decision: null },
    ...{ subject: { type: 'external', id: 'PR-1' }, submitted_by: member.id, assignee_id: null, session_id: null },
    ...{ content: 'Water is dry.', metadata: { run: 7 }, history: [{ action: 'submitted', by: member.id }] },
  });
  const urgent = await submit(member, { kind: 'post', priority: 'urgent' });
  expect(await ids(member)).toEqual([urgent.id, item.id]);
  expect(await ids(member, 'sort=priority&limit=1')).toEqual([urgent.id]);
  expect(await ids(member, 'sort=due_at')).toEqual([item.id, urgent.id]);
  expect(await ids(manager, 'kind=post&mine=false')).toEqual([urgent.id]);
  expect(await ids(manager, 'mine=true')).toEqual([]);
  const second = await member.ask('POST', QUEUE, { kind: 'x', title: 'y', subject: { type: 'external', id: 'PR-1' } });
  expect(second).toMatchObject({ status: 409, body: { code: 'conflict', reason: 'open_item' } });

  expect((await decide(manager, item.id, 'quarantine', { reason: 'Unsafe' })).body).toMatchObject({
    ...{ status: 'quarantined', decision: null },
  });
  expect((await decide(manager, item.id, 'quarantine', { reason: 'Again' })).body.current_status).toBe('quarantined');
  expect((await decide(manager, item.id, 'approve', { note: 'Fine' })).body).toMatchObject({
    status: 'approved',
    decision: { verdict: 'approved', by: manager.id, note: 'Fine' },
  });
  for (const verb of ['approve', 'reject', 'quarantine']) {
    const late = await decide(manager, item.id, verb, verb === 'approve' ? {} : { reason: 'No' });
    expect([late.status, late.body.current_status]).toEqual([409, 'approved']);
  }
  expect((await decide(manager, urgent.id, 'reject', { reason: 'Rude' })).body.status).toBe('rejected');
  expect((await read(item.id)).history.map(({ action, by }) => [action, by])).toEqual([
    ['submitted', member.id],
    ['quarantined', manager.id],
    ['approved', manager.id],
  ]);
  expect(await ids(owner, 'status=approved,pending')).toEqual([item.id]);
  await submit(member, { subject: { type: 'external', id: 'PR-1' } });
  expect(await manager.get(`${QUEUE}/stats`)).toMatchObject({
    by_status: { pending: 1, quarantined: 0, approved: 1, rejected: 1, cancelled: 0 },
    by_kind: { answer: 2, post: 1 },
    oldest_pending_s: 0,
    median_decision_s: expect.any(Number),
  });
  expect(await other.get(`${QUEUE}/stats`)).toMatchObject({ by_status: { pending: 0 }, by_kind: {} });
  const told = await entries('review.%');
  expect(told.map(({ entry_type: type }) => type)).toEqual([
    ...['review.submitted', 'review.submitted', 'review.quarantined', 'review.decided', 'review.decided'],
    'review.submitted',
  ]);
  expect(JSON.stringify([...told, ...(await entries('approval.%'))])).not.toMatch(/dry|Right|Unsafe|Fine|Rude/);
});

test('who sees an item, and who decides it: never who submitted it, by whichever door', async () => {
  const viewer = await api.addMember(crew.workspaceId, 'VIEWER');
  expect(outcome(await viewer.ask('POST', QUEUE, { kind: 'a', title: 'b' }))).toEqual([403, 'forbidden']);
  const assigned = await submit(member, { assignee_id: other.id });
  expect((await read(assigned.id, other)).assignee_id).toBe(other.id);
  expect(await ids(manager, `assignee=${other.id}`)).toEqual([assigned.id]);
  const outsider = await api.addMember(crew.workspaceId, 'MEMBER');
  for (const who of [viewer, outsider]) {
    expect(outcome(await who.ask('GET', `${QUEUE}/${assigned.id}`))).toEqual([404, 'not_found']);
    expect(await who.get('/approvals')).toMatchObject({ rows: [] });
    expect(outcome(await who.ask('GET', `/approvals/${assigned.approval_id}`))).toEqual([404, 'not_found']);
  }
  expect(outcome(await decide(outsider, assigned.id, 'approve'))).toEqual([404, 'not_found']);
  expect(outcome(await decide(member, assigned.id, 'approve'))).toEqual([403, 'forbidden']);
  expect((await decide(other, assigned.id, 'approve')).body.status).toBe('approved');

  const own = await submit(owner);
  expect((await decide(owner, own.id, 'reject', { reason: 'x' })).body).toMatchObject({ reason: 'own_submission' });
  const person = signedIn(api, owner);
  const url = `/approvals/${own.approval_id}/decide`;
  expect(outcome(await person.ask('POST', url, { status: 'approved' }))).toEqual([403, 'forbidden']);
  const admin = signedIn(api, await api.addMember(crew.workspaceId, 'ADMIN'));
  await admin.act(url, { status: 'denied', comment: 'No' });
  expect(await read(own.id)).toMatchObject({ status: 'rejected', decision: { by: expect.any(String), note: 'No' } });

  for (const [assignee, why] of [
    [member.id, 'must be somebody else than who submits it'],
    [viewer.id, 'must have at least the role MEMBER'],
    [(await addCrew(api)).owner.id, 'must be somebody who may see it'],
  ] as const) {
    const refused = await member.ask('POST', QUEUE, { kind: 'a', title: 'b', assignee_id: assignee });
    expect(refused.body.errors).toEqual([{ path: 'assignee_id', message: why }]);
  }
});

test('of a private project others know nothing: not of the item, its decision, its entries, its inbox items', async () => {
  const project = await addProject();
  await join(project, member, 'editor');
  await join(project, other, 'viewer');
  expect(outcome(await other.ask('POST', QUEUE, { kind: 'a', title: 'b', project_id: project.id }))[0]).toBe(403);
  expect(outcome(await manager.ask('POST', QUEUE, { kind: 'a', title: 'b', project_id: project.id }))[0]).toBe(404);
  const item = await submit(member, { project_id: project.id });
  expect(outcome(await manager.ask('GET', `${QUEUE}/${item.id}`))).toEqual([404, 'not_found']);
  expect(outcome(await decide(manager, item.id, 'approve'))).toEqual([404, 'not_found']);
  expect([await ids(manager), await ids(other)]).toEqual([[], [item.id]]);
  expect(await manager.get('/approvals')).toMatchObject({ rows: [], count: 0 });
  expect(outcome(await decide(other, item.id, 'approve'))).toEqual([403, 'forbidden']);
  const inbox = async (by: TestUser) =>
    (await by.get<{ rows: { type: string; state: string }[] }>('/inbox')).rows.map(({ type, state }) => [type, state]);
  expect([await inbox(manager), await inbox(other)]).toEqual([[], []]);
  expect(await inbox(owner)).toEqual([['approval.requested', 'unread']]);
  expect((await entries('review.%')).concat(await entries('approval.%')).map((entry) => entry.target_type)).toEqual([
    'project',
    'project',
  ]);
  expect(await ids(owner, `project_id=${project.id}`)).toEqual([item.id]);
  expect((await decide(owner, item.id, 'approve')).body.status).toBe('approved');
  expect(await inbox(owner)).toEqual([['approval.requested', 'resolved']]);

  const assigned = await submit(member, { project_id: project.id, assignee_id: other.id });
  expect(await inbox(other)).toEqual([['review.assigned', 'unread']]);
  await owner.act(`/projects/${project.id}/archive`, { archived: true });
  expect((await decide(other, assigned.id, 'approve')).body.current_status).toBe('archived');
  await owner.act(`/projects/${project.id}/archive`, { archived: false });
  await owner.send('DELETE', `/projects/${project.id}/members/${other.id}`);
  expect(outcome(await decide(other, assigned.id, 'approve'))).toEqual([404, 'not_found']);
});

test('an item about a task is decided with the task, whichever is decided', async () => {
  const make = async (fields: object = {}) => {
    const task = await owner.post<ManagedTask>('/tasks', { title: 'Task', approval_required: true, ...fields });
    await owner.act(`/tasks/${task.id}/status`, { status: 'IN_PROGRESS' });
    return task;
  };
  const subject = ({ id }: ManagedTask) => ({ subject: { type: 'task', id } });
  const first = await make({ reviewer_id: other.id });
  const early = await member.ask('POST', QUEUE, { kind: 'task', title: 't', ...subject(first) });
  expect([early.status, early.body.current_status]).toEqual([409, 'IN_PROGRESS']);
  await owner.act(`/tasks/${first.id}/status`, { status: 'COMPLETED', result_summary: 'All watered' });
  const refused = await owner.ask('POST', QUEUE, {
    kind: 'task',
    title: 't',
    ...subject(first),
    assignee_id: member.id,
  });
  expect(refused.body.errors[0].path).toBe('assignee_id');
  const item = await submit(member, { ...subject(first), assignee_id: other.id });
  expect(item).toMatchObject({ content: 'All watered', status: 'pending' });
  expect((await decide(manager, item.id, 'quarantine', { reason: 'Look again' })).body.status).toBe('quarantined');
  const found = () => owner.get<{ total: number }>('/tasks?q=task');
  expect((await found()).total).toBe(0);
  expect((await decide(other, item.id, 'approve', { note: 'Good' })).body.status).toBe('approved');
  expect(await owner.get(`/tasks/${first.id}`)).toMatchObject({ status: 'COMPLETED', approved_by: other.id });
  expect((await found()).total).toBe(1);

  const second = await make();
  await owner.act(`/tasks/${second.id}/status`, { status: 'COMPLETED' });
  const followed = await submit(member, subject(second));
  await manager.act(`/tasks/${second.id}/review/request-rework`, { note: 'Shorter' });
  expect(await read(followed.id)).toMatchObject({ status: 'rejected', decision: { note: 'Shorter', by: manager.id } });
  const late = await decide(manager, followed.id, 'approve');
  expect([late.status, late.body.current_status]).toEqual([409, 'rejected']);
});

test('of fifty that decide an item at once by either door one does; of fifty that submit a subject, too', async () => {
  const item = await submit(member);
  const admin = signedIn(api, await api.addMember(crew.workspaceId, 'ADMIN'));
  const deciders = [manager, owner, await api.addMember(crew.workspaceId, 'MANAGER')];
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => {
      if (index % 5 === 0) return admin.ask('POST', `/approvals/${item.approval_id}/decide`, { status: 'approved' });
      const by = deciders[index % deciders.length]!;
      return index % 2 === 0 ? decide(by, item.id, 'approve') : decide(by, item.id, 'reject', { reason: 'No' });
    }),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status, body }) => status === 409 && body.code === 'wrong_state')).toHaveLength(49);
  const { status } = await read(item.id);
  for (const { body } of answers.filter((answer) => answer.status === 409)) {
    expect([status, status === 'rejected' ? 'denied' : status]).toContain(body.current_status);
  }
  expect(await entries('review.decided')).toHaveLength(1);

  const subject = { type: 'external', id: 'the-same' };
  const submitted = await Promise.all(
    Array.from({ length: 50 }, () => member.ask('POST', QUEUE, { kind: 'a', title: 'b', subject })),
  );
  expect(submitted.filter((answer) => answer.status === 201)).toHaveLength(1);
  expect(submitted.filter(({ body }) => body.reason === 'open_item')).toHaveLength(49);
});

test('several are decided with a result for each', async () => {
  const [first, second, decided] = [await submit(member), await submit(member), await submit(member)];
  const own = await submit(manager);
  const foreign = await addCrew(api);
  const theirs = await submit(foreign.owner);
  await decide(manager, decided.id, 'approve');
  const { results } = await manager.act<{ results: object[] }>(`${QUEUE}/batch`, {
    items: [
      { id: first.id, decision: 'approve' },
      { id: second.id, decision: 'quarantine', note: 'Unsure' },
      { id: decided.id, decision: 'reject', note: 'No' },
      { id: own.id, decision: 'approve' },
      { id: theirs.id, decision: 'approve' },
      { id: first.id, decision: 'reject', note: 'Twice' },
    ],
  });
  expect(results).toEqual([
    { id: first.id, ok: true, code: null, status: 'approved' },
    { id: second.id, ok: true, code: null, status: 'quarantined' },
    { id: decided.id, ok: false, code: 'wrong_state', status: 'approved' },
    { id: own.id, ok: false, code: 'forbidden', status: null },
    { id: theirs.id, ok: false, code: 'not_found', status: null },
    { id: first.id, ok: false, code: 'wrong_state', status: 'approved' },
  ]);
  const refused = await manager.ask('POST', `${QUEUE}/batch`, { items: [{ id: second.id, decision: 'reject' }] });
  expect([refused.status, refused.body.errors[0].path]).toEqual([400, 'items.0.note']);
  await manager.post(`${QUEUE}/batch`, { items: [] }, 400);
});
