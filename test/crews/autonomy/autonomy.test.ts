import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { AutonomyLevel } from '../../../domain/crews/autonomy/autonomy.ts';
import { beatHost } from '../../support/mission-crew.ts';
import type { TestUser } from '../../support/test-api.ts';
import { startInternal } from '../../support/sidecar-api.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { expectStatus } from '../../support/world/caller.ts';
import { signedIn } from '../../support/world/signed-in.ts';

const internal = perFile(() => startInternal('autonomy'));
beforeEach(() => beatHost(internal.api));
const crew = perTest(() => internal.addCrew());
const manager = perTest(() => internal.api.addMember(crew.workspaceId, 'MANAGER'));
const admin = perTest(() => internal.api.addMember(crew.workspaceId, 'ADMIN'));

const make = (what: 'crews' | 'agents' | 'missions', body: object) =>
  crew.call({ path: `/api/v1/internal/${what}`, body });
const setLevel = (autonomy_level: AutonomyLevel) => crew.owner.patch(`/crews/${crew.crewId}`, { autonomy_level });
const mission = () => ({ title: 'Planned', lead_agent_id: crew.lead.id, tasks: [{ title: 'One' }] });

interface Row {
  readonly ID: string;
  readonly Kind: string;
  readonly Status: string;
}
const approvals = async (status = 'pending') =>
  (await admin.get<{ rows: Row[]; count: number }>(`/approvals?status=${status}`)).rows;
const inboxOf = async (user: TestUser) =>
  (await user.get<{ rows: { subject_id: string; blocking: boolean }[] }>('/inbox?state=active')).rows;
const decide = (id: unknown, status: string, as = admin) =>
  signedIn(internal.api, as).send('POST', `/approvals/${id as string}/decide`, { status, comment: 'seen' });

test('by default what agents make is held, a mission is not; strict refuses and holds, full lets all through', async () => {
  const made: Record<string, unknown[]> = {};
  for (const level of ['guided', 'strict', 'trusted', 'full'] as const) {
    if (level !== 'guided') await setLevel(level);
    const suffix = `${level}-${crew.crewId.slice(-6)}`;
    made[level] = [
      await make('crews', { name: `Crew ${suffix}` }),
      await make('agents', { name: `Agent ${suffix}` }),
      await make('missions', mission()),
    ].map(({ status, body }) => [
      status,
      body.decision ?? null,
      body.autonomy_level ?? null,
      body.pending_review ?? null,
    ]);
  }
  expect(made).toEqual({
    guided: [
      [202, 'held', 'guided', true],
      [202, 'held', 'guided', true],
      [201, 'allowed', 'guided', false],
    ],
    strict: [
      [403, null, 'strict', null],
      [403, null, 'strict', null],
      [202, 'held', 'strict', true],
    ],
    trusted: [
      [202, 'held', 'trusted', true],
      [202, 'held', 'trusted', true],
      [201, 'allowed', 'trusted', false],
    ],
    full: [
      [201, 'allowed', 'full', false],
      [201, 'allowed', 'full', false],
      [201, 'allowed', 'full', false],
    ],
  });
  await setLevel('strict');
  const refusal = await make('agents', { name: 'No' });
  expect(refusal.body).toMatchObject({
    ...{ code: 'forbidden', crew_id: crew.crewId, autonomy_level: 'strict', policy_action: 'agent_create' },
    ...{ error: expect.any(String), reason: expect.any(String) },
  });
});

