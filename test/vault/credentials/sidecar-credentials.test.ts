import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { Credential } from '../../../domain/vault/credentials/credential.ts';
import type { Escalation } from '../../../domain/people/escalations/escalation.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { type InternalCrew, startInternal } from '../../support/sidecar-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const INTERNAL = '/api/v1/internal/credentials';
const PEM = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n';
const SECRET = 'sk-proposed-by-an-agent-93117';

const internal = perFile(() => startInternal('credentials'));
const crew = perTest(() => internal.addCrew());
const sibling = perTest(() => internal.addCrew(crew));

const store = (rest: object = {}) =>
  crew.owner.post<Credential>('/api/v1/credentials', { name: 'Key', type: 'API_KEY', value: 'sk-1', ...rest });
const names = async (by: InternalCrew, query = '') => {
  const answer = await by.call({ path: `${INTERNAL}${query}` });
  expect(answer.status).toBe(200);
  expect(JSON.stringify(answer.body)).not.toContain('sk-');
  return (answer.body as unknown as { name: string }[]).map(({ name }) => name);
};
const report = (by: InternalCrew, id: string, body: object) =>
  by.call({ method: 'PATCH', path: `${INTERNAL}/${id}`, body });

test('a crew is told of the workspace’s keys, its own, and those its agents hold now; never of a value', async () => {
  await store({ name: 'everybody', provider: 'OPENAI' });
  await store({ name: 'ours', crew_ids: [crew.crewId] });
  await store({ name: 'theirs', crew_ids: [sibling.crewId] });
  await store({ name: 'no provider key', type: 'SECRET' });
  await store({ name: 'nobody', scope: 'CREW' });
  const granted = await store({ name: 'granted', scope: 'CREW' });
  const url = `/api/v1/agents/${crew.agents[0]!.id}/credentials`;
  const { id } = await crew.owner.post<{ id: string }>(url, {
    credential_id: granted.id,
    env_var_name: 'GRANTED',
    ttl_seconds: 60,
  });
  expect(await names(crew)).toEqual(['everybody', 'granted', 'ours']);
  expect(await names(sibling)).toEqual(['everybody', 'theirs']);
  expect(await names(crew, '?provider=openai')).toEqual(['everybody']);
  expect(outcome(await crew.call({ path: `${INTERNAL}?include_values=true` }))).toEqual([403, 'forbidden']);
  await crew.owner.delete(`${url}/${id}`);
  expect(await names(crew)).toEqual(['everybody', 'ours']);
});

test('a run is told of what its agent has, of any type; what does not work only when it asks', async () => {
  await store({ name: 'everybody' });
  await store({ name: 'secret of nobody', type: 'SECRET' });
  await store({ name: 'secret of the crew', type: 'SECRET', crew_ids: [crew.crewId] });
  const ofLead = await store({ name: 'of the lead', type: 'SSH_KEY', value: PEM, scope: 'CREW' });
  const ofOther = await store({ name: 'of another', type: 'SECRET', scope: 'CREW' });
  const broken = await store({ name: 'broken', crew_ids: [crew.crewId] });
  await crew.write(sql`UPDATE credentials SET status = 'EXPIRED' WHERE id = ${broken.id}`);
  const grant = (agentId: string, credential: Credential) =>
    crew.owner.post(`/agents/${agentId}/credentials`, { credential_id: credential.id, env_var_name: 'GIVEN' });
  await grant(crew.lead.id, ofLead);
  await grant(crew.agents[0]!.id, ofOther);
  const runId = `run-${crew.crewId}`;
  await crew.write(sql`
    INSERT INTO runs (id, workspace_id, crew_id, agent_id, trigger_type, status)
    VALUES (${runId}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, 'USER', 'RUNNING')`);
  const asRun = async (query = '') => {
    const answer = await crew.call({ path: `${INTERNAL}${query}`, headers: crew.runHeaders(runId) });
    return (answer.body as unknown as { name: string; status: string }[]).map(({ name, status }) => [name, status]);
  };
  const working = ['everybody', 'of the lead', 'secret of the crew'].map((name) => [name, 'ACTIVE']);
  expect(await asRun()).toEqual(working);
  expect(await asRun('?include_inactive=true')).toEqual([['broken', 'EXPIRED'], ...working]);
  expect(await names(crew)).toEqual(['everybody', 'of another', 'of the lead', 'secret of the crew']);
});

test('what is shared can be reported by every crew, but ended and given tokens by none of them', async () => {
  const shared = await store();
  const token = { status: 'ACTIVE', access_token: 'sk-attacker' };
  expect(outcome(await report(crew, shared.id, token))).toEqual([403, 'forbidden']);
  expect(outcome(await report(crew, shared.id, { status: 'REVOKED' }))).toEqual([403, 'forbidden']);
  const expired = await report(crew, shared.id, { status: 'EXPIRED', last_error: '401 from the provider' });
  expect([expired.status, expired.body]).toMatchObject([200, { id: shared.id, status: 'EXPIRED' }]);
  const shown = await crew.owner.get<Credential>(`/api/v1/credentials/${shared.id}`);
  expect(shown).toMatchObject({ status: 'EXPIRED', last_error: '401 from the provider' });
  expect(outcome(await report(crew, shared.id, { status: 'PENDING' }))).toEqual([400, 'invalid_request']);
  const entries = sql`
    SELECT payload FROM journal_entries WHERE entry_type = 'credential.status_change' AND target_id = ${shared.id}`;
  expect(await crew.rows(entries)).toEqual([{ payload: { from: 'ACTIVE', to: 'EXPIRED' } }]);
});

