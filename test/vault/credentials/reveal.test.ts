import { expect, test } from 'vitest';
import type { Credential } from '../../../domain/vault/credentials/credential.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Role } from '../../../domain/kernel/access/authority.ts';
import { everyRow } from '../../support/every-row.ts';
import { addCrew } from '../../support/mission-crew.ts';
import { startTestApi } from '../../support/test-api.ts';
import { connectOwner } from '../../support/test-database.ts';
import { createCaller } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const api = perFile(() => startTestApi());
const owner = perFile(() => connectOwner(api.testDatabase));
const crew = perTest(() => addCrew(api));

const SECRET = 'sk-reveal-Zq81-correct-horse-battery';
const REASON = 'Entering the key at the bank by hand, ticket 812';

const store = (rest: object = {}) =>
  crew.owner.post<Credential>('/credentials', { name: `Key ${Math.random()}`, value: SECRET, ...rest });

/** Somebody who signed in, with the capability. */
async function person(userId: string, capable = true) {
  if (capable) {
    await owner.query(`UPDATE memberships SET capabilities = ARRAY['credentials:reveal'] WHERE user_id = $1`, [userId]);
  }
  const { jwt } = await api.signIn(userId);
  return createCaller((request) =>
    api.call(jwt, { ...request, headers: { ...request.headers, 'x-workspace-id': crew.workspaceId } }),
  );
}
const member = async (role: Role, capable = true) => {
  const { id } = await api.addMember(crew.workspaceId, role);
  return { id, ...(await person(id, capable)) };
};
const allow = async () => (await person(crew.owner.id)).put('/credentials/reveal-policy', { enabled: true });
const entries = (type: string) =>
  crew.rows<{ id: string; actor_id: string; payload: Record<string, unknown> }>(
    sql`SELECT id, actor_id, payload FROM journal_entries WHERE entry_type = ${type} ORDER BY ts`,
  );

test('a value is shown to a person who may, and the journal knew it before they did', async () => {
  const { id } = await store();
  const admin = await member('ADMIN');
  expect((await admin.ask('POST', `/credentials/${id}/reveal`, { reason: REASON })).status).toBe(403);
  await allow();
  expect(await admin.get('/credentials/reveal-policy')).toEqual({ workspace_id: crew.workspaceId, enabled: true });
  const answer = await admin.ask('POST', `/credentials/${id}/reveal`, { reason: REASON });
  expect(answer.headers['cache-control']).toContain('no-store');
  expect(answer.body).toMatchObject({ credential_id: id, sensitivity: 'STANDARD', value: SECRET });
  const [entry] = await entries('credential.revealed');
  expect(entry).toMatchObject({
    id: answer.body.journal_entry_id,
    actor_id: admin.id,
    payload: { reason: REASON, role: 'ADMIN', part: 'value', security_level: 1 },
  });
  await crew.owner.post(`/credentials/${id}/fields`, { key: 'pin', value: `${SECRET}-pin` });
  const field = await admin.ask('POST', `/credentials/${id}/reveal`, { reason: REASON, field: 'pin' });
  expect(field.body).toMatchObject({ value: `${SECRET}-pin` });
  expect((await admin.ask('POST', `/credentials/${id}/reveal`, { reason: REASON, field: 'none' })).status).toBe(404);
  expect(await everyRow(owner)).not.toContain(SECRET);
});

