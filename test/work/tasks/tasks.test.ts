import { beforeEach, expect, test } from 'vitest';
import { ROLES, type Role } from '../../../domain/kernel/access/authority.ts';
import type { ManagedTask } from '../../../domain/work/tasks/managed-task.ts';
import type { Project } from '../../../domain/work/projects/project.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { addCrew, addMission, startApiWithHost } from '../../support/mission-crew.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { signedIn } from '../../support/world/signed-in.ts';

const api = perFile(() => startApiWithHost());
const crew = perTest(() => addCrew(api));
let owner: typeof crew.owner;
beforeEach(() => {
  ({ owner } = crew);
});

const make = (fields: object = {}, who = owner) => who.post<ManagedTask>('/tasks', { title: 'Task', ...fields });
const read = (id: string) => owner.get<ManagedTask>(`/tasks/${id}`);
const move = (id: string, status: string, rest: object = {}) =>
  owner.ask('POST', `/tasks/${id}/status`, { status, ...rest });
const member = (role: Role) => api.addMember(crew.workspaceId, role);
const wait = (id: string, blocker: string) =>
  owner.ask('POST', `/tasks/${id}/dependencies`, { blocks_task_id: blocker });

test('a task of no mission has the fields of a mission’s and its own, and what it names is in the workspace', async () => {
  const task = await make({
    description: 'Why',
    agent: crew.agents[0]!.slug,
    reviewer_id: owner.id,
    priority: 'high',
    due_date: '2026-12-24',
    labels: ['docs'],
    max_iterations: 3,
  });
  expect(task).toMatchObject({
    ...{ mission_id: null, project_id: null, issue_id: null, crew_id: crew.crewId, title: 'Task', status: 'PENDING' },
    ...{ assigned_agent_id: crew.agents[0]!.id, agent_slug: crew.agents[0]!.slug, priority: 'high' },
    ...{ due_date: '2026-12-24', labels: ['docs'], iteration: 1, max_iterations: 3, auto_start: false, version: 1 },
    ...{ review: { status: 'none', by: null, at: null, note: null }, depends_on: '[]', created_by: owner.id },
  });
  const elsewhere = await addCrew(api);
  for (const [field, body] of [
    ['agent', { agent: elsewhere.agents[0]!.id }],
    ['reviewer_id', { reviewer_id: elsewhere.owner.id }],
    ['issue_id', { issue_id: 'no-issue' }],
    ['mission_id', { mission_id: (await addMission(elsewhere)).id }],
    ['depends_on', { depends_on: [task.id, task.id] }],
    ['depends_on', { depends_on: [(await elsewhere.owner.post<ManagedTask>('/tasks', { title: 'Theirs' })).id] }],
  ] as const) {
    const refused = await owner.ask('POST', '/tasks', { title: 'Task', ...body });
    expect([refused.status, refused.body.errors?.[0]?.path], JSON.stringify(body)).toEqual([400, field]);
  }
  expect(outcome(await owner.ask('POST', '/tasks', { title: 'Task', project_id: 'no-project' }))).toEqual([
    404,
    'not_found',
  ]);
});

test('tasks of missions and of none are listed by what is asked for', async () => {
  const mission = await addMission(crew);
  const low = await make({ title: 'Sweep', priority: 'low', due_date: '2026-12-02' });
  const urgent = await make({ title: 'Water', priority: 'urgent', agent: crew.agents[1]!.id });
  const ids = async (query: string) =>
    (await owner.get<{ items: ManagedTask[]; total: number }>(`/tasks?${query}`)).items.map(({ id }) => id);
  expect(await ids('')).toEqual([urgent.id, low.id, mission.tasks.only]);
  expect(await ids('sort=priority')).toEqual([urgent.id, low.id, mission.tasks.only]);
  expect(await ids('sort=due_date&limit=1')).toEqual([low.id]);
  expect(await ids(`mission_id=${mission.id}`)).toEqual([mission.tasks.only]);
  expect(await ids(`agent=${crew.agents[1]!.slug}`)).toEqual([urgent.id]);
  expect(await ids('q=swee')).toEqual([low.id]);
  expect(await ids('due_before=2026-12-02')).toEqual([]);
  expect(await ids('due_before=2026-12-03')).toEqual([low.id]);
  await move(low.id, 'done');
  await move(low.id, 'in_progress');
  expect(await ids('status=todo&limit=5')).toEqual([urgent.id, mission.tasks.only]);
  expect(await ids('status=in_progress,BLOCKED')).toEqual([low.id]);
});