test('a crew renews and ends what it alone uses; an ended one stays so', async () => {
  const own = await store({ crew_ids: [crew.crewId] });
  const renewed = await report(crew, own.id, {
    status: 'ACTIVE',
    access_token: 'sk-2',
    refresh_token: 'rt-2',
    token_expires_at: '2031-02-03T04:05:06Z',
  });
  expect(renewed.status).toBe(200);
  const [row] = await crew.rows<{ sealed_value: string; sealed_refresh_token: string }>(
    sql`SELECT sealed_value, sealed_refresh_token FROM credentials WHERE id = ${own.id}`,
  );
  const context = { workspaceId: crew.workspaceId, ownerId: own.id };
  expect(TEST_KEY_RING.open(row!.sealed_value, { ...context, field: 'value' })).toBe('sk-2');
  expect(TEST_KEY_RING.open(row!.sealed_refresh_token, { ...context, field: 'refresh_token' })).toBe('rt-2');
  expect((await report(crew, own.id, { status: 'REVOKED' })).status).toBe(200);
  const again = await report(crew, own.id, { status: 'ACTIVE' });
  expect([again.status, again.body.current_status]).toEqual([409, 'REVOKED']);
  expect(outcome(await report(sibling, own.id, { status: 'EXPIRED' }))).toEqual([404, 'not_found']);
});

test('the crew reads its agents’ webhook secrets, and no others', async () => {
  const path = (id: string) => `/api/v1/internal/agents/${id}/webhook-secret`;
  const set = await crew.owner.act<{ webhook_secret: string }>(
    `/api/v1/agents/${crew.lead.id}/webhook-secret/rotate`,
    {},
  );
  const read = await crew.call({ path: path(crew.lead.id) });
  expect([read.status, read.body]).toEqual([200, { agent_id: crew.lead.id, webhook_secret: set.webhook_secret }]);
  expect(read.headers['cache-control']).toBe('no-store');
  expect(outcome(await crew.call({ path: path(crew.agents[0]!.id) }))).toEqual([404, 'not_found']);
  expect(outcome(await sibling.call({ path: path(crew.lead.id) }))).toEqual([404, 'not_found']);
});

const propose = (metadata: object, by = crew) =>
  by.call({
    path: '/api/v1/internal/escalations',
    body: { from_slug: by.lead.slug, reason: 'Needed', chat_id: by.missionId, type: 'CREDENTIAL', metadata },
  });
const listed = async (id: string) =>
  (await crew.owner.get<Escalation[]>(`/api/v1/crews/${crew.crewId}/escalations`)).find((one) => one.id === id)!;
const resolve = (id: string, payload: object) => crew.owner.patch(`/api/v1/escalations/${id}/resolve`, payload);
async function everythingOfTheWorkspace(): Promise<string> {
  const tables = ['credentials', 'escalations', 'journal_entries', 'idempotency_keys'];
  const texts = await Promise.all(
    tables.map((table) => crew.rows(sql`SELECT t::text AS text FROM ${sql.identifier([table])} t`)),
  );
  return JSON.stringify(texts);
}

test('a proposed credential is staged, nobody’s until it is approved, and then its agent’s', async () => {
  const opened = await propose({
    name: 'Stripe test',
    type: 'API_KEY',
    provider: 'STRIPE',
    value: SECRET,
    note: SECRET,
  });
  expect(opened.status).toBe(201);
  const id = opened.body.escalation_id as string;
  const before = await listed(id);
  expect(before.metadata).toEqual({ name: 'Stripe test', type: 'API_KEY', provider: 'STRIPE', value: '[REDACTED]' });
  expect(await names(crew)).toEqual([]);
  const url = `/api/v1/credentials/${before.credential_id}`;
  expect(await crew.owner.get<Credential>(url)).toMatchObject({
    status: 'PENDING_APPROVAL',
    created_by_actor_type: 'agent',
  });
  const deletion = await crew.owner.send('DELETE', url);
  expect([deletion.statusCode, deletion.json<{ current_status: string }>().current_status]).toEqual([
    409,
    'PENDING_APPROVAL',
  ]);
  const waiting = crew.wait(id);
  await resolve(id, { resolution: 'Use it for tests only' });
  await internal.deliverWakes();
  expect((await waiting).body).toMatchObject({
    status: 'RESOLVED',
    action: 'approve',
    resolution: 'Use it for tests only',
  });
  expect(await listed(id)).toMatchObject({ status: 'RESOLVED', resolution: '[REDACTED]' });
  expect(await names(crew)).toEqual(['Stripe test']);
  expect(await crew.owner.get<object[]>(`/api/v1/agents/${crew.lead.id}/credentials`)).toMatchObject([
    { credential_status: 'ACTIVE', env_var_name: 'STRIPE_TEST', lease_source: 'escalation_approve', expires_at: null },
  ]);
  const rows = await everythingOfTheWorkspace();
  expect(rows).not.toContain(SECRET);
  expect(rows).not.toContain('Use it for tests only');
});

