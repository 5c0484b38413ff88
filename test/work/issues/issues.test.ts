import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { ROLES, type Role } from '../../../domain/kernel/access/authority.ts';
import type { PublicIssue } from '../../../domain/work/issues/issue.ts';
import type { Mission } from '../../../domain/work/missions/mission.ts';
import type { Project } from '../../../domain/work/projects/project.ts';
import { addCrew, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { DONE, playOut, startOne, step } from '../missions/play-mission.ts';

const api = perFile(() => startApiWithHost());
beforeEach(() => beatHost(api));
const crew = perTest(() => addCrew(api));
let owner: typeof crew.owner;
beforeEach(() => {
  ({ owner } = crew);
});

const base = () => `/crews/${crew.crewId}/issues`;
const make = (fields: object = {}, who = owner) => who.post<PublicIssue>(base(), { title: 'An issue', ...fields });
const read = (id: string) => owner.get<PublicIssue>(`/issues/${id}`);
const patch = (id: string, body: object, who = owner) => who.ask('PATCH', `${base()}/${id}`, body);
const act = (id: string, verb: string, body: object = {}) => owner.ask('POST', `${base()}/${id}/${verb}`, body);
const member = (role: Role) => api.addMember(crew.workspaceId, role);
const started = async (fields: object = {}) => {
  const issue = await make({ assignee_id: crew.agents[0]!.id, ...fields });
  expect((await act(issue.id, 'start')).status).toBe(200);
  return read(issue.id);
};
const mission = (id: string | null) => owner.get<Mission>(`/crews/${crew.crewId}/missions/${id}`);
const actions = async (id: string) =>
  (await owner.get<{ action: string }[]>(`${base()}/${id}/activity`)).map(({ action }) => action).toReversed();

test('an issue has the fields of the page, and what it names is in the workspace', async () => {
  const label = await owner.post<{ id: string }>('/labels', { name: 'bug', color: 'red' });
  const project = await owner.post<Project>('/projects', { name: 'Launch' });
  const milestone = await owner.post<{ id: string }>(`/projects/${project.id}/milestones`, { name: 'Beta' });
  const parent = await make();
  const issue = await make({
    ...{ priority: 'high', assignee_id: crew.agents[0]!.id, due_date: '2026-12-24T10:00:00Z', estimate: 3 },
    ...{ project_id: project.id, milestone_id: milestone.id, parent_issue_id: parent.identifier, labels: [label.id] },
  });
  expect(issue).toMatchObject({
    ...{ status: 'BACKLOG', priority: 'high', assignee_type: 'agent', due_date: '2026-12-24', estimate: 3 },
    ...{ project_name: 'Launch', milestone_id: milestone.id, parent_issue_id: parent.id, mission_type: 'issue' },
    ...{ labels: [{ id: label.id, name: 'bug', color: 'red' }], authored_via: 'user_api', current_mission_id: null },
    ...{ created_by: { type: 'user', id: owner.id }, lead_agent_id: crew.lead.id, number: parent.number + 1 },
  });
  expect((await read(parent.identifier)).sub_issues_count).toBe(1);
  const subs = await owner.get<PublicIssue[]>(`${base()}/${parent.identifier}/subtasks`);
  expect(subs.map(({ id }) => id)).toEqual([issue.id]);
  const other = await addCrew(api);
  const foreign = await other.owner.post<{ id: string }>('/labels', { name: 'bug', color: 'red' });
  for (const [field, body] of [
    ['labels', { labels: [foreign.id] }],
    ['assignee_id', { assignee_id: other.agents[0]!.id }],
    ['assignee_id', { assignee_type: 'user' }],
    ['project_id', { project_id: 'no-project' }],
    ['milestone_id', { milestone_id: milestone.id }],
    ['parent_issue_id', { parent_issue_id: 'NONE-1' }],
  ] as const) {
    const refused = await owner.ask('POST', base(), { title: 'Other', ...body });
    expect([refused.status, refused.body.errors?.[0]?.path], JSON.stringify(body)).toEqual([400, field]);
  }
  // Another project takes it out of the milestone; "" takes links away.
  const moved = await patch(issue.id, { project_id: '', labels: [], assignee_id: '' });
  expect(moved.body).toMatchObject({ project_id: null, milestone_id: null, labels: [], assignee_id: null });
  const circle = await patch(parent.id, { parent_issue_id: issue.id });
  expect([circle.status, circle.body.errors[0].path]).toEqual([400, 'parent_issue_id']);
});

test('issues are listed by what is asked for, and counted', async () => {
  const label = await owner.post<{ id: string }>('/labels', { name: 'Docs', color: 'blue' });
  const low = await make({ title: 'Sweep the floor', priority: 'low', sort_order: 2 });
  const urgent = await make({ title: 'Fire', priority: 'urgent', labels: [label.id], sort_order: 1 });
  const ids = async (query: string) => (await owner.get<PublicIssue[]>(`/issues?${query}`)).map(({ id }) => id);
  expect(await ids('')).toEqual([urgent.id, low.id]);
  expect(await ids('sort=priority')).toEqual([urgent.id, low.id]);
  expect(await ids('sort=sort_order')).toEqual([urgent.id, low.id]);
  expect(await ids('label=docs')).toEqual([urgent.id]);
  expect(await ids('search=FLOOR')).toEqual([low.id]);
  expect(await ids('priority=low,none')).toEqual([low.id]);
  expect(await ids(`crew_id=${crew.crewId}&status=BACKLOG&limit=1`)).toEqual([urgent.id]);
  const list = await owner.send('GET', '/issues?limit=1');
  expect([list.headers['x-total-count'], list.headers.link]).toEqual(['2', expect.stringContaining('rel="next"')]);
});

test('who may do what follows from the role, and the capability to make issues', async () => {
  const table: Record<string, number[]> = {};
  for (const role of ROLES) {
    const caller = await member(role);
    const issue = await make();
    const asked = [];
    for (const [method, path, body] of [
      ['POST', base(), { title: 'Theirs' }],
      ['GET', `${base()}/${issue.identifier}`, undefined],
      ['POST', `${base()}/${issue.id}/comments`, { body: 'Seen' }],
      ['PATCH', `${base()}/${issue.id}`, { priority: 'low' }],
      ['DELETE', `${base()}/${issue.id}`, undefined],
      ['POST', '/labels', { name: `of ${role}`, color: 'red' }],
    ] as const) {
      asked.push((await caller.ask(method, path, body)).status);
    }
    table[role] = asked;
  }
  expect(table).toEqual({
    OWNER: [201, 200, 201, 200, 204, 201],
    ADMIN: [201, 200, 201, 200, 204, 201],
    MANAGER: [201, 200, 201, 200, 204, 201],
    MEMBER: [403, 200, 403, 403, 403, 403],
    VIEWER: [403, 200, 403, 403, 403, 403],
  });
});

test('an issue of a private project is a 404 to who is not in it, and in no list and no journal of theirs', async () => {
  const outsider = await member('MANAGER');
  const project = await owner.post<Project>('/projects', { name: 'Quiet', visibility: 'private' });
  const [issue, open] = [await make({ project_id: project.id }), await make()];
  for (const [method, path, body] of [
    ['GET', `/issues/${issue.id}`, undefined],
    ['PATCH', `${base()}/${issue.identifier}`, { priority: 'low' }],
    ['DELETE', `${base()}/${issue.id}`, undefined],
    ['POST', `${base()}/${issue.id}/start`, {}],
    ['GET', `${base()}/${issue.id}/activity`, undefined],
    ['POST', `${base()}/${issue.id}/comments`, { body: 'Hello' }],
  ] as const) {
    expect(outcome(await outsider.ask(method, path, body)), `${method} ${path}`).toEqual([404, 'not_found']);
  }
  // A mission would tell everybody.
  const started = await owner.ask('POST', `${base()}/${issue.id}/start`, {});
  expect([started.status, started.body.reason]).toEqual([409, 'private_project']);
  expect((await outsider.get<PublicIssue[]>('/issues')).map(({ id }) => id)).toEqual([open.id]);
  const relation = { target_identifier: issue.identifier, relation_type: 'blocks' };
  expect((await outsider.ask('POST', `${base()}/${open.id}/relations`, relation)).status).toBe(400);
  await owner.post(`${base()}/${open.id}/relations`, relation);
  expect(await outsider.get<object[]>(`${base()}/${open.id}/relations`)).toEqual([]);
  const { entries } = await outsider.get<{ entries: { target_id: string }[] }>('/journal?limit=100');
  expect(entries.map(({ target_id: id }) => id)).not.toContain(issue.id);
  const bulk = await outsider.patch<{ updated: number; results: { code: string | null }[] }>('/issues/bulk', {
    ids: [issue.id, open.identifier],
    updates: { priority: 'urgent' },
  });
  expect(bulk).toMatchObject({ updated: 1, results: [{ ok: false, code: 'not_found' }, { ok: true }] });
});

test('of fifty who move an issue at once one does, and the others are told where it is', async () => {
  const issue = await make();
  const answers = await Promise.all(Array.from({ length: 50 }, () => patch(issue.id, { status: 'IN_PROGRESS' })));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  for (const { status, body } of answers.filter((answer) => answer.status !== 200)) {
    expect([status, body.current_status]).toEqual([409, 'IN_PROGRESS']);
  }
  expect(await actions(issue.id)).toEqual(['created', 'status_changed']);
  expect((await owner.ask('DELETE', `${base()}/${issue.id}`)).body.current_status).toBe('IN_PROGRESS');
});

test('an issue goes from BACKLOG to DONE through its agents, and its activity says how', async () => {
  const issue = await started({ description: 'Do it well' });
  expect(issue).toMatchObject({ status: 'IN_PROGRESS', current_mission_id: expect.any(String) });
  const { tasks, description } = await mission(issue.current_mission_id);
  expect([description, tasks!.map((task) => task.assigned_agent_id)]).toEqual(['Do it well', [crew.agents[0]!.id]]);
  expect((await act(issue.id, 'review', { action: 'approve' })).body.reason).toBe('mission_owned');
  await playOut(api, crew, issue.current_mission_id!, DONE);
  expect((await read(issue.id)).status).toBe('REVIEW');
  const back = { action: 'request_changes', comment: 'Shorter', reassign_to: crew.agents[1]!.slug };
  expect((await act(issue.id, 'review', back)).body).toEqual({ status: 'ok', action: 'request_changes' });
  expect(await read(issue.id)).toMatchObject({ status: 'TODO', assignee_id: crew.agents[1]!.id });
  expect((await mission(issue.current_mission_id)).status).toBe('REVIEW');
  expect((await patch(issue.id, { status: 'BACKLOG' })).body.reason).toBe('mission_owned');
  expect((await act(issue.id, 'start')).status).toBe(200);
  const again = await read(issue.id);
  expect(again).toMatchObject({ status: 'IN_PROGRESS', current_mission_id: issue.current_mission_id });
  expect((await mission(issue.current_mission_id)).tasks).toMatchObject([{}, { description: 'Shorter' }]);
  await playOut(api, crew, issue.current_mission_id!, DONE);
  expect((await act(issue.id, 'review', { action: 'approve' })).status).toBe(200);
  expect(await read(issue.id)).toMatchObject({ status: 'DONE', completed_at: expect.any(String) });
  expect((await mission(issue.current_mission_id)).status).toBe('COMPLETED');
  expect(await actions(issue.id)).toEqual([
    ...['created', 'status_changed', 'status_changed', 'assignee_changed', 'status_changed', 'commented'],
    ...['review_changes_requested', 'status_changed', 'status_changed', 'status_changed', 'commented'],
    'review_approved',
  ]);
  const runs = await owner.get<{ status: string; task: string }[]>(`${base()}/${issue.id}/runs`);
  expect(runs.map(({ status, task }) => [status, task])).toEqual([
    ['COMPLETED', `Changes to ${issue.identifier}`],
    ['COMPLETED', 'An issue'],
  ]);
});

test('of those who start an issue at once one does, with one mission', async () => {
  const issue = await make({ assignee_id: crew.agents[0]!.id });
  const answers = await Promise.all(Array.from({ length: 8 }, () => act(issue.id, 'start')));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 7 }, () => 409)]);
  const missions = await crew.rows<{ id: string }>(sql`SELECT id FROM missions WHERE issue_id = ${issue.id}`);
  expect(missions.map(({ id }) => id)).toEqual([(await read(issue.id)).current_mission_id]);
});

