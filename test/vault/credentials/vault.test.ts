import { expect, test } from 'vitest';
import { assignCredential } from '../../../commands/vault/credentials/credential-grant-commands.ts';
import { expireRotations } from '../../../commands/vault/credentials/credential-rotation-commands.ts';
import { resealSecrets } from '../../../commands/vault/credentials/reseal-secrets.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Role } from '../../../domain/kernel/access/authority.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { Credential } from '../../../domain/vault/credentials/credential.ts';
import { createKeyRing } from '../../../platform/crypto/key-ring.ts';
import { addCrew } from '../../support/mission-crew.ts';
import { everyRow } from '../../support/every-row.ts';
import { startTestApi } from '../../support/test-api.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { connectOwner } from '../../support/test-database.ts';
import { expectStatus } from '../../support/world/caller.ts';

const BASE = '/api/v1/credentials';

const api = perFile(() => startTestApi());
const owner = perFile(() => connectOwner(api.testDatabase));
const crew = perTest(() => addCrew(api));

const SECRET = 'sk-live-Zq81-correct-horse-battery';
let count = 0;

async function store(rest: object = {}): Promise<Credential> {
  count += 1;
  const payload = { name: `Key ${count}`, type: 'API_KEY', provider: 'ANTHROPIC', value: SECRET, ...rest };
  return crew.owner.post<Credential>(BASE, payload);
}

const sealedOf = async (id: string) =>
  (await owner.query<{ sealed_value: string | null }>('SELECT sealed_value FROM credentials WHERE id = $1', [id]))
    .rows[0]!.sealed_value;

test('a value is in no answer and, but sealed, in no row: not in the journal, the outbox or a stored answer', async () => {
  const headers = { 'idempotency-key': `vault-${crew.crewId}` };
  const payload = { name: 'Kept', value: SECRET, refresh_token: `${SECRET}-refresh`, type: 'OAUTH2' };
  const request = { method: 'POST' as const, url: BASE, headers, payload };
  const made = await api.call(crew.owner.token, request);
  const { id } = expectStatus<Credential>(made, 201);
  const again = await api.call(crew.owner.token, request);
  expect(again.headers['idempotent-replayed']).toBe('true');
  const changed = { ...request, payload: { ...payload, value: 'another' } };
  expect((await api.call(crew.owner.token, changed)).statusCode).toBe(422);
  const rotate = { method: 'POST' as const, url: `${BASE}/${id}/rotate`, payload: { value: `${SECRET}-2` } };
  const answers = [
    made,
    again,
    await api.call(crew.owner.token, rotate),
    await crew.owner.send('GET', `${BASE}/${id}`),
    await crew.owner.send('GET', BASE),
    await crew.owner.send('GET', `${BASE}/${id}/rotations`),
  ];
  for (const answer of answers) {
    expect(answer.statusCode).toBeLessThan(300);
    expect(answer.body).not.toContain(SECRET);
    expect(answer.body).not.toContain('sealed');
  }
  const rows = await everyRow(owner);
  expect(rows).not.toContain(SECRET);
  expect(rows).toContain('v1:');
  expect(
    TEST_KEY_RING.open((await sealedOf(id))!, { workspaceId: crew.workspaceId, ownerId: id, field: 'value' }),
  ).toBe(`${SECRET}-2`);
});

test('a ciphertext copied into another row opens nowhere', async () => {
  const one = await store();
  const two = await store();
  const sealed = (await sealedOf(one.id))!;
  const context = { workspaceId: crew.workspaceId, ownerId: two.id, field: 'value' };
  expect(() => TEST_KEY_RING.open(sealed, context)).toThrow();
});

test('a body that breaks a rule is a 400 that names the field and not the value', async () => {
  const stranger = await addCrew(api);
  const base = { name: 'Bad', value: SECRET };
  for (const [payload, path] of [
    [{ name: 'Bad' }, 'value'],
    [{ ...base, pending: true }, 'pending'],
    [{ ...base, type: 'USERPASS' }, 'username'],
    [{ ...base, type: 'SSH_KEY' }, 'value'],
    [{ ...base, type: 'ENDPOINT_URL', value: `http://169.254.169.254/${SECRET}` }, 'value'],
    [{ ...base, value: 'x'.repeat(65_537) }, 'value'],
    [{ ...base, security_level: 5 }, 'security_level'],
    [{ ...base, crew_ids: [stranger.crewId] }, 'crew_ids'],
    [{ ...base, status: 'ACTIVE' }, 'status'],
  ] as const) {
    const answer = await crew.owner.send('POST', BASE, payload);
    expect(answer.statusCode, answer.body).toBe(400);
    expect(answer.json<{ errors: { path: string }[] }>().errors.map((error) => error.path)).toContain(path);
    expect(answer.body).not.toContain(SECRET);
  }
});

