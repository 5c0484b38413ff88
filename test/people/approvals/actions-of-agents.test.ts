import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { beatHost } from '../../support/mission-crew.ts';
import { type InternalAnswer, startInternal } from '../../support/sidecar-api.ts';
import { soon } from '../../support/soon.ts';
import { outcome } from '../../support/world/caller.ts';
import { writeIntoTurn } from '../../support/steered-turn.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { signedIn } from '../../support/world/signed-in.ts';

const internal = perFile(() => startInternal('approvals'));
beforeEach(() => beatHost(internal.api));
const crew = perTest(() => internal.addCrew());
const admin = perTest(() => internal.api.addMember(crew.workspaceId, 'ADMIN'));

const TOOL = { kind: 'tool_call', reason: 'To answer the customer', payload: { tool: 'mail', arguments: { to: 'a' } } };
const DROP = { kind: 'tool_call', reason: 'Old data', payload: { tool: 'drop_table', arguments: { name: 'x' } } };

/** An attempt of the lead that works for somebody. */
async function addRun(forUser = crew.owner.id, mission: string | null = null): Promise<string> {
  const runId = `run-${Math.random().toString(36).slice(2)}`;
  await crew.write(sql`
    INSERT INTO runs (id, workspace_id, crew_id, agent_id, mission_id, trigger_type, triggered_by, status)
    VALUES (${runId}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, ${mission}, 'USER', ${forUser},
      'RUNNING')`);
  return runId;
}
const request = (runId: string, body: object = TOOL) =>
  crew.call({ path: '/api/v1/internal/approvals', body, headers: crew.runHeaders(runId) });
const ask = async (runId: string, body: object = TOOL) => {
  const answer = await request(runId, body);
  expect(outcome(answer)).toEqual([201, undefined]);
  return answer.body.approval_id as string;
};
const wait = (id: string, runId: string, key?: string, body: object = {}): Promise<InternalAnswer> =>
  crew.call({
    path: `/api/v1/internal/approvals/${id}/wait`,
    body,
    headers: { ...crew.runHeaders(runId), ...(key === undefined ? {} : { 'idempotency-key': key }) },
  });
const decide = (id: string, body: object, as: { id: string } = admin) =>
  signedIn(internal.api, as, crew.workspaceId).ask('POST', `/approvals/${id}/decide`, body);
const shown = (id: string) => admin.get<Record<string, unknown>>(`/approvals/${id}`);
const setLevel = (level: string) =>
  crew.write(sql`UPDATE crews SET autonomy_level = ${level} WHERE id = ${crew.crewId}`);
const entries = (id: string) =>
  crew.rows<{ entry_type: string; payload: Record<string, unknown> }>(
    sql`SELECT entry_type, payload FROM journal_entries WHERE target_id = ${id} ORDER BY ts`,
  );
const untilParked = (count: number) => soon(() => expect(internal.role.waiters).toBe(count), { interval: 5 });

test('asking again under a key says nothing of a decision: its wait hands that over, once', async () => {
  const runId = await addRun();
  const keyed = { ...TOOL, key: 'mail-1' };
  const id = await ask(runId, keyed);
  await decide(id, { status: 'approved', edits: { arguments: { to: 'b' } } });
  expect((await request(runId, keyed)).body).toMatchObject({ approval_id: id, status: 'approved', proceed: false });
  expect((await wait(id, runId)).body).toMatchObject({ proceed: true, edits: { arguments: { to: 'b' } } });
  expect((await request(runId, keyed)).body).toMatchObject({ approval_id: id, proceed: false });
  // One that is sent back is asked for anew, as it was asked to be.
  const sent = await ask(runId, { ...TOOL, key: 'mail-2' });
  await decide(sent, { status: 'denied', outcome: 'changes_requested', comment: 'to b' });
  const changed = { ...TOOL, key: 'mail-2', payload: { tool: 'mail', arguments: { to: 'b' } } };
  expect(await ask(runId, changed)).not.toBe(sent);
});