test('who may do what to a task follows from the role, and in a project from the role there', async () => {
  const table: Record<string, (number | string)[]> = {};
  for (const role of ROLES) {
    const caller = await member(role);
    const task = await make();
    const asked = [];
    for (const [method, path, body] of [
      ['POST', '/tasks', { title: 'Theirs' }],
      ['GET', `/tasks/${task.id}`, undefined],
      ['PATCH', `/tasks/${task.id}`, { priority: 'low' }],
      ['POST', `/tasks/${task.id}/events`, { type: 'comment', message: 'Seen' }],
      ['POST', `/tasks/${task.id}/status`, { status: 'IN_PROGRESS' }],
      ['POST', `/tasks/${task.id}/status`, { status: 'SKIPPED' }],
      ['DELETE', `/tasks/${task.id}`, undefined],
    ] as const) {
      asked.push((await caller.ask(method, path, body)).status);
    }
    table[role] = asked;
  }
  expect(table).toEqual({
    OWNER: [201, 200, 200, 201, 200, 200, 204],
    ADMIN: [201, 200, 200, 201, 200, 200, 204],
    MANAGER: [201, 200, 200, 201, 200, 200, 403],
    MEMBER: [403, 200, 403, 201, 403, 403, 403],
    VIEWER: [403, 200, 403, 403, 403, 403, 403],
  });
});

test('a task of a private project is a 404 to who is not in it, and its members’ by their role there', async () => {
  const [editor, viewer, outsider] = [await member('MEMBER'), await member('MEMBER'), await member('MANAGER')];
  const project = await owner.post<Project>('/projects', {
    name: 'Quiet',
    visibility: 'private',
    members: [
      { user_id: editor.id, role: 'editor' },
      { user_id: viewer.id, role: 'viewer' },
    ],
  });
  const task = await make({ project_id: project.id }, editor);
  expect((await viewer.ask('GET', `/tasks/${task.id}`)).status).toBe(200);
  expect((await viewer.ask('PATCH', `/tasks/${task.id}`, { priority: 'low' })).status).toBe(403);
  for (const [method, path, body] of [
    ['GET', '', undefined],
    ['PATCH', '', { priority: 'low' }],
    ['DELETE', '', undefined],
    ['POST', '/status', { status: 'SKIPPED' }],
    ['POST', '/events', { type: 'comment', message: 'Hello' }],
    ['GET', '/events', undefined],
    ['POST', '/retry', undefined],
    ['POST', '/review/approve', undefined],
    ['POST', '/dependencies', { blocks_task_id: (await make()).id }],
    ['POST', '/agent-runs', { agent_label: 'x' }],
  ] as const) {
    const answer = await outsider.ask(method, `/tasks/${task.id}${path}`, body);
    expect(outcome(answer), `${method} ${path}`).toEqual([404, 'not_found']);
  }
  // Its runs and jobs are no way around it.
  const made = await editor.post<{ id: string }>(`/tasks/${task.id}/agent-runs`, { agent_label: 'their own' });
  const ran = (who: typeof viewer) =>
    Promise.all(
      [`/runs/${made.id}`, `/runs/${made.id}/output`, `/runs/${made.id}/processes`].map((at) => who.ask('GET', at)),
    );
  expect((await ran(outsider)).map(outcome)).toEqual(Array(3).fill([404, 'not_found']));
  expect((await ran(viewer))[0]!.status).toBe(200);
  await crew.write(sql`
    INSERT INTO jobs (id, workspace_id, kind, status, project_id, created_by)
    VALUES (${`job-${task.id}`}, ${crew.workspaceId}, 'task.run', 'queued', ${project.id}, ${editor.id})`);
  for (const [who, status] of [
    [outsider, 404],
    [editor, 200],
  ] as const) {
    expect((await who.ask('GET', `/agent-jobs/job-${task.id}`)).status).toBe(status);
  }
  expect((await outsider.ask('POST', `/agent-jobs/job-${task.id}/cancel`, {})).status).toBe(404);
  const list = await outsider.get<{ items: ManagedTask[] }>('/tasks');
  expect(list.items.map(({ id }) => id)).not.toContain(task.id);
  // Nor may its journal be read by them, nor a task of theirs wait for it.
  const { entries } = await outsider.get<{ entries: { task_id: string | null }[] }>('/journal?limit=100');
  expect(entries.map((entry) => entry.task_id)).not.toContain(task.id);
  const mine = await make({}, outsider);
  const refused = await outsider.ask('POST', `/tasks/${mine.id}/dependencies`, { blocks_task_id: task.id });
  expect([refused.status, refused.body.errors[0].path]).toEqual([400, 'blocks_task_id']);
  await owner.act(`/projects/${project.id}/archive`);
  expect(outcome(await editor.ask('PATCH', `/tasks/${task.id}`, { priority: 'low' }))).toEqual([409, 'wrong_state']);
});

