import http from 'node:http';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { addRun, startLedger } from '../../money/ledger/ledger-fixture.ts';
import { soon } from '../../support/soon.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { serve } from '../../support/world/serve.ts';
import { storeKey } from './egress-fixture.ts';
import { startSidecarServer, type TestSidecar } from './sidecar-fixture.ts';

const OLD = 'sk-test-before-4411';
const NEW = 'sk-test-after-4412';
const CHAT = '/llm/openai/v1/chat/completions';

/** What the provider does with a request, by the key that it came with. */
let answer: (key: string, response: http.ServerResponse) => void;
const keys: string[] = [];
let sidecar: TestSidecar;
let runToken: string;
const opened: TestSidecar[] = [];

const provider = perFile(() =>
  serve((request, response) => {
    const key = String(request.headers.authorization).replace('Bearer ', '');
    keys.push(key);
    request.resume();
    request.once('end', () => answer(key, response));
  }),
);
const ledger = perFile(() =>
  startLedger('keys-taken-away', {
    egress: { providerUrls: { anthropic: provider.url, openai: `${provider.url}/v1` } },
  }),
);
const crew = perTest(() => ledger.internal.addCrew());
beforeEach(async () => {
  keys.length = 0;
  runToken = await addRun(ledger, crew, { id: `run-${crew.crewId}`, missionId: crew.missionId });
  sidecar = await startSidecarServer(crew);
  opened.push(sidecar);
});
afterAll(() => Promise.all(opened.map(({ server }) => server.drain(0))));

const ask = (stream = false) =>
  sidecar.fetch(CHAT, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-run-token': runToken },
    body: JSON.stringify({ model: 'gpt-5', max_tokens: 100, messages: [], stream }),
  });
const DONE = {
  choices: [{ message: { content: 'hi' } }],
  usage: { prompt_tokens: 3, completion_tokens: 2 },
};
const sayDone = (response: http.ServerResponse) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(DONE));

/** An answer that has begun and has no end; resolves when the provider sees its caller leave. */
async function openStream() {
  const left = Promise.withResolvers<void>();
  answer = (_key, response) => {
    response.once('close', () => left.resolve());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"choices":[{"delta":{"content":"first"}}]}\n\n');
  };
  const response = await ask(true);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toContain('first');
  return { reader, left: left.promise };
}

test.each(['deleted', 'narrowed', 'unbound'] as const)('a call that goes on is cut when its key is %s', async (how) => {
  const shared = how === 'deleted' ? {} : { scope: 'CREW' };
  const id = await storeKey(crew, { provider: 'OPENAI', value: OLD, ...shared });
  const bind = () =>
    crew.owner.post<{ id: string }>('/credentials/bindings', {
      ...{ credential_id: id, slot: 'KEY', scope: 'CREW', crew_id: crew.crewId },
    });
  const binding = how === 'unbound' ? await bind() : null;
  if (how === 'narrowed') await crew.owner.patch(`/credentials/${id}`, { crew_ids: [crew.crewId] });
  const { reader, left } = await openStream();
  // What changes nothing for this caller leaves the call alone.
  await crew.owner.patch(`/credentials/${id}`, { description: 'still theirs', tags: ['a'] });
  await ledger.internal.deliverWakes();
  const startedMs = performance.now();
  if (how === 'deleted') await crew.owner.delete(`/credentials/${id}`);
  if (how === 'narrowed') await crew.owner.patch(`/credentials/${id}`, { crew_ids: [] });
  if (binding !== null) await crew.owner.delete(`/credentials/bindings/${binding.id}`);
  await ledger.internal.deliverWakes();
  await left;
  expect(performance.now() - startedMs).toBeLessThan(1_000);
  await expect(reader.read()).rejects.toThrow();
  expect((await ask()).status).toBe(424);
});

test('a call that goes on is cut when the lease of its key is over', async () => {
  const id = await storeKey(crew, { provider: 'OPENAI', value: OLD, scope: 'CREW' });
  await crew.owner.post(`/agents/${crew.lead.id}/credentials`, { credential_id: id, env_var_name: 'KEY' });
  await ledger.rows(`UPDATE credential_grants SET expires_at = now() + interval '1 second' WHERE credential_id = $1`, [
    id,
  ]);
  const { reader, left } = await openStream();
  await left;
  await expect(reader.read()).rejects.toThrow();
  expect((await ask()).status).toBe(424);
});

test('while a grace lasts the value before is tried when the provider refuses the new one, once', async () => {
  const id = await storeKey(crew, { provider: 'OPENAI', value: OLD });
  await crew.owner.act(`/credentials/${id}/rotate`, { value: NEW, grace_seconds: 600 });
  answer = (key, response) => (key === OLD ? sayDone(response) : response.writeHead(401).end('{}'));
  const served = await ask();
  expect([served.status, await served.json()]).toEqual([200, DONE]);
  expect(keys).toEqual([NEW, OLD]);
  const status = async () =>
    (await ledger.rows<{ status: string }>('SELECT status FROM credentials WHERE id = $1', [id]))[0]!.status;
  expect(await status()).toBe('ACTIVE');
  // The grace is over: the refusal counts.
  await ledger.rows(`UPDATE credential_rotations SET expires_at = now() WHERE credential_id = $1`, [id]);
  keys.length = 0;
  expect((await ask()).status).toBe(401);
  expect(keys).toEqual([NEW]);
  // What is found of a key while something of it is being written is written by the next call.
  await soon(async () => {
    await (await ask()).text();
    expect(await status()).toBe('ERROR');
  });
});

test('of an agent’s own keys the one with the higher priority is used', async () => {
  const grant = async (value: string, priority: number) => {
    const credential_id = await storeKey(crew, { provider: 'OPENAI', value, scope: 'CREW' });
    const env_var_name = `KEY_${priority}`;
    await crew.owner.post(`/agents/${crew.lead.id}/credentials`, { credential_id, env_var_name, priority });
  };
  await grant(OLD, 1);
  await grant(NEW, 5);
  answer = (_key, response) => sayDone(response);
  await (await ask()).text();
  expect(keys).toEqual([NEW]);
});