test('what destroys takes four eyes under any name, and what a run asks for nobody known is the OWNER’s', async () => {
  const runId = await addRun();
  for (const [kind, payload] of [
    ['cost_threshold', { tool: 'drop_table', cost_estimate_usd: 0.01 }],
    ['target_environment', { tool: 'delete_all', environment: 'test' }],
    ['custom', { tool: 'deploy' }],
  ] as const) {
    const id = await ask(runId, { kind, reason: 'It is time', payload });
    expect(await shown(id)).toMatchObject({ Kind: 'destructive_op', FourEyes: true });
  }
  for (const payload of [{ tool: ['drop_table'] }, { tool: 'mail', cost_estimate_usd: 'much' }]) {
    const refused = await request(runId, { kind: 'cost_threshold', reason: 'It is time', payload });
    expect(outcome(refused)).toEqual([400, 'invalid_request']);
  }
  const nobodys = await addRun('an-agent');
  const id = await ask(nobodys, DROP);
  expect(await shown(id)).toMatchObject({ ActsFor: null, FourEyes: true });
  expect((await decide(id, { status: 'approved' })).body).toMatchObject({ reason: 'four_eyes' });
  expect((await decide(id, { status: 'approved' }, crew.owner)).status).toBe(200);
});

test('an agent waits, and is told the decision with what was changed and why, once', async () => {
  const runId = await addRun();
  const id = await ask(runId);
  expect(await shown(id)).toMatchObject({
    ...{ Kind: 'tool_call', Status: 'pending', GateMode: 'sync', RunID: runId, ActsFor: crew.owner.id },
    ...{ Editable: { arguments: 'members' }, FourEyes: false, ConsumedAt: null, TimeoutAt: expect.any(String) },
  });
  const parked = wait(id, runId, 'first');
  await untilParked(1);
  const edits = { arguments: { to: 'b' } };
  const decided = await decide(id, { status: 'approved', comment: 'not to a', edits });
  expect([decided.status, decided.body]).toEqual([200, { status: 'approved', decided_by: admin.id }]);
  await internal.deliverWakes();
  const told = {
    ...{ approval_id: id, decision: 'approved', proceed: true, outcome: null },
    ...{ edits, comment: 'not to a' },
  };
  expect([(await parked).status, (await parked).body]).toEqual([200, told]);
  // The API that died before it could say so is asked again; whoever else asks has it not.
  expect((await wait(id, runId, 'first')).body).toEqual(told);
  const again = await wait(id, runId, 'second');
  expect(outcome(again)).toEqual([409, 'conflict']);
  expect(again.body).toMatchObject({ reason: 'already_consumed', decision: 'approved', consumed_by_run_id: runId });
  expect((await entries(id)).map(({ entry_type: type }) => type)).toEqual([
    'approval.requested',
    'approval.granted',
    'approval.consumed',
  ]);
  expect((await entries(id))[1]!.payload).toMatchObject({ edited: ['arguments'] });
  expect(JSON.stringify(await entries(id))).not.toContain('not to a');
  expect(await shown(id)).toMatchObject({ Edits: edits, ConsumedAt: expect.any(String) });
});