test('of fifty who move a task at once one does, and the others are told where it is', async () => {
  const task = await make();
  const answers = await Promise.all(Array.from({ length: 50 }, () => move(task.id, 'IN_PROGRESS')));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  for (const { status, body } of answers.filter((answer) => answer.status !== 200)) {
    expect([status, body.code, body.current_status]).toEqual([409, 'wrong_state', 'IN_PROGRESS']);
  }
  const { events } = await owner.get<{ events: { seq: number; type: string }[] }>(`/tasks/${task.id}/events`);
  expect(events.map(({ seq, type }) => [seq, type])).toEqual([
    [1, 'created'],
    [2, 'status_changed'],
  ]);
});

test('a status that the table does not have is a 409, one that no table has a 400, and a mission’s task is its own', async () => {
  const task = await make();
  expect(outcome(await move(task.id, 'COMPLETED'))).toEqual([409, 'wrong_state']);
  expect((await move(task.id, 'finished')).status).toBe(400);
  const mission = await addMission(crew);
  for (const [method, path, body] of [
    ['POST', '/status', { status: 'SKIPPED' }],
    ['POST', '/retry', {}],
    ['DELETE', '', undefined],
  ] as const) {
    const answer = await owner.ask(method, `/tasks/${mission.tasks.only}${path}`, body);
    expect([answer.status, answer.body.reason], path).toEqual([409, 'mission_owned']);
  }
  // What people say of it is not the mission’s.
  const changed = await owner.patch<ManagedTask>(`/tasks/${mission.tasks.only}`, { title: 'New', priority: 'high' });
  expect(changed).toMatchObject({ title: 'New', priority: 'high', mission_id: mission.id, version: 2 });
});

test('what is said of a task is changed by version, and what its agent goes by only before it begins', async () => {
  const task = await make();
  const both = await Promise.all(
    ['A', 'B'].map((title) => owner.ask('PATCH', `/tasks/${task.id}`, { title, version: 1 })),
  );
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  expect(both.find(({ status }) => status === 409)!.body).toMatchObject({
    code: 'version_conflict',
    current_version: 2,
  });
  await move(task.id, 'IN_PROGRESS');
  expect(outcome(await owner.ask('PATCH', `/tasks/${task.id}`, { title: 'C' }))).toEqual([409, 'wrong_state']);
  expect(await owner.patch<ManagedTask>(`/tasks/${task.id}`, { priority: 'low' })).toMatchObject({ version: 3 });
  const patched = await owner.patch<ManagedTask>(`/tasks/${task.id}/status`, {
    note: 'half',
    result_summary: 'so far',
  });
  expect(patched).toMatchObject({ status: 'IN_PROGRESS', result_summary: 'so far' });
});