test('names are unique among live credentials, and free again after a deletion that leaves no ciphertext', async () => {
  const made = await store({ name: 'Only', refresh_token: 'r' });
  await crew.owner.send('POST', `${BASE}/${made.id}/rotate`, { value: 'new' });
  const taken = { method: 'POST' as const, url: BASE, payload: { name: 'Only', value: 'x' } };
  expect((await api.call(crew.owner.token, taken)).statusCode).toBe(409);
  const lead = `/api/v1/agents/${crew.lead.id}/credentials`;
  const grant = { credential_id: made.id, env_var_name: 'ONLY_KEY' };
  await crew.owner.post(lead, grant);
  const gone = await crew.owner.send('DELETE', `${BASE}/${made.id}`);
  expect(gone.statusCode).toBe(204);
  for (const method of ['GET', 'DELETE'] as const) {
    expect((await crew.owner.send(method, `${BASE}/${made.id}`)).statusCode).toBe(404);
  }
  const { rows } = await owner.query(
    `SELECT c.sealed_value, c.sealed_refresh_token, c.deleted_at IS NOT NULL AS deleted, r.sealed_old_value, r.status,
       (SELECT count(*)::int FROM credential_grants) AS grants
     FROM credentials c JOIN credential_rotations r ON r.credential_id = c.id WHERE c.id = $1`,
    [made.id],
  );
  expect(rows).toEqual([
    {
      sealed_value: null,
      sealed_refresh_token: null,
      deleted: true,
      sealed_old_value: null,
      status: 'EXPIRED',
      grants: 0,
    },
  ]);
  expectStatus(await api.call(crew.owner.token, taken), 201);
  const list = await crew.owner.get<object[]>(lead);
  expect(list).toEqual([]);
});

test('a rotation keeps the old value for its grace, can be ended early, and is scrubbed when it is over', async () => {
  const { id } = await store();
  const before = await sealedOf(id);
  const rotate = (grace: number) =>
    crew.owner.send('POST', `${BASE}/${id}/rotate`, { value: `v${grace}`, grace_seconds: grace });
  const kept = expectStatus<{ id: string }>(await rotate(60), 200);
  expect(kept).toMatchObject({ status: 'ACTIVE', old_value_gone: false, grace_seconds: 60 });
  const old = await owner.query('SELECT sealed_old_value FROM credential_rotations WHERE id = $1', [kept.id]);
  expect(old.rows).toEqual([{ sealed_old_value: before }]);
  expect(expectStatus(await rotate(0), 200)).toMatchObject({ status: 'EXPIRED', old_value_gone: true });
  const cancel = { method: 'DELETE' as const, url: `/api/v1/credential-rotations/${kept.id}` };
  for (let times = 0; times < 2; times += 1) {
    expect(expectStatus(await api.call(crew.owner.token, cancel), 200)).toEqual({ status: 'CANCELLED' });
  }
  const due = expectStatus<{ id: string }>(await rotate(1), 200);
  await owner.query(`UPDATE credential_rotations SET expires_at = now() - interval '1 second' WHERE id = $1`, [due.id]);
  expect(await expireRotations(api.database)).toBe(1);
  const url = `${BASE}/${id}/rotations`;
  const list = await crew.owner.get<{ status: string; old_value_gone: boolean; cancelled_at: string | null }[]>(url);
  expect(list.map(({ status, old_value_gone: isGone }) => [status, isGone])).toEqual([
    ['EXPIRED', true],
    ['EXPIRED', true],
    ['CANCELLED', true],
  ]);
  expect(list[2]!.cancelled_at).not.toBeNull();
});

test('a revoked or pending credential is not rotated', async () => {
  const revoked = await store();
  await owner.query(`UPDATE credentials SET status = 'REVOKED' WHERE id = $1`, [revoked.id]);
  const pending = await store({ value: undefined, pending: true });
  expect(pending.status).toBe('PENDING');
  for (const [id, status] of [
    [revoked.id, 'REVOKED'],
    [pending.id, 'PENDING'],
  ]) {
    const answer = await crew.owner.send('POST', `${BASE}/${id}/rotate`, { value: 'x' });
    expect([answer.statusCode, answer.json<{ current_status: string }>().current_status]).toEqual([409, status]);
  }
});

