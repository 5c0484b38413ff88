import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { addRun, setBudget, startLedger } from '../../money/ledger/ledger-fixture.ts';
import { startLlmUpstream } from '../../support/llm-upstream/llm-upstream.ts';
import { soon } from '../../support/soon.ts';
import { eventually } from '../../support/test-crew.ts';
import { egressEntries, storeKey } from './egress-fixture.ts';
import { startSidecarServer, type TestSidecar } from './sidecar-fixture.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { serve } from '../../support/world/serve.ts';

const SECRET = 'sk-test-of-the-proxy-7731';
/** A second provider, whose answers a test says itself. */
let answer: http.RequestListener;
let runToken: string;
let sidecar: TestSidecar;
const opened: TestSidecar[] = [];

const upstream = perFile(() => startLlmUpstream({ turns: [{ text: 'Hello' }] }));
const provider = perFile(() => serve((request, response) => answer(request, response)));
const ledger = perFile(() => {
  const providerUrls = { anthropic: upstream.anthropicUrl, openai: `${provider.url}/v1` };
  return startLedger('llm-proxy', { egress: { providerUrls } });
});
const crew = perTest(() => ledger.internal.addCrew());
beforeEach(async () => {
  upstream.play({ turns: [{ text: 'Hello' }] });
  runToken = await addRun(ledger, crew, { id: `run-${crew.crewId}`, missionId: crew.missionId });
  await storeKey(crew, { provider: 'ANTHROPIC', value: SECRET });
  await storeKey(crew, { provider: 'openai', value: SECRET });
  sidecar = await startSidecarServer(crew);
  opened.push(sidecar);
});
afterAll(() => Promise.all(opened.map(({ server }) => server.drain(0))));

const ask = (url: string, body: object, options: { signal?: AbortSignal; headers?: Record<string, string> } = {}) =>
  sidecar.fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-run-token': runToken, ...options.headers },
    body: JSON.stringify(body),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
const MESSAGES = '/llm/anthropic/v1/messages?beta=true';
const CHAT = '/llm/openai/v1/chat/completions';
const message = (rest: object = {}) => ({
  model: 'claude-opus-4-7',
  max_tokens: 100,
  messages: [],
  tools: [{}],
  ...rest,
});
const chat = (rest: object = {}) => ({ model: 'gpt-5', max_tokens: 100, messages: [], ...rest });

interface LedgerRow {
  readonly provider: string;
  readonly model: string;
  readonly tokens: readonly number[];
  readonly cost_confidence: string;
  readonly run_id: string | null;
  readonly mission_id: string | null;
  readonly billing_mode: string;
  readonly quota_window: string | null;
}

/** The crew's rows, once none of its calls is under way. */
async function rows(): Promise<LedgerRow[]> {
  await soon(async () => {
    expect(await ledger.rows(`SELECT 1 FROM calls_under_way WHERE crew_id = $1`, [crew.crewId])).toEqual([]);
  });
  return ledger.rows<LedgerRow>(
    `SELECT provider, model, cost_confidence, run_id, mission_id, billing_mode, quota_window,
       jsonb_build_array(input_tokens, output_tokens, cached_input_tokens, cache_creation_tokens) AS tokens
     FROM cost_ledger WHERE crew_id = $1 ORDER BY ts, id`,
    [crew.crewId],
  );
}

const credential = async (name: string) =>
  (
    await ledger.rows<{ status: string; last_error: string | null; used: boolean }>(
      `SELECT status, last_error, last_used_at IS NOT NULL AS used FROM credentials
        WHERE workspace_id = $1 AND upper(provider) = $2`,
      [crew.workspaceId, name],
    )
  )[0]!;