test('a dependency that is done lets its dependants go on, and one that fails fails them', async () => {
  const first = await make();
  const second = await make({ depends_on: [first.id] });
  const third = await make({ depends_on: [second.id] });
  expect([second.status, third.status]).toEqual(['BLOCKED', 'BLOCKED']);
  await move(first.id, 'in_progress');
  await move(first.id, 'done');
  expect((await read(second.id)).status).toBe('PENDING');
  await move(second.id, 'IN_PROGRESS');
  await move(second.id, 'FAILED', { error_message: 'no paper' });
  expect(await read(second.id)).toMatchObject({ status: 'FAILED', error_message: 'no paper' });
  expect(await read(third.id)).toMatchObject({ status: 'FAILED', error_code: 'dependency_failed' });
  const retried = await owner.post<{ task: ManagedTask; job_id: null }>(`/tasks/${third.id}/retry`, {}, 202);
  expect(retried).toMatchObject({ job_id: null, task: { status: 'BLOCKED', iteration: 2, error_code: null } });
  await owner.delete(`/tasks/${third.id}/dependencies/${second.id}`);
  expect((await read(third.id)).status).toBe('PENDING');
  expect(outcome(await owner.ask('DELETE', `/tasks/${third.id}/dependencies/${second.id}`))).toEqual([
    404,
    'not_found',
  ]);
});

test('a task waits for another once, never for itself or in a circle, and not once it has begun', async () => {
  const [a, b, c] = [await make(), await make(), await make()];
  expect((await wait(a.id, b.id)).body).toEqual({ task_id: a.id, blocked_by_task_id: b.id });
  expect((await read(a.id)).status).toBe('BLOCKED');
  expect(outcome(await wait(a.id, b.id))).toEqual([409, 'conflict']);
  expect((await wait(a.id, a.id)).status).toBe(400);
  expect((await wait(b.id, c.id)).status).toBe(201);
  const circle = await wait(c.id, a.id);
  expect([circle.status, circle.body.errors[0].message]).toEqual([400, expect.stringContaining('cycle')]);
  const { dependencies } = await owner.get<{ dependencies: Record<string, { id: string }[]> }>(`/tasks/${b.id}`);
  expect([dependencies.blocked_by![0]!.id, dependencies.blocks![0]!.id]).toEqual([c.id, a.id]);
  expect(outcome(await owner.ask('DELETE', `/tasks/${c.id}`))).toEqual([409, 'conflict']);
  await move(c.id, 'IN_PROGRESS');
  expect(outcome(await wait(c.id, (await make()).id))).toEqual([409, 'wrong_state']);
});

test('two additions at once never make a circle', async () => {
  for (let round = 0; round < 10; round += 1) {
    const [a, b, c] = [await make(), await make(), await make()];
    const answers = await Promise.all([wait(a.id, b.id), wait(b.id, c.id), wait(c.id, a.id)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 201, 400]);
  }
  const { circles } = await crew
    .rows<{ circles: number }>(sql`
    WITH RECURSIVE path AS (
      SELECT task_id AS start, depends_on_task_id AS at FROM task_dependencies
      UNION SELECT p.start, d.depends_on_task_id FROM path p JOIN task_dependencies d ON d.task_id = p.at
    ) SELECT count(*) AS circles FROM path WHERE start = at`)
    .then((rows) => rows[0]!);
  expect(circles).toBe(0);
});