test('each condition by itself keeps a value back, and nothing is journalled then', async () => {
  await allow();
  const { id } = await store();
  const url = `/credentials/${id}/reveal`;
  const reason = REASON;
  const status = async (who: { ask: typeof crew.owner.ask }, path = url) =>
    (await who.ask('POST', path, { reason })).status;
  // A token of any kind is no person, whoever's it is.
  const keyed = await crew.owner.ask('POST', url, { reason });
  expect([keyed.status, keyed.body.code]).toEqual([403, 'interactive_required']);
  expect(await status(await member('ADMIN', false))).toBe(403);
  expect(await status(await member('MEMBER'))).toBe(403);
  const admin = await member('ADMIN');
  for (const bad of ['too short', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'test test test test test test']) {
    expect((await admin.ask('POST', url, { reason: bad })).body.errors?.[0]?.path).toBe('reason');
  }
  const stranger = await addCrew(api);
  const foreign = await stranger.owner.post<Credential>('/credentials', { name: 'Theirs', value: SECRET });
  expect(await status(admin, `/credentials/${foreign.id}/reveal`)).toBe(404);
  const sealed = await store();
  await crew.owner.put(`/credentials/${sealed.id}/sensitivity`, { sensitivity: 'SEALED' });
  expect(await status(await person(crew.owner.id), `/credentials/${sealed.id}/reveal`)).toBe(403);
  const revoked = await store();
  await crew.write(sql`UPDATE credentials SET status = 'REVOKED' WHERE id = ${revoked.id}`);
  expect(await status(admin, `/credentials/${revoked.id}/reveal`)).toBe(409);
  // A MANAGER: of their own crews, of a low tier, not restricted.
  const manager = await member('MANAGER');
  const own = await store({ crew_ids: [crew.crewId] });
  expect(await status(manager, `/credentials/${own.id}/reveal`)).toBe(403);
  // Nobody lets themselves in.
  const added = { user_id: manager.id, role: 'MANAGER' };
  const { id: membership } = await manager.post<{ id: string }>(`/crews/${crew.crewId}/members`, added);
  expect(await status(manager, `/credentials/${own.id}/reveal`)).toBe(403);
  await crew.owner.delete(`/crews/${crew.crewId}/members/${membership}`);
  await crew.owner.post(`/crews/${crew.crewId}/members`, added);
  expect(await status(manager)).toBe(403);
  const high = await store({ crew_ids: [crew.crewId], security_level: 3 });
  expect(await status(manager, `/credentials/${high.id}/reveal`)).toBe(403);
  expect(await entries('credential.revealed')).toEqual([]);
  expect(await status(manager, `/credentials/${own.id}/reveal`)).toBe(200);
  await crew.owner.put(`/credentials/${own.id}/sensitivity`, { sensitivity: 'RESTRICTED' });
  expect(await status(manager, `/credentials/${own.id}/reveal`)).toBe(403);
});

test('the switch is the OWNER’s, signed in; it is off by default and its change is journalled', async () => {
  const admin = await member('ADMIN');
  expect(await admin.get('/credentials/reveal-policy')).toMatchObject({ enabled: false });
  expect((await admin.ask('PUT', '/credentials/reveal-policy', { enabled: true })).status).toBe(403);
  const byToken = await crew.owner.ask('PUT', '/credentials/reveal-policy', { enabled: true });
  expect([byToken.status, byToken.body.code]).toEqual([403, 'interactive_required']);
  await allow();
  await (await person(crew.owner.id)).put('/credentials/reveal-policy', { enabled: false });
  expect((await entries('credential.reveal_policy_changed')).map(({ payload }) => payload.enabled)).toEqual([
    true,
    false,
  ]);
});

test('a person is shown ten values in ten minutes, however many they ask for at once', async () => {
  await allow();
  const { id } = await store();
  const admin = await member('ADMIN');
  const asked = await Promise.all(
    Array.from({ length: 14 }, () => admin.ask('POST', `/credentials/${id}/reveal`, { reason: REASON })),
  );
  const statuses = asked.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(10);
  expect(statuses.filter((status) => status === 429)).toHaveLength(4);
  expect(await entries('credential.revealed')).toHaveLength(10);
  const refused = asked.find(({ status }) => status === 429)!;
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(500);
  await owner.query(`UPDATE credential_reveals SET created_at = now() - interval '11 minutes'`);
  expect((await admin.ask('POST', `/credentials/${id}/reveal`, { reason: REASON })).status).toBe(200);
  expect(await crew.rows(sql`SELECT 1 FROM credential_reveals`)).toHaveLength(1);
});