test('a request for changes is a denial that says so; only what the kind names may be changed', async () => {
  const runId = await addRun();
  const id = await ask(runId);
  const refused = [
    [{ status: 'denied', outcome: 'changes_requested' }, 'comment'],
    [{ status: 'denied', edits: {} }, 'edits'],
    [{ status: 'approved', outcome: 'changes_requested', comment: 'x' }, 'outcome'],
    [{ status: 'approved', edits: { tool: 'other' } }, 'edits.tool'],
    [{ status: 'approved', edits: { arguments: 'all' } }, 'edits.arguments'],
  ] as const;
  for (const [body, field] of refused) {
    const answer = await decide(id, body);
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([400, expect.stringContaining(field)]);
  }
  await decide(id, { status: 'denied', outcome: 'changes_requested', comment: 'in English' });
  expect((await wait(id, runId)).body).toMatchObject({
    ...{ decision: 'denied', proceed: false, outcome: 'changes_requested', comment: 'in English' },
  });
  const own = { kind: 'custom', reason: 'Which colour?', payload: { colour: 'red', size: 3, editable: ['colour'] } };
  const custom = await ask(runId, own);
  expect((await decide(custom, { status: 'approved', edits: { size: 4 } })).status).toBe(400);
  expect((await decide(custom, { status: 'approved', edits: { colour: 'blue' } })).status).toBe(200);
});

test('the crew’s autonomy says whether its agents wait; a graver action is judged as what it is', async () => {
  const runId = await addRun();
  const modes: Record<string, unknown[]> = {};
  for (const level of ['strict', 'guided', 'trusted', 'full']) {
    await setLevel(level);
    modes[level] = [];
    for (const body of [TOOL, { ...TOOL, kind: 'custom' }]) {
      const { mode, status, proceed } = (await request(runId, body)).body;
      modes[level].push([mode, status, proceed]);
    }
  }
  const question = ['sync', 'pending', false];
  expect(modes).toEqual({
    strict: [question, question],
    guided: [question, question],
    trusted: [['async', 'pending', true], question],
    full: [['none', 'approved', true], question],
  });
  await setLevel('trusted');
  const going = await ask(runId);
  expect((await wait(going, runId)).body).toMatchObject({ decision: 'pending', proceed: true });
  const kinds = [
    { tool: 'delete_user' },
    { tool: 'deploy' },
    { tool: 'buy', cost_estimate_usd: 10 },
    { tool: 'run', arguments: { host: 'db.prod.example' } },
    { tool: 'run', cost_estimate_usd: 9.9, arguments: { host: 'staging' } },
  ].map(async (payload) => (await request(runId, { ...TOOL, payload })).body.kind);
  expect(await Promise.all(kinds)).toEqual([
    ...['destructive_op', 'destructive_op', 'cost_threshold', 'target_environment', 'tool_call'],
  ]);
  const missing = await request(runId, { kind: 'cost_threshold', reason: 'Costly', payload: {} });
  expect([missing.status, JSON.stringify(missing.body)]).toEqual([400, expect.stringContaining('cost_estimate_usd')]);
});

test('who wrote into a turn is no second pair of eyes for it, nor counted as one', async () => {
  const runId = await addRun();
  const id = await ask(runId, DROP);
  await writeIntoTurn(crew.write, { id: runId, workspaceId: crew.workspaceId }, [crew.owner.id, admin.id]);
  for (const asked of [id, await ask(runId, DROP)]) {
    expect((await decide(asked, { status: 'approved' }, admin)).body).toMatchObject({ reason: 'four_eyes' });
  }
  const third = await internal.api.addMember(crew.workspaceId, 'ADMIN');
  expect((await decide(id, { status: 'approved' }, third)).status).toBe(200);
});

