import { expect, test } from 'vitest';
import { expireKeeperOutput } from '../../../commands/engine/keeper/expire-keeper-output.ts';
import { watchKeeperHealth } from '../../../commands/engine/keeper/watch-keeper-health.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { outcome } from '../../support/world/caller.ts';
import { writeIntoTurn } from '../../support/steered-turn.ts';
import { createAskingWorld, INTENT, PATH, said } from './keeper-asking.ts';

const { internal, crew, write, store, grant, ask, govern, journal, stored, addJudge, judged } =
  createAskingWorld('keeper-decisions');

const RESOLVE = (id: unknown) => `/admin/keeper/requests/${id as string}/resolve`;

/** A request of this tier that waits for people, of a run that works for the owner. */
async function escalated(level: number): Promise<string> {
  const credential = await store({ name: `tier ${level}`, security_level: level });
  await grant(credential);
  const runId = `run-${crew.crewId}-${level}`;
  await write(sql`
    INSERT INTO runs (id, workspace_id, crew_id, agent_id, trigger_type, triggered_by, status)
    VALUES (${runId}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, 'USER', ${crew.owner.id}, 'RUNNING')`);
  const headers = crew.runHeaders(runId);
  const answer = await judged(ask({ credential_id: credential.id }, { headers }), said('ESCALATE', 5));
  expect(answer.body).toMatchObject({ decision: 'ESCALATE' });
  return answer.body.request_id as string;
}

const as = async (userId: string, id: string, payload: object) => {
  const { jwt } = await internal.api.signIn(userId);
  const answer = await internal.api.call(jwt, {
    method: 'POST',
    url: `/api/v1${RESOLVE(id)}?workspace_id=${crew.workspaceId}`,
    payload,
  });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
};

test('of a hundred people who decide at once one does, and the row says which', async () => {
  await addJudge();
  const admin = await internal.api.addMember(crew.workspaceId, 'ADMIN');
  const id = await escalated(3);
  const { jwt } = await internal.api.signIn(admin.id);
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      internal.api.call(jwt, {
        method: 'POST',
        url: `/api/v1${RESOLVE(id)}?workspace_id=${crew.workspaceId}`,
        payload: { decision: index % 2 === 0 ? 'ALLOW' : 'DENY', reason: `by ${index}` },
      }),
    ),
  );
  const decided = answers.filter(({ statusCode }) => statusCode === 200);
  expect(decided).toHaveLength(1);
  const { decision, reason } = decided[0]!.json<{ decision: string; reason: string }>();
  expect(await stored(id)).toMatchObject({ decision, reason, decided_by: admin.id });
  for (const other of answers.filter(({ statusCode }) => statusCode !== 200)) {
    expect([other.statusCode, other.json<{ current_status: string }>().current_status]).toEqual([409, decision]);
  }
  const entries = (await journal()).filter(({ actor_type: type }) => type === 'user');
  expect(entries).toMatchObject([{ entry_type: 'keeper.decision', payload: { decision } }]);
  expect((await crew.call({ path: `${PATH}/${id}` })).body).toMatchObject({ decision });
});

test('who wrote into the turn that asks does not allow it', async () => {
  await addJudge();
  const [admin, other] = [
    await internal.api.addMember(crew.workspaceId, 'ADMIN'),
    await internal.api.addMember(crew.workspaceId, 'ADMIN'),
  ];
  const id = await escalated(3);
  const run = { id: `run-${crew.crewId}-3`, workspaceId: crew.workspaceId };
  await writeIntoTurn(write, run, [crew.owner.id, admin.id]);
  const blocked = await as(admin.id, id, { decision: 'ALLOW' });
  expect([blocked.status, blocked.body.reason]).toEqual([403, 'four_eyes']);
  expect((await as(other.id, id, { decision: 'ALLOW' })).status).toBe(200);
});

test('who the run works for denies, and allows only where nobody else could and one person is enough', async () => {
  await addJudge();
  // Nobody else is there: the owner allows it, and that is written down.
  const own = await escalated(3);
  expect((await as(crew.owner.id, own, { decision: 'ALLOW' })).status).toBe(200);
  expect((await journal()).at(-1)!.payload).toMatchObject({ decision: 'ALLOW', self_approved: true });
  const admin = await internal.api.addMember(crew.workspaceId, 'ADMIN');
  const critical = await escalated(4);
  const blocked = await as(crew.owner.id, critical, { decision: 'ALLOW' });
  expect([blocked.status, blocked.body.reason]).toEqual([403, 'four_eyes']);
  expect((await journal()).at(-1)).toMatchObject({ severity: 'error', payload: { self_approval_blocked: true } });
  expect(await stored(critical)).toMatchObject({ decision: 'ESCALATE' });
  expect(
    (await as(admin.id, critical, { decision: 'ALLOW', adjudicator: 'ticket 7', reason: 'fine' })).body,
  ).toMatchObject({
    decision: 'ALLOW',
    reason: 'ticket 7: fine',
  });
  await govern({ require_second_approver: true });
  const low = await escalated(2);
  expect((await as(crew.owner.id, low, { decision: 'ALLOW' })).status).toBe(403);
  expect((await as(crew.owner.id, low, { decision: 'DENY' })).body).toMatchObject({ decision: 'DENY' });
});