test('a streamed call goes out with the key, comes back as it was, and is in the ledger as its run’s', async () => {
  const usage = { inputTokens: 12, outputTokens: 34, cachedInputTokens: 56, cacheCreationTokens: 78 };
  upstream.play({ turns: [{ text: 'Grüße '.repeat(40), usage }] });
  const response = await ask(MESSAGES, message({ stream: true }), {
    headers: { 'x-api-key': 'placeholder', authorization: 'Bearer placeholder', 'anthropic-beta': 'a-1' },
  });
  const text = await response.text();
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  expect(text).toMatch(
    /^event: message_start[\s\S]*Grüße[\s\S]*event: message_stop\ndata: {"type":"message_stop"}\n\n$/,
  );
  const seen = upstream.requests.at(-1)!;
  expect(seen.headers).toMatchObject({ 'x-api-key': SECRET, 'anthropic-beta': 'a-1', 'accept-encoding': 'identity' });
  for (const name of ['authorization', 'x-run-token', 'x-internal-token'])
    expect(seen.headers).not.toHaveProperty(name);
  expect(await rows()).toEqual([
    {
      ...{ provider: 'anthropic', model: 'claude-opus-4-7', tokens: [12, 34, 56, 78], cost_confidence: 'precise' },
      ...{ run_id: `run-${crew.crewId}`, mission_id: crew.missionId, billing_mode: 'metered', quota_window: null },
    },
  ]);
  await eventually(
    () => credential('ANTHROPIC'),
    ({ used }) => used,
  );
});

test('calls that are not streamed are counted too, and the provider’s limits are noted', async () => {
  await (await ask(MESSAGES, message())).json();
  answer = (request, response) => {
    expect(request.headers.authorization).toBe(`Bearer ${SECRET}`);
    expect(request.url).toBe('/v1/chat/completions');
    response.writeHead(200, {
      ...{ 'content-type': 'application/json', 'set-cookie': 'x=y' },
      ...{ 'x-ratelimit-limit-tokens': '100', 'x-ratelimit-remaining-tokens': '10' },
    });
    response.end(JSON.stringify({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 5 } }, undefined, 2));
  };
  const response = await ask(CHAT, chat());
  expect(response.headers.get('set-cookie')).toBeNull();
  expect(await response.json()).toMatchObject({ usage: { prompt_tokens: 9 } });
  expect(await rows()).toMatchObject([
    { provider: 'anthropic', tokens: [120, 24, 0, 0], cost_confidence: 'precise' },
    { provider: 'openai', model: 'gpt-5', tokens: [9, 5, 0, 0], quota_window: 'tokens' },
  ]);
});

test('an answer that comes packed although nobody asked for that goes on as it is, and is counted by the host', async () => {
  const said = { choices: [], usage: { prompt_tokens: 9, completion_tokens: 5 } };
  answer = (request, response) => {
    expect(request.headers['accept-encoding']).toBe('identity');
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(gzipSync(JSON.stringify(said)));
  };
  expect(await (await ask(CHAT, chat())).json()).toEqual(said);
  expect(await rows()).toMatchObject([{ provider: 'openai', tokens: [9, 5, 0, 0], cost_confidence: 'precise' }]);
  const entries = await ledger.rows<{ source: string; calls: number }>(
    `SELECT tags->>'source' AS source, (SELECT count(*)::int FROM journal_entries j
       WHERE j.crew_id = l.crew_id AND j.entry_type = 'llm.call') AS calls
     FROM cost_ledger l WHERE crew_id = $1`,
    [crew.crewId],
  );
  expect(entries).toEqual([{ source: 'host', calls: 1 }]);
});

test('a call is held for and under way before the provider sees it, at the most that it can cost', async () => {
  await setBudget(crew, { scope_kind: 'crew', scope_id: crew.crewId, window: 'day', limit_usd: '5', mode: 'hard' });
  const seen = Promise.withResolvers<unknown>();
  answer = (_request, response) => {
    const found = ledger.rows(
      `SELECT u.model, u.run_id, u.output_tokens::int, h.amount_micros = u.amount_micros AS held
       FROM calls_under_way u JOIN budget_holds h ON h.reservation_id = u.reservation_id WHERE u.crew_id = $1`,
      [crew.crewId],
    );
    void found.then(seen.resolve, seen.reject);
    void found.finally(() => response.end('{"usage":{"prompt_tokens":1,"completion_tokens":1}}'));
  };
  expect((await ask(CHAT, chat())).status).toBe(200);
  expect(await seen.promise).toEqual([
    { model: 'gpt-5', run_id: `run-${crew.crewId}`, output_tokens: 100, held: true },
  ]);
  expect(await rows()).toHaveLength(1);
  expect(await holds()).toBe('0');
});