test('an issue is started for an agent of its crew alone; the LEAD plans', async () => {
  const [nobody, person] = [await make(), await make({ assignee_id: owner.id })];
  for (const issue of [nobody, person]) expect((await act(issue.id, 'start')).status).toBe(400);
  const planned = await started({ assignee_id: crew.lead.id });
  expect(await mission(planned.current_mission_id)).toMatchObject({ tasks: [], planning: { iteration: 1 } });
});

test('an issue that is stopped, or closed while agents work, takes its mission and its agents along', async () => {
  const stopped = await started();
  await step(api, crew, stopped.current_mission_id!);
  const run = await startOne(api, crew, stopped.current_mission_id!);
  expect((await act(stopped.id, 'stop')).body).toEqual({ status: 'CANCELLED', identifier: stopped.identifier });
  expect((await read(stopped.id)).status).toBe('CANCELLED');
  expect((await mission(stopped.current_mission_id)).status).toBe('CANCELLED');
  const [asked] = await crew.rows<{ asked: boolean }>(sql`
    SELECT cancel_requested_at IS NOT NULL AS asked FROM runs WHERE id = ${run.run.id}`);
  expect(asked!.asked).toBe(true);
  expect((await act(stopped.id, 'stop')).body.current_status).toBe('CANCELLED');
  const duplicate = await started();
  expect((await patch(duplicate.id, { status: 'DONE' })).body.reason).toBe('mission_owned');
  expect((await patch(duplicate.id, { status: 'DUPLICATE' })).body.status).toBe('DUPLICATE');
  expect((await mission(duplicate.current_mission_id)).status).toBe('CANCELLED');
});