test('a key decides nothing unless it was made to, and never where two people are needed', async () => {
  await addJudge();
  const admin = await internal.api.addMember(crew.workspaceId, 'ADMIN');
  const manager = await internal.api.addMember(crew.workspaceId, 'MANAGER');
  const id = await escalated(3);
  const payload = { decision: 'DENY' };
  expect(outcome(await admin.ask('POST', RESOLVE(id), payload))).toEqual([403, 'interactive_required']);
  expect((await as(manager.id, id, payload)).status).toBe(403);
  const keyOf = async (scopes: string[]) => {
    const { jwt } = await internal.api.signIn(admin.id);
    const made = await internal.api.call(jwt, { method: 'POST', url: '/api/v1/auth/cli-token', payload: { scopes } });
    return made.json<{ token: string }>().token;
  };
  const with_ = async (scopes: string[], request: string) =>
    (await internal.api.call(await keyOf(scopes), { method: 'POST', url: `/api/v1${RESOLVE(request)}`, payload }))
      .statusCode;
  expect(await with_(['*'], id)).toBe(403);
  expect(await with_(['approvals:decide'], id)).toBe(200);
  const critical = await escalated(4);
  expect(await with_(['approvals:decide'], critical)).toBe(403);
  expect((await as(admin.id, critical, payload)).status).toBe(200);
});

test('the log, the steps, the governance and the state are there for those who may see them', async () => {
  const admin = await internal.api.addMember(crew.workspaceId, 'ADMIN');
  const viewer = await internal.api.addMember(crew.workspaceId, 'VIEWER');
  const { id } = await store();
  const first = await ask({ credential_id: id, intent: 'too short' });
  await ask({ credential_id: id });
  const log = await crew.owner.get<Record<string, unknown>[]>('/admin/keeper/requests?limit=1');
  expect(log).toMatchObject([
    {
      decision: 'ALLOW',
      credential_name: 'Billing token',
      intent: INTENT,
      request_type: 'access',
      ollama_prompt: null,
    },
  ]);
  expect((await admin.send('GET', '/admin/keeper/requests')).statusCode).toBe(403);
  const events = await admin.get<unknown[]>(`/admin/keeper/requests/${first.body.request_id as string}/events`);
  expect(events).toMatchObject([
    { seq: 1, state: 'PENDING' },
    { seq: 2, state: 'DENY', risk_score: 3, actor_type: 'keeper' },
  ]);
  expect(await viewer.get('/system/keeper')).toMatchObject({
    enabled: true,
    gatekeeper_configured: false,
    total_requests: 2,
    allow_count: 1,
    deny_count: 1,
    escalate_count: 0,
    secret_count: 1,
    signals: [],
    model: null,
  });
  expect((await viewer.send('GET', '/admin/keeper/governance')).statusCode).toBe(403);
  expect(await admin.get('/admin/keeper/governance')).toMatchObject({ escalate_from: 0, judge_timeout_seconds: 20 });
  const set = { escalate_from: 1, watch_presets: ['egress'], security_contact_user_id: admin.id };
  expect(await admin.put('/admin/keeper/governance', set)).toMatchObject({ ...set, hard_gate: true });
  expect((await journal()).at(-1)).toMatchObject({
    entry_type: 'keeper.governance_changed',
    payload: { changed_fields: ['escalate_from', 'watch_presets', 'security_contact_user_id'] },
  });
  for (const [body, path] of [
    [{ auto_lease_seconds: 5 }, 'auto_lease_seconds'],
    [{ escalate_from: 6 }, 'escalate_from'],
    [{ watch_presets: ['nothing'] }, 'watch_presets.0'],
    [{ security_contact_user_id: 'u_missing' }, 'security_contact_user_id'],
  ] as const) {
    const refused = await admin.ask('PUT', '/admin/keeper/governance', body);
    expect([refused.status, refused.body.errors[0].path]).toEqual([400, path]);
  }
  // The lowest tier is not allowed by itself any more: there is nobody to judge it.
  expect((await ask({ credential_id: id })).body).toMatchObject({ decision: 'DENY', risk_score: 10 });
  // What has just ended may still be waited for.
  expect(await admin.delete('/admin/keeper/requests', 200)).toEqual({ deleted: 0 });
  await write(sql`UPDATE keeper_requests SET decided_at = now() - interval '1 hour'`);
  expect(await admin.delete('/admin/keeper/requests', 200)).toEqual({ deleted: 3 });
  expect(await crew.rows(sql`SELECT 1 FROM keeper_request_events`)).toEqual([]);
});

