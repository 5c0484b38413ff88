import type { IncomingMessage } from 'node:http';
import http from 'node:http';
import { expect, test } from 'vitest';
import { createCredentialTester } from '../../../commands/vault/credentials/credential-tester.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Credential } from '../../../domain/vault/credentials/credential.ts';
import { addCrew } from '../../support/mission-crew.ts';
import { startTestApi } from '../../support/test-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const VALUE = 'sk-tested-value-77120';

/** A provider that answers with what the last part of the key says, and keeps what it was asked. */
const provider = perFile(async () => {
  const asked: { url: string; headers: IncomingMessage['headers'] }[] = [];
  const server = http.createServer((request, response) => {
    asked.push({ url: request.url ?? '', headers: request.headers });
    const key = String(request.headers['x-api-key'] ?? request.headers.authorization ?? '');
    response.writeHead(Number(/-(\d{3})$/.exec(key)?.[1] ?? 200)).end(`said ${key}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    asked,
    port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
});
const tester = perFile(() =>
  createCredentialTester({
    urls: { anthropic: `http://127.0.0.1:${provider.port}`, openai: `http://127.0.0.1:${provider.port}/v1` },
    allowed: [],
  }),
);
const api = perFile(() => startTestApi({ credentialTester: tester }));
const crew = perTest(() => addCrew(api));

const probe = (body: object) => crew.owner.act<Record<string, unknown>>('/credentials/test', { value: VALUE, ...body });

test('a provider is asked with the key in a header, and only its status is told', async () => {
  expect(await probe({ provider: 'anthropic' })).toEqual({ supported: true, valid: true, status: 200, error: null });
  expect(provider.asked.at(-1)).toMatchObject({ url: '/v1/models?limit=1', headers: { 'x-api-key': VALUE } });
  expect(await probe({ provider: 'OPENAI' })).toMatchObject({ valid: true });
  expect(provider.asked.at(-1)).toMatchObject({ url: '/v1/models', headers: { authorization: `Bearer ${VALUE}` } });
  for (const [status, valid, error] of [
    [401, false, 'refused'],
    [403, false, 'refused'],
    [429, null, 'rate_limited'],
    [500, null, 'unreachable'],
    [302, null, 'unexpected'],
  ] as const) {
    const found = await probe({ provider: 'ANTHROPIC', value: `${VALUE}-${status}` });
    expect(found).toEqual({ supported: true, valid, status, error });
  }
  expect(await crew.rows(sql`SELECT 1 FROM credentials`)).toEqual([]);
});

test('what nobody can be asked about is not called valid, and no address is called that is not stored', async () => {
  const unsupported = { supported: false, valid: null, status: null, error: null };
  const before = provider.asked.length;
  expect(await probe({ provider: 'SOMEBODY' })).toEqual(unsupported);
  expect(await probe({ provider: 'ANTHROPIC', type: 'SSH_KEY' })).toEqual(unsupported);
  const value = `http://127.0.0.1:${provider.port}/`;
  expect(await probe({ type: 'ENDPOINT_URL', value })).toEqual(unsupported);
  // Stored, it is called as anything that tenants name: not at this machine.
  const stored = await crew.owner.post<Credential>('/credentials', { name: 'Endpoint', type: 'ENDPOINT_URL', value });
  expect(await crew.owner.act(`/credentials/${stored.id}/test`)).toMatchObject({
    supported: true,
    valid: null,
    error: 'address_refused',
  });
  expect(provider.asked).toHaveLength(before);
});

test('a stored one is tested without showing it, journalled, and keeps its state', async () => {
  const body = { name: 'Stored', type: 'API_KEY', provider: 'ANTHROPIC', value: `${VALUE}-401` };
  const { id } = await crew.owner.post<Credential>('/credentials', body);
  const found = await crew.owner.act<object>(`/credentials/${id}/test`);
  expect(found).toEqual({ supported: true, valid: false, status: 401, error: 'refused' });
  const shown = await crew.owner.get<Credential>(`/credentials/${id}`);
  expect(shown).toMatchObject({ status: 'ACTIVE', last_error: 'refused', last_checked_at: expect.any(String) });
  const entries = await crew.rows<{ payload: object }>(
    sql`SELECT payload, severity, actor_type FROM journal_entries WHERE entry_type = 'credential.tested'`,
  );
  expect(entries).toEqual([
    { severity: 'warn', actor_type: 'user', payload: { supported: true, valid: false, status: 401 } },
  ]);
  const member = await api.addMember(crew.workspaceId, 'MEMBER');
  expect(outcome(await member.ask('POST', `/credentials/${id}/test`))).toEqual([403, 'forbidden']);
  const pending = await crew.owner.post<Credential>('/credentials', { name: 'Later', pending: true });
  expect(outcome(await crew.owner.ask('POST', `/credentials/${pending.id}/test`))).toEqual([409, 'wrong_state']);
});

test('a provider’s own variable is known where it has one', async () => {
  const ask = (query: string) => crew.owner.get(`/credentials/default-env-var?${query}`);
  expect(await ask('provider=github')).toEqual({ env_var: 'GH_TOKEN', testable: true });
  expect(await ask('provider=AWS')).toEqual({ env_var: 'AWS_ACCESS_KEY_ID', testable: false });
  expect(await ask('provider=anthropic&type=CERTIFICATE')).toEqual({ env_var: '', testable: false });
});
