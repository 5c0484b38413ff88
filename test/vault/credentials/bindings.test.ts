import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { CredentialBinding } from '../../../db/vault/credentials/credential-bindings-store.ts';
import type { Credential } from '../../../domain/vault/credentials/credential.ts';
import { addCrew } from '../../support/mission-crew.ts';
import { startTestApi } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const BASE = '/credentials/bindings';

const api = perFile(() => startTestApi());
const crew = perTest(() => addCrew(api));

const store = (name: string, rest: object = {}) =>
  crew.owner.post<Credential>('/credentials', { name, value: 'sk-bound-value', scope: 'CREW', ...rest });
const bind = (credential: Credential, rest: object) =>
  crew.owner.post<CredentialBinding>(BASE, { credential_id: credential.id, slot: 'TOKEN', ...rest });
const slots = async (agentId = crew.lead.id) =>
  await crew.owner.get<{ slots: { slot: string; credential_name: string; source: string }[]; warnings?: string[] }>(
    `/agents/${agentId}/credential-bindings`,
  );
const journalled = (type: string) =>
  crew.rows<{ payload: object; severity: string }>(
    sql`SELECT payload, severity FROM journal_entries WHERE entry_type = ${type} ORDER BY ts`,
  );

test('of those in one slot the nearest wins: grant, agent, crew, workspace, then what the crew has by name', async () => {
  const names = ['token', 'everywhere', 'of the crew', 'of the agent', 'granted'];
  const [linked, everywhere, ofCrew, ofAgent, granted] = await Promise.all([
    store(names[0]!, { crew_ids: [crew.crewId] }),
    ...names.slice(1).map((name) => store(name)),
  ]);
  const winner = async () =>
    (await slots()).slots.map(({ slot, credential_name: name, source }) => [slot, name, source]);
  expect(await winner()).toEqual([['TOKEN', linked.name, 'crew']]);
  await bind(everywhere!, { scope: 'WORKSPACE' });
  expect(await winner()).toEqual([['TOKEN', 'everywhere', 'binding']]);
  await bind(ofCrew!, { scope: 'CREW', crew_id: crew.crewId });
  expect(await winner()).toEqual([['TOKEN', 'of the crew', 'binding']]);
  const mine = await bind(ofAgent!, { scope: 'AGENT', agent_id: crew.lead.id });
  expect(await winner()).toEqual([['TOKEN', 'of the agent', 'binding']]);
  const grants = `/agents/${crew.lead.id}/credentials`;
  await crew.owner.post(grants, { credential_id: granted!.id, env_var_name: 'TOKEN' });
  expect(await winner()).toEqual([['TOKEN', 'granted', 'explicit']]);
  // Another agent of the crew has what the crew has.
  expect((await slots(crew.agents[0]!.id)).slots).toMatchObject([{ credential_name: 'of the crew' }]);
  const listed = await crew.owner.get<{ credential_name: string; grant_source: string }[]>(grants);
  expect(listed.map(({ credential_name: name, grant_source: source }) => [name, source])).toEqual([
    ['granted', 'explicit'],
    ['of the agent', 'binding'],
    ['of the crew', 'binding'],
    ['everywhere', 'binding'],
    ['token', 'crew'],
  ]);
  // A lease that is over fills no slot: the next one does.
  await crew.write(sql`UPDATE credentials SET status = 'EXPIRED' WHERE id = ${ofAgent!.id}`);
  await crew.owner.delete(
    `${grants}/${(await crew.rows<{ id: string }>(sql`SELECT id FROM credential_grants`))[0]!.id}`,
  );
  expect(await slots()).toMatchObject({ warnings: ['TOKEN: the credential is EXPIRED'] });
  await crew.owner.delete(`${BASE}/${mine.id}`);
  expect(await winner()).toEqual([['TOKEN', 'of the crew', 'binding']]);
  expect(await journalled('credential.unbound')).toEqual([
    { severity: 'notice', payload: { binding_id: mine.id, scope: 'AGENT', slot: 'TOKEN' } },
  ]);
});