test('an issue follows its mission wherever people move that', async () => {
  const issue = await started();
  const url = `/crews/${crew.crewId}/missions/${issue.current_mission_id}`;
  await owner.patch(url, { status: 'FAILED' });
  expect((await read(issue.id)).status).toBe('FAILED');
  await owner.act(`${url}/restart`);
  expect(await read(issue.id)).toMatchObject({ status: 'BACKLOG', completed_at: null });
  expect((await act(issue.id, 'start')).status).toBe(200);
  expect(await read(issue.id)).toMatchObject({ status: 'IN_PROGRESS', current_mission_id: issue.current_mission_id });
});

test('comments mention agents and members, and the journal has none of their words', async () => {
  const issue = await make();
  const body = `Look, @${crew.agents[0]!.slug} and @nobody-here, mail me at x@${crew.agents[1]!.slug}`;
  const comment = await owner.post<object>(`${base()}/${issue.id}/comments`, { body });
  expect(comment).toMatchObject({ mission_id: issue.id, author_type: 'user', author_id: owner.id, body });
  expect(await owner.get(`${base()}/${issue.identifier}/comments`)).toEqual([comment]);
  expect((await read(issue.id)).comment_count).toBe(1);
  const activity = await owner.get<{ action: string; details: object }[]>(`${base()}/${issue.id}/activity`);
  expect(activity[0]).toMatchObject({ action: 'mentioned', details: { type: 'agent', id: crew.agents[0]!.id } });
  expect(activity.filter(({ action }) => action === 'mentioned')).toHaveLength(1);
  const { entries } = await owner.get<{ entries: { entry_type: string }[] }>('/journal?limit=20');
  expect(entries.map(({ entry_type: type }) => type)).toContain('agent.mentioned');
  expect(JSON.stringify(entries)).not.toContain('nobody-here');
});