test('what destroys takes another person than the one it is done for; alone, the OWNER, and that is written down', async () => {
  const runId = await addRun(admin.id);
  const id = await ask(runId, DROP);
  expect(await shown(id)).toMatchObject({ Kind: 'destructive_op', FourEyes: true, ActsFor: admin.id });
  const own = await decide(id, { status: 'approved' }, admin);
  expect([own.status, own.body]).toMatchObject([403, { code: 'forbidden', reason: 'four_eyes' }]);
  expect((await decide(id, { status: 'approved' }, crew.owner)).status).toBe(200);
  const denied = await ask(runId, DROP);
  expect((await decide(denied, { status: 'denied' }, admin)).status).toBe(200);

  // The admin could decide, so the owner may not alone; then nobody else is there.
  const ofOwner = await ask(await addRun(crew.owner.id), DROP);
  expect((await decide(ofOwner, { status: 'approved' }, crew.owner)).status).toBe(403);
  await internal.api.removeMember(crew.workspaceId, admin.id);
  expect((await decide(ofOwner, { status: 'approved' }, crew.owner)).status).toBe(200);
  expect((await entries(ofOwner))[1]).toMatchObject({
    entry_type: 'approval.granted',
    payload: { self_approved: true },
  });
  await crew.write(sql`
    INSERT INTO keeper_governance (workspace_id, require_second_approver) VALUES (${crew.workspaceId}, true)`);
  const forbidden = await request(await addRun(crew.owner.id));
  expect(forbidden.body).toMatchObject({ status: 'denied', proceed: false });
  const row = await crew.owner.get<Record<string, unknown>>(`/approvals/${forbidden.body.approval_id as string}`);
  expect(row).toMatchObject({ Outcome: 'no_second_approver', FourEyes: true });
});

test('a key decides nothing unless it was made to, and never where two people are needed', async () => {
  const runId = await addRun();
  const [id, drop] = [await ask(runId), await ask(runId, DROP)];
  expect(outcome(await admin.ask('POST', `/approvals/${id}/decide`, { status: 'denied' }))).toEqual([
    ...[403, 'interactive_required'],
  ]);
  expect(outcome(await admin.ask('POST', `/approvals/${id}/cancel`))).toEqual([403, 'interactive_required']);
  const { jwt } = await internal.api.signIn(admin.id);
  const by = async (scopes: string[], which: string) => {
    const made = await internal.api.call(jwt, { method: 'POST', url: '/api/v1/auth/cli-token', payload: { scopes } });
    const url = `/api/v1/approvals/${which}/decide`;
    const payload = { status: 'denied' };
    return (await internal.api.call(made.json<{ token: string }>().token, { method: 'POST', url, payload })).statusCode;
  };
  expect(await by(['*'], id)).toBe(403);
  expect(await by(['approvals:write'], id)).toBe(403);
  expect(await by(['approvals:decide'], drop)).toBe(403);
  expect(await by(['approvals:decide'], id)).toBe(200);
  const manager = await internal.api.addMember(crew.workspaceId, 'MANAGER');
  expect((await decide(drop, { status: 'denied' }, manager)).status).toBe(403);
});

test('of 100 conflicting decisions at once, one by one and several at a time, one counts', async () => {
  const runId = await addRun();
  const id = await ask(runId);
  const owner = signedIn(internal.api, crew.owner, crew.workspaceId);
  const second = signedIn(internal.api, admin, crew.workspaceId);
  const answers = await Promise.all(
    Array.from({ length: 100 }, async (_, i): Promise<number> => {
      const as = i % 2 === 0 ? owner : second;
      const status = i % 3 === 0 ? 'approved' : 'denied';
      if (i % 4 === 3) {
        const many = await as.ask<{ results: { ok: boolean; code: string | null }[] }>('POST', '/approvals/decide', {
          items: [{ id, status }],
        });
        const [result] = many.body.results;
        return result!.ok ? 200 : result!.code === 'wrong_state' ? 409 : 500;
      }
      if (i % 4 === 2) return (await as.ask('POST', `/approvals/${id}/cancel`)).status;
      const answer = await as.ask('POST', `/approvals/${id}/decide`, { status });
      if (answer.status === 409) expect(answer.body.current_status).toMatch(/approved|denied|cancelled/);
      return answer.status;
    }),
  );
  expect([
    answers.filter((status) => status === 200).length,
    answers.filter((status) => status === 409).length,
  ]).toEqual([1, 99]);
  expect((await entries(id)).length).toBe(2);
});