test('what belongs to no run is the crew’s, and a token of another crew’s run is refused', async () => {
  await (await ask(MESSAGES, message(), { headers: { 'x-run-token': '' } })).text();
  expect(await rows()).toMatchObject([{ run_id: null }]);
  const refused = await ask(MESSAGES, message(), { headers: { 'x-run-token': 'runv1.a.b.c.d.e' } });
  expect([refused.status, await refused.json()]).toMatchObject([
    403,
    { type: 'error', error: { type: 'permission_error' } },
  ]);
});

test('a call of no run is refused where a budget counts runs only, so that nobody passes by it', async () => {
  await setBudget(crew, {
    ...{ scope_kind: 'agent', scope_id: crew.lead.id, window: 'day', limit_usd: '100', mode: 'hard' },
  });
  const before = upstream.requests.length;
  const refused = await ask(MESSAGES, message(), { headers: { 'x-run-token': '' } });
  expect([refused.status, await refused.json()]).toMatchObject([403, { error: { type: 'permission_error' } }]);
  expect(upstream.requests).toHaveLength(before);
  expect((await ask(MESSAGES, message())).status).toBe(200);
});

test('without a working key the agent is told what is missing, in the provider’s own shape', async () => {
  await ledger.rows(`UPDATE credentials SET status = 'REVOKED' WHERE workspace_id = $1`, [crew.workspaceId]);
  const messages = await ask(MESSAGES, message());
  expect([messages.status, messages.headers.get('content-type')]).toEqual([424, 'application/json']);
  expect(await messages.json()).toMatchObject({
    type: 'error',
    error: { message: expect.stringContaining('credential') },
  });
  const completions = await ask(CHAT, chat());
  expect([completions.status, await completions.json()]).toMatchObject([
    424,
    { error: { code: 'credential_missing' } },
  ]);
  expect(await rows()).toEqual([]);
});

test('a key of one agent is used for that agent only', async () => {
  const id = await storeKey(crew, { provider: 'ANTHROPIC', value: 'sk-of-the-lead', scope: 'CREW' });
  const url = `/api/v1/agents/${crew.lead.id}/credentials`;
  const payload = { credential_id: id, env_var_name: 'KEY' };
  await ledger.internal.api.call(crew.owner.token, { method: 'POST', url, payload });
  await (await ask(MESSAGES, message())).text();
  expect(upstream.requests.at(-1)!.headers['x-api-key']).toBe('sk-of-the-lead');
  await (await ask(MESSAGES, message(), { headers: { 'x-run-token': '' } })).text();
  expect(upstream.requests.at(-1)!.headers['x-api-key']).toBe(SECRET);
});

test('a subscription’s token goes as a bearer and its calls cost no money', async () => {
  await ledger.rows(`DELETE FROM credentials WHERE workspace_id = $1`, [crew.workspaceId]);
  const token = { provider: 'ANTHROPIC', type: 'AI_CLI_TOKEN', value: 'sk-ant-oat01-secret', account_label: 'Max 20x' };
  await storeKey(crew, token);
  await (await ask(MESSAGES, message(), { headers: { 'anthropic-beta': 'a-1' } })).text();
  const { headers } = upstream.requests.at(-1)!;
  expect(headers).toMatchObject({
    authorization: 'Bearer sk-ant-oat01-secret',
    'anthropic-beta': 'a-1,oauth-2025-04-20',
  });
  expect(headers).not.toHaveProperty('x-api-key');
  expect(await rows()).toMatchObject([
    { billing_mode: 'flat_rate', tokens: [120, 24, 0, 0], cost_confidence: 'unknown' },
  ]);
});