test('who creates nothing sees what every crew may use; widening and lowering are for those who manage', async () => {
  const open = await store();
  const closed = await store({ crew_ids: [crew.crewId], security_level: 3 });
  expect(closed).toMatchObject({ scope: 'CREW', crew_ids: [crew.crewId], security_level_label: 'high' });
  const as = async (role: Role) => (await api.addMember(crew.workspaceId, role)).token;
  const viewer = await as('VIEWER');
  const manager = await as('MANAGER');
  const seen = async (token: string) =>
    expectStatus<Credential[]>(await api.call(token, { method: 'GET', url: BASE }), 200)
      .map(({ id }) => id)
      .sort();
  expect(await seen(viewer)).toEqual([open.id]);
  expect(await seen(manager)).toEqual([open.id, closed.id].sort());
  for (const url of [`${BASE}/${closed.id}`, `${BASE}/${closed.id}/rotations`]) {
    expect((await api.call(viewer, { method: 'GET', url })).statusCode).toBe(404);
  }
  const other = await addCrew(api, crew);
  const patch = (token: string, payload: object) =>
    api.call(token, { method: 'PATCH', url: `${BASE}/${closed.id}`, payload });
  for (const payload of [{ scope: 'WORKSPACE' }, { crew_ids: [crew.crewId, other.crewId] }, { security_level: 2 }]) {
    expect((await patch(manager, payload)).statusCode, JSON.stringify(payload)).toBe(403);
  }
  expect(expectStatus(await patch(manager, { security_level: 4, tags: ['billing'] }), 200)).toMatchObject({
    security_level: 4,
    tags: ['billing'],
  });
  expect(expectStatus(await patch(crew.owner.token, { scope: 'WORKSPACE', security_level: 1 }), 200)).toMatchObject({
    scope: 'WORKSPACE',
    crew_ids: [],
    security_level: 1,
  });
  const tagged = await crew.owner.send('GET', `${BASE}?tag=billing&search=KEY`);
  expect([tagged.headers['x-total-count'], tagged.json<Credential[]>()[0]!.id]).toEqual(['1', closed.id]);
});

test('an agent has its own grants and its crew’s credentials; a lease that is over says so', async () => {
  const own = await store();
  const shared = await store({ crew_ids: [crew.crewId] });
  const url = `/api/v1/agents/${crew.lead.slug}/credentials`;
  const assign = (payload: object) => crew.owner.send('POST', url, payload);
  const { id } = expectStatus<{ id: string }>(
    await assign({ credential_id: own.id, env_var_name: 'MY_KEY', ttl_seconds: 3_600 }),
    201,
  );
  expect((await assign({ credential_id: own.id, env_var_name: 'OTHER' })).statusCode).toBe(409);
  expect((await assign({ credential_id: own.id, env_var_name: 'NOT-A-NAME' })).statusCode).toBe(400);
  const stranger = await addCrew(api);
  const foreign = { method: 'POST' as const, url: BASE, payload: { name: 'Theirs', value: 'x' } };
  const theirs = expectStatus<Credential>(await api.call(stranger.owner.token, foreign), 201);
  expect((await assign({ credential_id: theirs.id, env_var_name: 'THEIRS' })).statusCode).toBe(400);
  await owner.query(`UPDATE credential_grants SET expires_at = now() - interval '1 second' WHERE id = $1`, [id]);
  const list = await crew.owner.get<object[]>(url);
  expect(list).toMatchObject([
    { id, env_var_name: 'MY_KEY', expired: true, lease_source: 'manual', grant_source: 'explicit' },
    { credential_id: shared.id, env_var_name: null, expired: false, grant_source: 'crew' },
  ]);
  const remove = { method: 'DELETE' as const, url: `${url}/${id}` };
  expect((await api.call(crew.owner.token, remove)).statusCode).toBe(204);
  expect((await api.call(crew.owner.token, remove)).statusCode).toBe(404);
});