test('a credential that an agent asks for gets its value from the answer, which is sealed everywhere', async () => {
  const opened = await propose({ name: 'Deploy key', type: 'API_KEY', provider: 'FLY' });
  const id = opened.body.escalation_id as string;
  await resolve(id, { resolution: SECRET });
  const answer = await crew.wait(id);
  expect(answer.body).toMatchObject({ status: 'RESOLVED', resolution: SECRET });
  const { credential_id: credentialId } = await listed(id);
  const [row] = await crew.rows<{ sealed_value: string }>(
    sql`SELECT sealed_value FROM credentials WHERE id = ${credentialId}`,
  );
  const context = { workspaceId: crew.workspaceId, ownerId: credentialId!, field: 'value' };
  expect(TEST_KEY_RING.open(row!.sealed_value, context)).toBe(SECRET);
  expect(await everythingOfTheWorkspace()).not.toContain(SECRET);
  await crew.owner.delete(`/api/v1/credentials/${credentialId}`);
  expect((await crew.wait(id)).body).toMatchObject({ status: 'RESOLVED', resolution: '' });
});

test('the key of a provider whose calls are metered is stored, and its agent is told where it is added', async () => {
  const opened = await propose({ name: 'Model key', type: 'API_KEY', provider: 'OPENAI' });
  const id = opened.body.escalation_id as string;
  const waiting = crew.wait(id);
  await resolve(id, { resolution: SECRET });
  await internal.deliverWakes();
  const { body } = await waiting;
  expect(body).toMatchObject({ status: 'RESOLVED', action: 'approve' });
  expect(body.resolution).toContain('http://127.0.0.1:9119/llm/openai');
  expect(JSON.stringify(body)).not.toContain(SECRET);
  const rows = await crew.rows<{ status: string; sealed: boolean }>(
    sql`SELECT status, sealed_value IS NOT NULL AS sealed FROM credentials WHERE name = 'Model key'`,
  );
  expect(rows).toEqual([{ status: 'ACTIVE', sealed: true }]);
});

test('rejected, redirected, withdrawn or expired, nothing of a proposed credential is left', async () => {
  const ends: ((id: string) => Promise<unknown>)[] = [
    (id) => resolve(id, { resolution: 'No', action: 'reject' }),
    (id) => resolve(id, { resolution: 'Ask them', action: 'redirect', redirect_to: 'security' }),
    (id) => crew.owner.act(`/api/v1/escalations/${id}/cancel`, {}),
    async (id) => {
      await crew.write(sql`UPDATE escalations SET answer_deadline_at = now() - interval '1 second' WHERE id = ${id}`);
      const late = {
        method: 'PATCH' as const,
        url: `/api/v1/escalations/${id}/resolve`,
        payload: { resolution: 'Yes' },
      };
      expect((await internal.api.call(crew.owner.token, late)).statusCode).toBe(409);
    },
  ];
  for (const end of ends) {
    // The name is free again each time.
    const opened = await propose({ name: 'Once', type: 'API_KEY', value: SECRET });
    expect(opened.status).toBe(201);
    const id = opened.body.escalation_id as string;
    await end(id);
    const { credential_id: credentialId } = await listed(id);
    expect(
      await crew.rows(sql`
        SELECT status, sealed_value, deleted_at IS NOT NULL AS deleted FROM credentials WHERE id = ${credentialId}`),
    ).toEqual([{ status: 'REJECTED', sealed_value: null, deleted: true }]);
  }
  expect(await names(crew)).toEqual([]);
});

test('a proposal that breaks a rule names the field and leaves nothing; a taken name is a 409', async () => {
  const fieldsOf = async (metadata: object) => {
    const answer = await propose(metadata);
    expect(answer.status, JSON.stringify(answer.body)).toBe(400);
    expect(JSON.stringify(answer.body)).not.toContain(SECRET);
    return (answer.body.errors as { path: string }[]).map(({ path }) => path);
  };
  expect(await fieldsOf({})).toEqual(['metadata.name']);
  expect(await fieldsOf({ name: 'Bad', type: 'OTHER' })).toEqual(['metadata.type']);
  expect(await fieldsOf({ name: 'Bad', type: 'SSH_KEY', value: SECRET })).toEqual(['value']);
  expect(await fieldsOf({ name: 'Bad', value: 'x'.repeat(65_537) })).toEqual(['metadata.value']);
  await store({ name: 'Taken' });
  expect(outcome(await propose({ name: 'Taken', value: SECRET }))).toEqual([409, 'conflict']);
  expect(await crew.rows(sql`SELECT 1 FROM escalations WHERE crew_id = ${crew.crewId}`)).toEqual([]);
});