test('several are decided each by itself, with a result for each', async () => {
  const runId = await addRun();
  const [first, drop, gone] = [await ask(runId), await ask(runId, DROP), await ask(runId)];
  await decide(gone, { status: 'denied' });
  const foreign = await internal.addCrew();
  const other = await foreign.call({
    path: '/api/v1/internal/approvals',
    body: { ...TOOL, agent_id: foreign.lead.id },
  });
  const items = [
    { id: first, status: 'approved', edits: { arguments: {} } },
    { id: drop, status: 'approved' },
    { id: gone, status: 'approved' },
    { id: other.body.approval_id, status: 'denied' },
    { id: 'missing', status: 'denied' },
  ];
  const answer = await signedIn(internal.api, crew.owner, crew.workspaceId).ask('POST', '/approvals/decide', { items });
  expect([answer.status, answer.body]).toEqual([
    200,
    {
      results: [
        { id: first, ok: true, code: null, status: 'approved' },
        { id: drop, ok: false, code: 'forbidden', status: null },
        { id: gone, ok: false, code: 'wrong_state', status: 'denied' },
        { id: other.body.approval_id, ok: false, code: 'not_found', status: null },
        { id: 'missing', ok: false, code: 'not_found', status: null },
      ],
    },
  ]);
});

test('after the people’s time nothing counts, and whoever waits is told', async () => {
  const runId = await addRun();
  const id = await ask(runId, { ...TOOL, timeout_seconds: 10 });
  const parked = wait(id, runId);
  await untilParked(1);
  await crew.write(sql`UPDATE approvals SET deadline_at = clock_timestamp() WHERE id = ${id}`);
  expect(outcome(await decide(id, { status: 'approved' }))).toEqual([409, 'deadline_passed']);
  await internal.bus.publish({ topic: 'approval', id, workspaceId: crew.workspaceId });
  expect((await parked).body).toMatchObject({ decision: 'timeout', proceed: false });
  expect(outcome(await decide(id, { status: 'approved' }))).toEqual([409, 'wrong_state']);
  expect((await entries(id)).map(({ entry_type: type }) => type)).toContain('approval.timeout');
  expect((await request(runId, { ...TOOL, timeout_seconds: 9 })).status).toBe(400);
  const open = await ask(runId);
  expect((await wait(open, runId, undefined, { timeout_seconds: 1 })).body).toMatchObject({ decision: 'pending' });
});

test('what is asked under a key is asked once, whichever attempt asks; its run’s end withdraws it', async () => {
  const [first, second] = [await addRun(), await addRun()];
  const keyed = { ...TOOL, key: 'mail-1' };
  const id = await ask(first, keyed);
  expect(await ask(first, keyed)).toBe(id);
  expect(outcome(await request(first, { ...keyed, payload: { tool: 'other' } }))).toEqual([409, 'conflict']);
  expect(await ask(second, keyed)).not.toBe(id);
  const several = await Promise.all([ask(first), ask(first), ask(first)]);
  expect(new Set(several).size).toBe(3);
  expect(outcome(await wait(id, second))).toEqual([404, 'not_found']);
  const sibling = await internal.addCrew(crew);
  const path = `/api/v1/internal/approvals/${id}`;
  expect(outcome(await sibling.call({ path }))).toEqual([404, 'not_found']);
  expect((await crew.call({ path })).body).toEqual({ approval_id: id, status: 'pending', consumed: false });
});

test('a mission that is cancelled withdraws what its agents ask, and its clock stands while they wait', async () => {
  const runId = await addRun(crew.owner.id, crew.missionId);
  await crew.write(sql`UPDATE missions SET status = 'IN_PROGRESS' WHERE id = ${crew.missionId}`);
  const id = await ask(runId);
  await crew.owner.act(`/crews/${crew.crewId}/missions/${crew.missionId}/cancel`);
  expect(await shown(id)).toMatchObject({ Status: 'cancelled', MissionID: crew.missionId });
  expect(outcome(await request(runId))).toEqual([409, 'wrong_state']);
  expect((await admin.get<{ rows: object[] }>('/inbox?state=active')).rows).toEqual([]);
});