test('a slot holds one credential in each place; what is bound is the workspace’s and works', async () => {
  const [one, two] = [await store('one'), await store('two')];
  const stranger = await addCrew(api);
  const body = { credential_id: one.id, slot: 'TOKEN', scope: 'CREW', crew_id: crew.crewId };
  const made = await crew.owner.post<CredentialBinding>(BASE, body);
  expect(made).toMatchObject({ credential_name: 'one', scope: 'CREW', crew_id: crew.crewId, agent_id: null });
  const ask = (change: object) => crew.owner.ask('POST', BASE, { ...body, ...change });
  expect(outcome(await ask({ credential_id: two.id }))).toEqual([409, 'conflict']);
  for (const [change, path] of [
    [{ slot: 'not a variable' }, 'slot'],
    [{ crew_id: null }, 'crew_id'],
    [{ scope: 'WORKSPACE' }, 'crew_id'],
    [{ scope: 'AGENT', crew_id: null }, 'agent_id'],
    [{ crew_id: stranger.crewId, slot: 'OTHER' }, 'crew_id'],
    [{ scope: 'AGENT', crew_id: null, agent_id: stranger.lead.id }, 'agent_id'],
    [{ credential_id: 'cred_missing', slot: 'OTHER' }, 'credential_id'],
  ] as const) {
    const answer = await ask(change);
    expect([answer.status, answer.body.errors?.[0]?.path ?? answer.body.errors]).toEqual([400, path]);
  }
  await crew.write(sql`UPDATE credentials SET status = 'REVOKED' WHERE id = ${two.id}`);
  expect((await ask({ credential_id: two.id, slot: 'OTHER' })).body).toMatchObject({ current_status: 'REVOKED' });
  // Deleting the credential empties its slots.
  await crew.owner.delete(`/credentials/${one.id}`);
  expect(await crew.owner.get(BASE)).toEqual({ bindings: [] });
});

test('binding is for those who manage; members see bindings of what every crew may use', async () => {
  const manager = await api.addMember(crew.workspaceId, 'MANAGER');
  const member = await api.addMember(crew.workspaceId, 'MEMBER');
  const shared = await store('shared', { scope: 'WORKSPACE' });
  const kept = await store('kept');
  const body = { credential_id: shared.id, slot: 'SHARED', scope: 'WORKSPACE' };
  expect(outcome(await manager.ask('POST', BASE, body))).toEqual([403, 'forbidden']);
  await crew.owner.post(BASE, body);
  await bind(kept, { scope: 'WORKSPACE' });
  const seen = async (by: typeof member) =>
    (await by.get<{ bindings: CredentialBinding[] }>(BASE)).bindings.map(({ credential_name: name }) => name);
  expect([await seen(member), await seen(manager)]).toEqual([['shared'], ['shared', 'kept']]);
});

test('sensitivity is raised by who creates, lowered by who manages and journalled, and SEALED stays', async () => {
  const manager = await api.addMember(crew.workspaceId, 'MANAGER');
  const { id } = await store('guarded');
  const url = `/credentials/${id}/sensitivity`;
  expect(await manager.put(url, { sensitivity: 'RESTRICTED' })).toEqual({
    credential_id: id,
    sensitivity: 'RESTRICTED',
    previous: 'STANDARD',
  });
  expect(outcome(await manager.ask('PUT', url, { sensitivity: 'STANDARD' }))).toEqual([403, 'forbidden']);
  await crew.owner.put(url, { sensitivity: 'STANDARD' });
  expect(await journalled('credential.sensitivity_lowered')).toEqual([
    { severity: 'warn', payload: { from: 'RESTRICTED', to: 'STANDARD' } },
  ]);
  await manager.put(url, { sensitivity: 'SEALED' });
  expect(outcome(await crew.owner.ask('PUT', url, { sensitivity: 'STANDARD' }))).toEqual([403, 'forbidden']);
  expect(await crew.owner.get(`/credentials/${id}`)).toMatchObject({ sensitivity: 'SEALED' });
});