test('work that needs approval waits for another person than who did it, and a block holds others off', async () => {
  const [doer, reviewer, manager] = [await member('MANAGER'), await member('MEMBER'), await member('MANAGER')];
  const task = await make({ approval_required: true, reviewer_id: reviewer.id });
  const review = (who: typeof owner, verb: string, body: object = {}) =>
    who.ask('POST', `/tasks/${task.id}/review/${verb}`, body);
  expect(outcome(await review(manager, 'approve'))).toEqual([409, 'wrong_state']);
  await doer.act(`/tasks/${task.id}/status`, { status: 'IN_PROGRESS' });
  expect(await doer.act(`/tasks/${task.id}/status`, { status: 'done', result_summary: 'Done' })).toMatchObject({
    status: 'AWAITING_APPROVAL',
    review: { status: 'requested' },
    completed_at: null,
  });
  expect(outcome(await review(doer, 'approve'))).toEqual([403, 'forbidden']);
  await reviewer.act(`/tasks/${task.id}/review/block`, { reason: 'Wait' });
  const blocked = await review(manager, 'approve');
  expect([blocked.status, blocked.body.reason]).toEqual([409, 'review_blocked']);
  const sentBack = await reviewer.act<ManagedTask>(`/tasks/${task.id}/review/request-rework`, { note: 'Shorter' });
  expect(sentBack).toMatchObject({ status: 'PENDING', iteration: 2, review: { status: 'rework', note: 'Shorter' } });
  await doer.act(`/tasks/${task.id}/status`, { status: 'IN_PROGRESS' });
  await doer.act(`/tasks/${task.id}/status`, { status: 'done' });
  const answers = await Promise.all([review(reviewer, 'approve', { note: 'Good' }), review(manager, 'approve')]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  expect(await read(task.id)).toMatchObject({ status: 'COMPLETED', review: { status: 'approved' } });
  const approvals = await crew.rows<{ status: string }>(sql`
    SELECT status FROM approvals WHERE subject_id = ${task.id} ORDER BY created_at`);
  expect(approvals.map(({ status }) => status)).toEqual(['denied', 'approved']);
  const { entries } = await owner.get<{ entries: { entry_type: string }[] }>('/journal?limit=100');
  expect(
    entries
      .map(({ entry_type: type }) => type)
      .filter((type) => type.startsWith('review.'))
      .toReversed(),
  ).toEqual([...['review.requested', 'review.blocked', 'review.rework', 'review.requested', 'review.approved']]);
});

test('a decision through the list of approvals is the task’s review', async () => {
  const doer = await member('MANAGER');
  const make2 = async () => {
    const task = await make({ approval_required: true });
    await doer.act(`/tasks/${task.id}/status`, { status: 'IN_PROGRESS' });
    await doer.act(`/tasks/${task.id}/status`, { status: 'done' });
    const [row] = await crew.rows<{ id: string }>(sql`SELECT id FROM approvals WHERE subject_id = ${task.id}`);
    return { task, approval: row!.id };
  };
  const [one, other] = [await make2(), await make2()];
  const decide = (who: { readonly id: string }, id: string, status: string) =>
    signedIn(api, who, crew.workspaceId).ask('POST', `/approvals/${id}/decide`, { status, comment: 'so' });
  expect((await decide(doer, one.approval, 'approved')).status).toBe(403);
  expect((await decide(owner, one.approval, 'approved')).status).toBe(200);
  expect((await decide(owner, other.approval, 'denied')).status).toBe(200);
  expect((await read(one.task.id)).status).toBe('COMPLETED');
  expect(await read(other.task.id)).toMatchObject({ status: 'FAILED', error_code: 'rejected', error_message: 'so' });
});

test('who decides on a task of a private project is asked, and nobody else is told that there is one', async () => {
  const [manager, editor] = [await member('MANAGER'), await member('MEMBER')];
  const project = await owner.post<Project>('/projects', { name: 'Den', visibility: 'private' });
  await owner.send('PATCH', `/projects/${project.id}/members/${editor.id}`, { role: 'editor' });
  const task = await make({ approval_required: true, project_id: project.id });
  await move(task.id, 'IN_PROGRESS');
  await move(task.id, 'COMPLETED');
  const asked = async (who: typeof owner) =>
    (await who.get<{ rows: { type: string }[] }>('/inbox')).rows.map(({ type }) => type);
  expect([await asked(editor), await asked(owner), await asked(manager)]).toEqual([
    ...[['task.review'], ['task.review'], []],
  ]);
  expect(await manager.get('/approvals')).toMatchObject({ count: 0 });
  expect(await owner.get('/approvals')).toMatchObject({ count: 1 });
  const told = await crew.rows(sql`
    SELECT target_type, target_id FROM journal_entries WHERE entry_type = 'approval.requested'`);
  expect(told).toContainEqual({ target_type: 'project', target_id: project.id });
});