test('a webhook secret is shown once and is not in a repeated answer', async () => {
  const url = `/api/v1/agents/${crew.lead.id}/webhook-secret/rotate`;
  const headers = { 'idempotency-key': `hook-${crew.crewId}` };
  const first = await api.call(crew.owner.token, { method: 'POST', url, headers });
  const { webhook_secret: secret } = expectStatus<{ webhook_secret: string }>(first, 200);
  expect(secret).toMatch(/^whsec_[0-9a-f]{64}$/);
  const again = await api.call(crew.owner.token, { method: 'POST', url, headers });
  expect(again.json()).toMatchObject({ webhook_secret: null });
  expect(await everyRow(owner)).not.toContain(secret);
  const agent = await crew.owner.send('GET', `/api/v1/agents/${crew.lead.id}`);
  expect(agent.json()).toMatchObject({ webhook_secret_set: true });
});

test('with a newer key everything is sealed anew once, and what no key opens is counted and left', async () => {
  const old = Buffer.alloc(32, 1);
  const before = createKeyRing(new Map([[1, old]]));
  const ring = createKeyRing(
    new Map([
      [1, old],
      [2, Buffer.alloc(32, 2)],
    ]),
  );
  await owner.query(`UPDATE credentials SET sealed_value = NULL, sealed_refresh_token = NULL`);
  await owner.query(`UPDATE agents SET sealed_webhook_secret = NULL`);
  await owner.query(`UPDATE credential_rotations SET sealed_old_value = NULL, status = 'EXPIRED'`);
  const made = await Promise.all([store(), store(), store()]);
  const contextOf = (id: string) => ({ workspaceId: crew.workspaceId, ownerId: id, field: 'value' });
  for (const { id } of made.slice(0, 2)) {
    await owner.query('UPDATE credentials SET sealed_value = $1 WHERE id = $2', [
      before.seal(SECRET, contextOf(id)),
      id,
    ]);
  }
  expect(await resealSecrets(api.database, ring)).toEqual({ resealed: 2, unopened: 1 });
  for (const { id } of made.slice(0, 2)) {
    const sealed = (await sealedOf(id))!;
    expect(sealed).toMatch(/^v2:/);
    expect(ring.open(sealed, contextOf(id))).toBe(SECRET);
  }
  expect(await resealSecrets(api.database, ring)).toEqual({ resealed: 0, unopened: 1 });
});

test('a credential that is deleted while it is being given is nobody’s', async () => {
  const { id } = await store();
  const grant = {
    agentId: crew.lead.id,
    credentialId: id,
    envVarName: 'RACE',
    priority: 0,
    ttlSeconds: null,
    leaseSource: 'manual' as const,
  };
  const outcomes = await Promise.allSettled([
    api.database.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
      assignCredential(tx, grant, orchestratorActor()),
    ),
    crew.owner.send('DELETE', `${BASE}/${id}`),
  ]);
  expect(outcomes[1]!.status).toBe('fulfilled');
  const left = sql`SELECT 1 FROM credential_grants WHERE credential_id = ${id}`;
  expect(await crew.rows(left)).toEqual([]);
});

test('a registry’s credential names its host, and nobody has its password sent to another', async () => {
  const registry = {
    type: 'USERPASS',
    provider: 'REGISTRY',
    username: 'robot',
    account_label: 'registry.example:5000',
  };
  const { id } = await store(registry);
  const refused = async (field: string, request: { method: 'POST' | 'PATCH'; url: string; payload: object }) => {
    const answer = await api.call(crew.owner.token, request);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ errors: [{ path: field }] });
  };
  const payload = { name: 'Registry', value: SECRET, ...registry };
  await refused('account_label', {
    method: 'POST',
    url: BASE,
    payload: { ...payload, account_label: 'https://a.example' },
  });
  await refused('type', { method: 'POST', url: BASE, payload: { ...payload, type: 'API_KEY' } });
  await refused('scope', { method: 'POST', url: BASE, payload: { ...payload, crew_ids: [crew.crewId] } });
  await refused('account_label', { method: 'PATCH', url: `${BASE}/${id}`, payload: { account_label: 'evil.example' } });
  await refused('scope', { method: 'PATCH', url: `${BASE}/${id}`, payload: { crew_ids: [crew.crewId] } });
  const other = await store({ type: 'USERPASS', username: 'robot', account_label: 'evil.example' });
  await refused('provider', { method: 'PATCH', url: `${BASE}/${other.id}`, payload: { provider: 'registry' } });
  const renamed = await crew.owner.send('PATCH', `${BASE}/${id}`, { name: `Robot ${id}`, username: 'other' });
  expect(expectStatus<Credential>(renamed, 200)).toMatchObject({ username: 'other', provider: 'REGISTRY' });
});