test('a key that the provider refuses is marked, and nothing of it is in the answer', async () => {
  answer = (_request, response) => response.writeHead(401).end(`{"error":{"message":"Incorrect API key: ${SECRET}"}}`);
  const refused = await ask(CHAT, chat());
  const text = await refused.text();
  expect([refused.status, text]).toEqual([401, expect.stringContaining('refused the credential')]);
  expect(text).not.toContain(SECRET);
  await eventually(
    () => credential('OPENAI'),
    ({ status }) => status === 'ERROR',
  );
  expect((await credential('OPENAI')).last_error).toContain('401');
  expect((await ask(CHAT, chat())).status).toBe(424);
  expect(await rows()).toEqual([]);
});

test('a rate limit goes on to the agent, marks the key, and is over with the next success', async () => {
  answer = (_request, response) => {
    response
      .writeHead(429, { 'content-type': 'application/json', 'retry-after': '7' })
      .end('{"error":{"message":"slow"}}');
  };
  const limited = await ask(CHAT, chat());
  expect([limited.status, limited.headers.get('retry-after'), await limited.text()]).toEqual([
    ...[429, '7', '{"error":{"message":"slow"}}'],
  ]);
  await eventually(
    () => credential('OPENAI'),
    ({ status }) => status === 'RATE_LIMITED',
  );
  expect(await rows()).toMatchObject([{ tokens: [0, 0, 0, 0] }]);
  const [entry] = await ledger.rows<{ payload: object }>(
    `SELECT payload FROM journal_entries WHERE crew_id = $1 AND entry_type = 'budget.exceeded'`,
    [crew.crewId],
  );
  expect(entry!.payload).toMatchObject({ reason: 'quota_exhausted', http_status: 429 });
  answer = (_request, response) => response.end('{"usage":{"prompt_tokens":1,"completion_tokens":1}}');
  await ledger.rows(`UPDATE credentials SET last_checked_at = now() - interval '2 minutes' WHERE workspace_id = $1`, [
    crew.workspaceId,
  ]);
  expect((await ask(CHAT, chat())).status).toBe(200);
  await eventually(
    () => credential('OPENAI'),
    ({ status }) => status === 'ACTIVE',
  );
});

const holds = async () =>
  (await ledger.rows<{ count: string }>(`SELECT count(*) FROM budget_holds WHERE crew_id = $1`, [crew.crewId]))[0]!
    .count;

test('a hard budget without room refuses before the provider is asked, and what was held is given back', async () => {
  await setBudget(crew, {
    scope_kind: 'crew',
    scope_id: crew.crewId,
    window: 'day',
    limit_usd: '0.01',
    mode: 'hard',
  });
  const before = upstream.requests.length;
  const refused = await ask(MESSAGES, message({ max_tokens: 32_000 }));
  expect([refused.status, refused.headers.get('content-type')]).toEqual([402, 'application/json']);
  expect(await refused.json()).toMatchObject({
    type: 'error',
    error: { type: 'billing_error', code: 'budget_exceeded', message: expect.stringContaining('budget') },
  });
  const completions = await ask(CHAT, chat({ max_tokens: 32_000 }));
  expect([completions.status, await completions.json()]).toMatchObject([
    402,
    { error: { type: 'insufficient_quota' } },
  ]);
  expect(upstream.requests).toHaveLength(before);
  expect((await ask(MESSAGES, message())).status).toBe(200);
  answer = (_request, response) => response.writeHead(500).end('{}');
  expect((await ask(CHAT, chat())).status).toBe(500);
  expect(await rows()).toHaveLength(1);
  expect(await holds()).toBe('0');
});