/** A run of the crew's lead that goes on, and what it calls with. */
async function runOf(id: string): Promise<Record<string, string>> {
  await write(sql`
    INSERT INTO runs (id, workspace_id, crew_id, agent_id, trigger_type, status, reported)
    VALUES (${id}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, 'USER', 'RUNNING', true)`);
  return crew.runHeaders(id);
}

test('what is leased to a run is that run’s alone and ends with it', async () => {
  await addJudge();
  await govern({ auto_lease_seconds: 3_600, hard_gate: false });
  const high = await store({ security_level: 3 });
  const headers = await runOf('run-first');
  const allowed = await judged(ask({ credential_id: high.id }, { headers }), said('ALLOW'));
  expect(allowed.body).toMatchObject({ decision: 'ALLOW' });
  const leases = () => crew.rows(sql`SELECT run_id, env_var_name FROM credential_grants`);
  expect(await leases()).toEqual([{ run_id: 'run-first', env_var_name: 'BILLING_TOKEN' }]);
  const own = await crew.owner.get<object[]>(`/agents/${crew.lead.id}/credentials`);
  expect(own).toContainEqual(expect.objectContaining({ run_id: 'run-first', lease_source: 'keeper_allow' }));
  // The credential is the crew's no more: only who has the lease is still allowed.
  await crew.owner.patch(`/credentials/${high.id}`, { crew_ids: [] });
  const again = await judged(ask({ credential_id: high.id }, { headers }), said('ALLOW'));
  expect(again.body).toMatchObject({ decision: 'ALLOW' });
  // Another run of the same agent in the same container, and who proves no run, do not have it.
  const second = await runOf('run-second');
  expect(outcome(await ask({ credential_id: high.id }, { headers: second }))).toEqual([404, 'not_found']);
  expect(outcome(await ask({ credential_id: high.id }))).toEqual([404, 'not_found']);
  const ended = await crew.call({
    ...{ method: 'PATCH', path: '/api/v1/internal/runs/run-first', body: { status: 'COMPLETED' } },
  });
  expect(ended.status).toBe(200);
  expect(await leases()).toEqual([]);
  expect((await journal()).map(({ entry_type: type }) => type)).toContain('credential.lease_issued');
  const over = sql`SELECT trace_id FROM journal_entries WHERE entry_type = 'credential.lease_ended'`;
  expect(await crew.rows(over)).toEqual([{ trace_id: 'run-first' }]);
  expect((await ask({ credential_id: high.id }, { headers })).status).toBe(401);
});

test('a keeper that allows nothing, or whose judge fails, is written down once in six hours where that is wanted', async () => {
  const { id } = await store();
  await write(sql`
    INSERT INTO keeper_requests (id, workspace_id, crew_id, agent_id, credential_id, credential_name, security_level,
      request_type, intent, decision, decided_at, judge_profile)
    SELECT ${crew.crewId} || n, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, ${id}, 'x', 2, 'access', 'x',
      'DENY', now(), 'openai/gpt-5-mini' FROM generate_series(1, 25) n`);
  const { database } = internal.api;
  const signals = () =>
    crew.rows<{ payload: object }>(
      sql`SELECT payload FROM journal_entries WHERE entry_type = 'keeper.health' ORDER BY payload->>'signal'`,
    );
  const seen = { recent: 25, recent_progressed: 0, recent_failed: 25 };
  const both = ['allow_rate_collapsed', 'judge_failure_spike'].map((signal) => ({ payload: { signal, ...seen } }));
  await govern({ enabled: false });
  await watchKeeperHealth(database);
  expect(await signals()).toEqual([]);
  await write(sql`UPDATE keeper_governance SET enabled = true WHERE workspace_id = ${crew.workspaceId}`);
  const now = Date.now();
  await Promise.all([watchKeeperHealth(database, now), watchKeeperHealth(database, now)]);
  expect(await signals()).toEqual(both);
  await watchKeeperHealth(database, now + 21_600_000);
  expect(await signals()).toHaveLength(4);
  expect(await crew.owner.get('/system/keeper')).toMatchObject({
    signals: ['allow_rate_collapsed', 'judge_failure_spike'],
  });
});

test('what a command put out is dropped after seven days, and its request stays', async () => {
  const { id } = await store();
  const add = (name: string, days: number) =>
    write(sql`
      INSERT INTO keeper_requests (id, workspace_id, crew_id, agent_id, credential_id, credential_name, security_level,
        request_type, intent, command, decision, decided_at, execution, executed_at, output, exit_code)
      VALUES (${`${name}-${crew.crewId}`}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, ${id}, 'x', 2,
        'execute', 'x', 'true', 'ALLOW', now(), 'done', now() - ${days} * interval '1 day', 'put out', 0)`);
  await add('old', 8);
  await add('new', 6);
  expect(await expireKeeperOutput(internal.api.database)).toBe(1);
  expect(await stored(`old-${crew.crewId}`)).toMatchObject({ output: null, execution: 'done', exit_code: 0 });
  expect(await stored(`new-${crew.crewId}`)).toMatchObject({ output: 'put out' });
  expect(await expireKeeperOutput(internal.api.database)).toBe(0);
});