test('a held agent has its defaults, is given no work, and works once an ADMIN has approved it', async () => {
  const answer = await make('agents', { name: 'Helper Number One', role_title: 'Helper' });
  expect(answer.status).toBe(202);
  const { id, slug, approval_id: approvalId } = answer.body as Record<string, string>;
  expect(answer.body).toEqual({
    ...{
      id,
      name: 'Helper Number One',
      slug: 'helper-number-one',
      crew_id: crew.crewId,
      workspace_id: crew.workspaceId,
    },
    ...{
      status: 'PENDING_REVIEW',
      decision: 'held',
      autonomy_level: 'guided',
      pending_review: true,
      approval_id: approvalId,
    },
  });
  const agent = await admin.get<Record<string, unknown>>(`/agents/${id}`);
  expect(agent).toMatchObject({
    ...{ status: 'PENDING_REVIEW', cli_adapter: 'CLAUDE_CODE', tool_profile: 'CODING', timeout_seconds: 1_800 },
    ...{ memory_enabled: true, agent_role: 'AGENT', created_by_user_id: null },
  });
  const uses = () =>
    Promise.all([
      crew.call({
        path: '/api/v1/internal/assignments',
        body: { target_slug: slug, task: 'Go', chat_id: crew.missionId },
      }),
      crew.call({
        path: '/api/v1/internal/queries',
        body: { target_slug: slug, question: 'Why?', chat_id: crew.missionId },
      }),
      crew.call({ path: '/api/v1/internal/runs', body: { id: `run-of-${id}`, agent_id: id } }),
      make('missions', { ...mission(), tasks: [{ title: 'Theirs', assigned_agent_id: id }] }),
    ]);
  for (const refused of await uses()) expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);
  const task = { title: 'Theirs', assigned_agent_id: id };
  const url = `/crews/${crew.crewId}/missions/${crew.missionId}/tasks`;
  await admin.post(url, task, 409);

  expect(await inboxOf(admin)).toMatchObject([{ subject_id: approvalId, blocking: true }]);
  expect(await inboxOf(manager)).toEqual([]);
  expectStatus(await decide(approvalId, 'approved', manager), 403);
  const decided = expectStatus(await decide(approvalId, 'approved'), 200);
  expect(decided).toEqual({ status: 'approved', decided_by: admin.id });
  expect(await inboxOf(admin)).toEqual([]);
  expect(await admin.get(`/agents/${id}`)).toMatchObject({ status: 'IDLE' });
  expect((await crew.call({ path: '/api/v1/internal/runs', body: { id: `run-of-${id}`, agent_id: id } })).status).toBe(
    201,
  );
  await admin.post(url, task);
  const again = await decide(approvalId, 'denied');
  expect(expectStatus(again, 409)).toMatchObject({ code: 'wrong_state', current_status: 'approved' });
});

test('a held crew runs nothing and is not shown to other crews until it is approved; denied it stays so', async () => {
  const made = await Promise.all([
    make('crews', { name: 'Approved', slug: 'approved' }),
    make('crews', { name: 'Denied' }),
  ]);
  const [approved, denied] = made.map(({ body }) => body as Record<string, string>) as [
    Record<string, string>,
    Record<string, string>,
  ];
  expect(denied.slug).toBe('denied');
  expect((await make('crews', { name: 'Approved' })).status).toBe(409);
  const shown = async () => {
    const names = (await crew.call({ path: '/api/v1/internal/crews' })).body as unknown as { slug: string }[];
    return names.map(({ slug }) => slug);
  };
  expect(await shown()).not.toContain('approved');
  for (const { id, slug } of [approved, denied] as { id: string; slug: string }[]) {
    const lead = { name: 'Lead', slug: `lead-${slug}`, crew_id: id, agent_role: 'LEAD' };
    const { id: leadId } = await admin.post<{ id: string }>('/agents', lead);
    const body = { title: 'Try', lead_agent_id: leadId };
    const url = `/crews/${id}/missions`;
    const { id: missionId } = await admin.post<{ id: string }>(url, body);
    await admin.post(`${url}/${missionId}/start`, undefined, 403);
    expectStatus(await decide(slug === 'approved' ? approved.approval_id : denied.approval_id, slug), 200);
    await admin.post(`${url}/${missionId}/start`, undefined, slug === 'approved' ? 200 : 403);
    const held = await admin.get<{ held: boolean }>(`/crews/${id}`);
    expect(held).toMatchObject({ held: slug === 'denied', autonomy_level: 'guided', created_by: null });
  }
  expect(await shown()).toContain('approved');
  expect(await shown()).not.toContain('denied');
});