function streamOf(response: http.ServerResponse): (text: string) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  return (text) => void response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: text } }] })}\n\n`);
}

test('an agent that leaves ends the call at the provider, and what it used is estimated', async () => {
  const ended = Promise.withResolvers<void>();
  answer = (request, response) => {
    request.resume();
    response.once('close', ended.resolve);
    streamOf(response)('word '.repeat(100));
  };
  const leave = new AbortController();
  const response = await ask(CHAT, chat({ messages: [{ role: 'user', content: 'x '.repeat(400) }] }), {
    signal: leave.signal,
  });
  const reader = response.body!.getReader();
  await reader.read();
  leave.abort();
  await ended.promise;
  const [row] = await rows();
  expect(row).toMatchObject({ cost_confidence: 'estimate', model: 'gpt-5' });
  expect(row!.tokens[0]).toBeGreaterThan(100);
  expect(row!.tokens[1]).toBeGreaterThan(50);
});

test('an answer that breaks off is cut for the agent too and estimated', async () => {
  answer = (_request, response) => {
    streamOf(response)('word '.repeat(100));
    setTimeout(() => response.destroy(), 50);
  };
  const response = await ask(CHAT, chat({ stream: true }));
  await expect(response.text()).rejects.toThrow(/terminated|aborted/);
  // The second one is reached and says nothing at all.
  answer = (_request, response) => void response.destroy();
  const silent = await ask(CHAT, chat());
  expect([silent.status, await silent.json()]).toMatchObject([502, { error: { code: 'egress_failed' } }]);
  const found = await rows();
  expect(found).toMatchObject([{ cost_confidence: 'estimate' }, { cost_confidence: 'estimate' }]);
  expect([found[0]!.tokens[1]! > 50, found[1]!.tokens[1]]).toEqual([true, 0]);
});

test('pieces of a stream reach the agent as they come', async () => {
  const goOn = Promise.withResolvers<void>();
  answer = (_request, response) => {
    const send = streamOf(response);
    send('first');
    void goOn.promise.then(() => {
      send('second');
      response.end(`data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\ndata: [DONE]\n\n`);
    });
  };
  const response = await ask(CHAT, chat({ stream: true }));
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toContain('first');
  goOn.resolve();
  let rest = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) rest += part.value;
  expect(rest).toContain('second');
  expect(await rows()).toMatchObject([{ tokens: [3, 2, 0, 0], cost_confidence: 'precise' }]);
});

test('an API that is away is waited for within the patience, then the agent is told in its provider’s words', async () => {
  const away = await startSidecarServer(crew, path.join(path.dirname(crew.socketPath), 'away.sock'));
  opened.push(away);
  const since = performance.now();
  const body = JSON.stringify(message());
  const response = await away.fetch(MESSAGES, { method: 'POST', body });
  expect(performance.now() - since).toBeGreaterThan(2_000);
  expect([response.status, await response.json()]).toMatchObject([
    503,
    { type: 'error', error: { type: 'api_error' } },
  ]);
  const proxied = http.request({
    port: away.port,
    host: '127.0.0.1',
    method: 'CONNECT',
    path: 'a.test:443',
    agent: false,
  });
  proxied.end();
  const [tunnel, socket] = (await once(proxied, 'connect')) as [http.IncomingMessage, { destroy(): void }];
  expect(tunnel.statusCode).toBe(503);
  socket.destroy();
});

test('what is no call of a model, or too large, is refused in words', async () => {
  const batches = await ask('/llm/anthropic/v1/messages/batches', {});
  expect([batches.status, await batches.json()]).toMatchObject([403, { code: 'egress_denied' }]);
  const nameless = await ask(MESSAGES, { max_tokens: 1 });
  expect([nameless.status, await nameless.json()]).toMatchObject([400, { error: { type: 'invalid_request_error' } }]);
  const request = http.request({
    ...{ port: sidecar.port, host: '127.0.0.1', method: 'POST', path: MESSAGES, agent: false },
    headers: { 'content-length': '40000000' },
  });
  request.once('error', () => {});
  request.write('{');
  const [tooLarge] = (await once(request, 'response')) as [http.IncomingMessage];
  expect(tooLarge.statusCode).toBe(413);
  request.destroy();
  const models = await sidecar.fetch('/llm/openai/v1/files');
  expect(models.status).toBe(403);
  expect(await rows()).toEqual([]);
});

test('calls of models are in the journal of what left, by host', async () => {
  await (await ask(MESSAGES, message())).text();
  const entries = await eventually(
    () => egressEntries(ledger, crew),
    (found) => found.length > 0,
  );
  expect(entries[0]).toMatchObject({
    host: '127.0.0.1',
    port: upstream.port,
    decision: 'allowed',
    rule: 'llm anthropic',
  });
});