test('a relation is stored once, seen from both sides, and blocks make no circle', async () => {
  const [a, b, c] = [await make(), await make(), await make()];
  const relate = (from: string, to: string, type: string) =>
    owner.ask('POST', `${base()}/${from}/relations`, { target_identifier: to, relation_type: type });
  expect((await relate(a.identifier, b.identifier, 'blocks')).body.status).toBe('ok');
  expect(outcome(await relate(b.id, a.id, 'blocked_by'))).toEqual([409, 'conflict']);
  expect((await relate(b.id, c.id, 'blocks')).status).toBe(201);
  expect((await relate(c.id, a.id, 'blocks')).body.errors[0].path).toBe('target_identifier');
  expect((await relate(a.id, a.id, 'relates_to')).status).toBe(400);
  const both = await Promise.all([relate(a.id, c.id, 'relates_to'), relate(c.id, a.id, 'relates_to')]);
  expect(both.map(({ status }) => status).toSorted()).toEqual([201, 409]);
  await relate(c.id, b.id, 'duplicate_of');
  const seen = async (id: string) =>
    (await owner.get<{ id: string; relation_type: string; target_id: string }[]>(`${base()}/${id}/relations`)).map(
      ({ relation_type: type, target_id: target }) => [type, target],
    );
  expect(await seen(b.id)).toEqual([
    ['blocked_by', a.id],
    ['blocks', c.id],
    ['duplicated_by', c.id],
  ]);
  const [first] = await owner.get<{ id: string }[]>(`${base()}/${b.id}/relations`);
  await owner.delete(`/relations/${first!.id}`);
  expect((await owner.ask('DELETE', `/relations/${first!.id}`)).status).toBe(404);
  expect(await seen(a.id)).toEqual([['relates_to', c.id]]);
});