test('a held mission cannot be started on either listener until it is approved', async () => {
  await setLevel('strict');
  const { body } = await make('missions', mission());
  const { id, approval_id: approvalId } = body as Record<string, string>;
  const inside = () => crew.call({ method: 'POST', path: `/api/v1/internal/missions/${id}/start` });
  const outside = () => admin.send('POST', `/crews/${crew.crewId}/missions/${id}/start`);
  expect([(await inside()).status, (await outside()).statusCode]).toEqual([403, 403]);
  expectStatus(await decide(approvalId, 'approved'), 200);
  expect((await inside()).status).toBe(200);

  const second = (await make('missions', mission())).body as Record<string, string>;
  await admin.act(`/crews/${crew.crewId}/missions/${second.id}/cancel`);
  expect((await approvals('all')).find(({ ID }) => ID === second.approval_id)?.Status).toBe('cancelled');
  expect(await inboxOf(admin)).toEqual([]);
});

test('what is deleted, withdrawn or decided by two at once is decided once', async () => {
  const first = (await make('agents', { name: 'First' })).body as Record<string, string>;
  const both = await Promise.all([decide(first.approval_id, 'approved'), decide(first.approval_id, 'denied')]);
  expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409]);

  const second = (await make('agents', { name: 'Second' })).body as Record<string, string>;
  await admin.delete(`/agents/${second.id}`);
  expect(expectStatus(await decide(second.approval_id, 'approved'), 409)).toMatchObject({
    current_status: 'cancelled',
  });

  const third = (await make('agents', { name: 'Third' })).body as Record<string, string>;
  const withdrawn = await signedIn(internal.api, admin).send('POST', `/approvals/${third.approval_id}/cancel`, {
    reason: 'not needed',
  });
  expect(expectStatus(withdrawn, 200)).toEqual({ status: 'cancelled', cancelled_by: admin.id });
  expect(await admin.get(`/agents/${third.id}`)).toMatchObject({
    status: 'PENDING_REVIEW',
  });
  expect(await approvals()).toEqual([]);
});

test('ten things wait for review and no more; a repeated request is one thing', async () => {
  const key = { 'idempotency-key': 'once' };
  const body = { name: 'Once' };
  const answers = [];
  for (let i = 0; i < 2; i += 1) {
    answers.push((await crew.call({ path: '/api/v1/internal/agents', body, headers: key })).body);
  }
  expect(answers[0]).toEqual(answers[1]);
  for (let i = 0; i < 9; i += 1) expect((await make('agents', { name: `Agent ${i}` })).status).toBe(202);
  const beyond = await make('crews', { name: 'One too many' });
  expect([beyond.status, beyond.body]).toEqual([
    403,
    expect.objectContaining({ setting: 'max_open_reviews', limit: 10 }),
  ]);
  expect((await approvals()).length).toBe(10);
});

test('raising autonomy takes an ADMIN, and is in the journal; a second LEAD and COMMAND are refused', async () => {
  const patch = (as: TestUser, autonomy_level: string) => as.send('PATCH', `/crews/${crew.crewId}`, { autonomy_level });
  expectStatus(await patch(manager, 'full'), 403);
  expectStatus(await patch(manager, 'strict'), 200);
  expectStatus(await patch(manager, 'guided'), 403);
  expectStatus(await patch(admin, 'full'), 200);
  await manager.post('/crews', { name: 'Free', slug: 'free', autonomy_level: 'full' }, 403);
  const rows = await crew.rows(
    sql`SELECT payload FROM journal_entries WHERE entry_type = 'policy.changed' AND crew_id = ${crew.crewId}
      ORDER BY ts`,
  );
  expect(rows).toEqual([{ payload: { from: 'guided', to: 'strict' } }, { payload: { from: 'strict', to: 'full' } }]);
  expect((await make('agents', { name: 'Second lead', agent_role: 'LEAD' })).status).toBe(409);
  expect((await make('agents', { name: 'Shell', cli_adapter: 'COMMAND' })).status).toBe(400);
  expect((await make('agents', { name: 'Elsewhere', crew_id: 'other' })).status).toBe(403);
});

test('an unknown status is a 400, an unknown approval a 404', async () => {
  await admin.get('/approvals?status=unknown', 400);
  await admin.get('/approvals/no-such-approval', 404);
});
