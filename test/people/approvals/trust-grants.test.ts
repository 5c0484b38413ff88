import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { beatHost } from '../../support/mission-crew.ts';
import { startInternal } from '../../support/sidecar-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { signedIn } from '../../support/world/signed-in.ts';

const internal = perFile(() => startInternal('trust'));
beforeEach(() => beatHost(internal.api));
const crew = perTest(() => internal.addCrew());
const owner = perTest(async () => signedIn(internal.api, crew.owner, crew.workspaceId));

const ask = async (payload: object, kind = 'tool_call', agentId = crew.lead.id) => {
  const body = { kind, reason: 'The customer waits', payload, agent_id: agentId };
  return (await crew.call({ path: '/api/v1/internal/approvals', body })).body;
};
const grant = (more: object = {}) =>
  owner.post<{ id: string; used: number }>('/trust-grants', {
    ...{ crew_id: crew.crewId, kind: 'tool_call', tool: 'mail', max_uses: 2 },
    ...{ expires_in_seconds: 3_600, reason: 'Known' },
    ...more,
  });
const MAIL = { tool: 'mail', arguments: {} };

test('what a grant covers is approved at once, so often, and each use is written down', async () => {
  const { id } = await grant();
  const first = await ask(MAIL);
  expect(first).toMatchObject({ status: 'approved', mode: 'sync', proceed: true });
  expect(await ask({ tool: 'other' })).toMatchObject({ status: 'pending', proceed: false });
  expect(await ask(MAIL)).toMatchObject({ status: 'approved' });
  expect(await ask(MAIL)).toMatchObject({ status: 'pending' });
  expect(await owner.get('/trust-grants')).toMatchObject([{ id, used: 2, status: 'used_up' }]);
  expect(await owner.get('/trust-grants?live=true')).toEqual([]);
  const approvalId = first.approval_id as string;
  expect(await owner.get(`/approvals/${approvalId}`)).toMatchObject({ Outcome: 'trust_grant', DecidedBy: null });
  const entries = await crew.rows<{ entry_type: string; payload: object }>(sql`
    SELECT entry_type, payload FROM journal_entries
    WHERE target_id IN (${approvalId}, ${id}) AND entry_type <> 'approval.requested' ORDER BY ts, entry_type`);
  expect(entries).toMatchObject([
    { entry_type: 'approval.trust_granted', payload: { grant_id: id, max_uses: 2, tool: 'mail' } },
    { entry_type: 'approval.granted', payload: { outcome: 'trust_grant', grant_id: id } },
  ]);
});

test('of many that ask at once a grant serves as many as it may', async () => {
  await grant({ max_uses: 5 });
  const asked = await Promise.all(Array.from({ length: 12 }, () => ask(MAIL)));
  expect(asked.filter(({ status }) => status === 'approved')).toHaveLength(5);
});

test('a grant is for its agent, its amount and its time; what takes two people is never covered', async () => {
  const other = crew.agents[1]!.id;
  await grant({ agent_id: other, tool: null });
  expect(await ask(MAIL)).toMatchObject({ status: 'pending' });
  expect(await ask(MAIL, 'tool_call', other)).toMatchObject({ status: 'approved' });
  const costs = await grant({ kind: 'cost_threshold', tool: null, max_cost_usd: 20 });
  expect(await ask({ cost_estimate_usd: 21 }, 'cost_threshold')).toMatchObject({ status: 'pending' });
  expect(await ask({ cost_estimate_usd: 20 }, 'cost_threshold')).toMatchObject({ status: 'approved' });
  await owner.post('/trust-grants', { crew_id: crew.crewId, kind: 'destructive_op', max_uses: 1 }, 400);
  await crew.write(sql`UPDATE trust_grants SET expires_at = now() WHERE id = ${costs.id}`);
  expect(await ask({ cost_estimate_usd: 1 }, 'cost_threshold')).toMatchObject({ status: 'pending' });
  const late = await owner.ask('DELETE', `/trust-grants/${costs.id}`);
  expect([late.status, late.body]).toMatchObject([409, { code: 'wrong_state', current_status: 'expired' }]);
});

test('only who may decide grants or revokes, and only in their own workspace', async () => {
  const { id } = await grant();
  const body = { crew_id: crew.crewId, kind: 'tool_call', max_uses: 1, expires_in_seconds: 60, reason: 'Known' };
  expect(outcome(await crew.owner.ask('POST', '/trust-grants', body))).toEqual([403, 'interactive_required']);
  expect(outcome(await crew.owner.ask('DELETE', `/trust-grants/${id}`))).toEqual([403, 'interactive_required']);
  const manager = await internal.api.addMember(crew.workspaceId, 'MANAGER');
  const as = signedIn(internal.api, manager, crew.workspaceId);
  expect((await as.ask('POST', '/trust-grants', body)).status).toBe(403);
  const foreign = await internal.addCrew();
  const stranger = signedIn(internal.api, foreign.owner, foreign.workspaceId);
  expect(outcome(await stranger.ask('POST', '/trust-grants', body))).toEqual([404, 'not_found']);
  const revoked = await owner.ask('DELETE', `/trust-grants/${id}`);
  expect([revoked.status, revoked.body]).toMatchObject([200, { status: 'revoked', revoked_by: crew.owner.id }]);
  expect(await ask(MAIL)).toMatchObject({ status: 'pending' });
  expect((await owner.ask('DELETE', `/trust-grants/${id}`)).status).toBe(409);
});