test('a bulk change has a result for each, and one that is refused changes nothing', async () => {
  const [one, other] = [await make(), await make()];
  const label = await owner.post<{ id: string }>('/labels', { name: 'ops', color: 'red' });
  await patch(other.id, { status: 'CANCELLED' });
  const answer = await owner.patch<object>('/issues/bulk', {
    ids: [one.identifier, other.id, 'NONE-9'],
    updates: { status: 'IN_PROGRESS', labels: [label.id] },
  });
  expect(answer).toEqual({
    updated: 1,
    results: [
      { id: one.identifier, ok: true, code: null, detail: null },
      { id: other.id, ok: false, code: 'wrong_state', detail: expect.any(String) },
      { id: 'NONE-9', ok: false, code: 'not_found', detail: expect.any(String) },
    ],
  });
  expect((await read(one.id)).labels).toHaveLength(1);
  expect((await read(other.id)).labels).toEqual([]);
});

test('labels and milestones are the workspace’s and the project’s, and their names and figures are theirs', async () => {
  const label = await owner.post<{ id: string }>('/labels', { name: 'Bug', color: 'red' });
  expect(outcome(await owner.ask('POST', '/labels', { name: 'bug', color: 'blue' }))).toEqual([409, 'conflict']);
  const manager = await member('MANAGER');
  expect((await manager.ask('PATCH', `/labels/${label.id}`, { color: 'blue' })).status).toBe(403);
  expect(await owner.patch(`/labels/${label.id}`, { color: 'blue' })).toMatchObject({ name: 'Bug', color: 'blue' });
  const project = await owner.post<Project>('/projects', { name: 'Launch' });
  const add = (name: string) => owner.post<{ id: string }>(`/projects/${project.id}/milestones`, { name });
  const [alpha, beta] = [await add('Alpha'), await add('Beta')];
  const issue = await make({ project_id: project.id, milestone_id: alpha.id, labels: [label.id] });
  await make({ project_id: project.id, assignee_id: crew.agents[0]!.id });
  for (const status of ['IN_PROGRESS', 'DONE']) await patch(issue.id, { status });
  expect(await owner.get(`/projects/${project.id}/milestones`)).toMatchObject([
    { id: alpha.id, position: 1, issue_count: 1, done_count: 1 },
    { id: beta.id, position: 2, issue_count: 0 },
  ]);
  expect(await owner.get(`/projects/${project.id}/stats`)).toEqual({
    ...{ total_issues: 2, completed_issues: 1, by_status: { DONE: 1, BACKLOG: 1 } },
    by_assignee: [expect.objectContaining({ agent_id: crew.agents[0]!.id, total: 1, completed: 0 })],
    ...{ by_label: [{ label_name: 'Bug', color: 'blue', count: 1 }], crews: [expect.anything()] },
  });
  expect((await manager.ask('DELETE', `/milestones/${alpha.id}`)).status).toBe(403);
  await owner.delete(`/milestones/${alpha.id}`);
  await owner.delete(`/labels/${label.id}`);
  expect(await read(issue.id)).toMatchObject({ milestone_id: null, labels: [] });
});
