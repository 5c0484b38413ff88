import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createLedgerWriter } from '../../../commands/group-commit/ledger-writer.ts';
import { saveDocument } from '../../../commands/kernel/config-documents/save-document.ts';
import { setSetting } from '../../../commands/kernel/settings/setting-commands.ts';
import { createLlmClient, type LlmCaller, type LlmClient } from '../../../commands/money/llm/llm-client.ts';
import { INSTANCE } from '../../../db/instance/config-documents/config-documents-store.ts';
import { spendByCrew } from '../../../db/money/ledger/spend-queries.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { DOCUMENT_KINDS } from '../../../domain/instance/config-documents/document-kinds.ts';
import { createDocumentRegistry } from '../../../domain/instance/config-documents/document-registry.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { openRateCard } from '../../../platform/rate-card/rate-card-file.ts';
import { soon } from '../../support/soon.ts';
import { type LlmUpstream, startLlmUpstream } from '../../support/llm-upstream/llm-upstream.ts';
import type { Turn } from '../../support/llm-upstream/script.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { perFile } from '../../support/world/per-file.ts';
import { useDatabase } from '../../support/world/use-database.ts';

const { db, owner } = useDatabase();
const log = { info() {}, warn() {} };
const registry = createDocumentRegistry(z, DOCUMENT_KINDS);
const actor = systemActor();
const upstream: LlmUpstream = perFile(() => startLlmUpstream({ turns: [] }));
let client: LlmClient;
const closing: (() => unknown)[] = [];

function clientOf(overrides: Partial<Parameters<typeof createLlmClient>[0]> = {}): LlmClient {
  const ledger = createLedgerWriter({ db, log });
  const made = createLlmClient({
    db,
    keyRing: TEST_KEY_RING,
    ledger,
    rateCard: openRateCard({ log }),
    urls: { anthropic: upstream.anthropicUrl, openai: upstream.openaiUrl },
    allowed: [],
    firstPauseMs: 5,
    ...overrides,
  });
  closing.push(async () => {
    await made.close();
    await ledger.close();
  });
  return made;
}

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const CLAUDE = { provider: 'anthropic', model: 'claude-sonnet-5' };
const GPT = { provider: 'openai', model: 'gpt-5-mini' };
const INSTANCE_CONFIG = {
  default: CLAUDE,
  routes: [{ match: { purpose: 'judge' }, ...GPT, fallbacks: [CLAUDE], temperature: 0, max_tokens: 100 }],
  embeddings: { ...GPT, model: 'text-embedding-3-small', dimensions: 16 },
};

beforeAll(async () => {
  for (const [key, value] of [
    ['llm.anthropic.api_key', 'sk-ant-instance'],
    ['llm.openai.api_key', 'sk-openai-instance'],
  ] as const) {
    await db.systemTransaction({}, (tx) => setSetting(tx, TEST_KEY_RING, { workspaceId: null, key, value, actor }));
  }
  const change = { workspaceId: INSTANCE, kind: 'llm', key: '', body: INSTANCE_CONFIG, version: 0, actor };
  await db.systemTransaction({}, (tx) => saveDocument(tx, registry, change));
});

const configure = (workspaceId: string, body: object) =>
  db.transaction({ workspaceIds: [workspaceId] }, (tx) =>
    saveDocument(tx, registry, { workspaceId, kind: 'llm', key: '', body, version: 0, actor }),
  );

async function addWorkspace(): Promise<string> {
  const id = newId();
  await owner.query('INSERT INTO workspaces (id, name, slug) VALUES ($1, $1, $1)', [id]);
  return id;
}

async function addKey(workspaceId: string, value: string, fields: { status?: string; type?: string } = {}) {
  const id = newId();
  const sealed = TEST_KEY_RING.seal(value, { workspaceId, ownerId: id, field: 'value' });
  await owner.query(
    `INSERT INTO credentials (id, workspace_id, name, type, provider, scope, status, sealed_value,
       created_by_actor_type)
     VALUES ($1, $2, $1, $3, 'OPENAI', 'WORKSPACE', $4, $5, 'system')`,
    [id, workspaceId, fields.type ?? 'API_KEY', fields.status ?? 'ACTIVE', sealed],
  );
  return id;
}

/** What the next requests get, one each; the requests that came since. */
function play(...sequence: readonly Turn[]): () => LlmUpstream['requests'] {
  upstream.play({ turns: [], sequence });
  const before = upstream.requests.length;
  return () => upstream.requests.slice(before);
}

const callerOf = (workspaceId: string, more: Partial<LlmCaller> = {}): LlmCaller => ({
  workspaceId,
  purpose: 'summary',
  requestId: 'req_1',
  deadlineMs: 10_000,
  ...more,
});
const ask = { system: 'Be brief.', messages: [{ role: 'user' as const, content: 'What is a crew?' }] };

interface LedgerRow {
  readonly provider: string;
  readonly model: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_confidence: string;
  readonly [column: string]: unknown;
}

const ledgerOf = async (workspaceId: string) =>
  (
    await owner.query<LedgerRow>(
      `SELECT id, provider, model, input_tokens::int, output_tokens::int, cached_input_tokens::int AS cached,
         cost_micros::int, cost_confidence, crew_id, purpose, user_id, project_id, job_id, tags
       FROM cost_ledger WHERE workspace_id = $1 ORDER BY ts, id`,
      [workspaceId],
    )
  ).rows;
const entriesOf = async (workspaceId: string, type: string) =>
  (
    await owner.query<{ payload: Record<string, unknown>; crew_id: string | null }>(
      'SELECT payload, crew_id FROM journal_entries WHERE workspace_id = $1 AND entry_type = $2',
      [workspaceId, type],
    )
  ).rows;
const holdsOf = async (workspaceId: string) =>
  (await owner.query('SELECT 1 FROM budget_holds WHERE workspace_id = $1', [workspaceId])).rowCount;

test('a completion by the instance’s model and key is one row of the ledger and one llm.call', async () => {
  client = clientOf();
  const workspaceId = await addWorkspace();
  const asked = play({
    text: 'A team of agents.',
    usage: { inputTokens: 1_000, outputTokens: 200, cachedInputTokens: 50 },
  });
  const caller = callerOf(workspaceId, { userId: 'u_1', projectId: 'p_1', jobId: 'job_1' });
  const answer = await client.complete(caller, ask);
  expect(answer).toMatchObject({ text: 'A team of agents.', finishReason: 'stop', ...CLAUDE, configVersion: 1 });
  expect(asked()).toHaveLength(1);
  const [request] = asked();
  expect(request).toMatchObject({ path: '/anthropic/v1/messages', headers: { 'x-api-key': 'sk-ant-instance' } });
  expect(request!.body).toMatchObject({ model: 'claude-sonnet-5', max_tokens: 4_096 });
  expect(JSON.stringify(request!.body)).toContain('Be brief.');

  const rows = await ledgerOf(workspaceId);
  expect(rows).toEqual([
    {
      id: answer.ledgerIds[0],
      provider: 'anthropic',
      model: 'claude-sonnet-5',
      input_tokens: 1_000,
      output_tokens: 200,
      cached: 50,
      // 1,000 × $3 + 200 × $15 + 50 × $0.3, a million.
      cost_micros: 6_015,
      cost_confidence: 'precise',
      crew_id: '',
      purpose: 'summary',
      user_id: 'u_1',
      project_id: 'p_1',
      job_id: 'job_1',
      tags: { source: 'control_plane' },
    },
  ]);
  const calls = await entriesOf(workspaceId, 'llm.call');
  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatchObject({
    crew_id: null,
    payload: { ledger_id: answer.ledgerIds[0], purpose: 'summary', user_id: 'u_1', project_id: 'p_1', job_id: 'job_1' },
  });
  expect(JSON.stringify(calls)).not.toContain('crew?');
  const { rows: hours } = await owner.query('SELECT scope_kind FROM cost_hours WHERE workspace_id = $1 ORDER BY 1', [
    workspaceId,
  ]);
  expect(hours).toEqual(['project', 'user', 'workspace'].map((scope_kind) => ({ scope_kind })));
  const { rows: before } = await owner.query<{ since: string }>(`SELECT (now() - interval '1 day')::text AS since`);
  expect(await spendByCrew(db.reads, workspaceId, { since: before[0]!.since, until: null })).toEqual([]);
});

test('a workspace’s own configuration and key count before the instance’s', async () => {
  client = clientOf();
  const workspaceId = await addWorkspace();
  const credentialId = await addKey(workspaceId, 'sk-own');
  await configure(workspaceId, { default: { ...GPT, credential_id: credentialId } });
  const asked = play({ text: 'Well.' });
  expect(await client.complete(callerOf(workspaceId), ask)).toMatchObject({ text: 'Well.', ...GPT });
  expect(asked()[0]).toMatchObject({
    path: '/openai/v1/chat/completions',
    headers: { authorization: 'Bearer sk-own' },
  });
  // Somebody else's, one that expired, and one that is no API key do not open anything.
  for (const id of [
    await addKey(await addWorkspace(), 'sk-foreign'),
    await addKey(workspaceId, 'sk-old', { status: 'EXPIRED' }),
    await addKey(workspaceId, 'secret', { type: 'SECRET' }),
  ]) {
    const other = await addWorkspace();
    await configure(other, { default: { ...GPT, credential_id: id } });
    await expect(client.complete(callerOf(other), ask)).rejects.toMatchObject({ code: 'credential_missing' });
    expect(await ledgerOf(other)).toEqual([]);
  }
  expect(asked()).toHaveLength(1);
});

test('an object of a schema is asked for in either protocol, and again when it is not one', async () => {
  client = clientOf();
  const verdict = z.object({ verdict: z.enum(['pass', 'fail']), score: z.number() });
  const json = JSON.stringify({ verdict: 'pass', score: 0.9 });
  const workspaceId = await addWorkspace();
  const asked = play({ text: json });
  const judged = await client.completeObject(callerOf(workspaceId, { purpose: 'judge' }), ask, verdict);
  expect(judged).toMatchObject({ value: { verdict: 'pass', score: 0.9 }, ...GPT });
  expect(asked()[0]!.body).toMatchObject({
    temperature: 0,
    max_tokens: 100,
    response_format: { type: 'json_schema', json_schema: { schema: { type: 'object' } } },
  });
  const again = play({ text: '{"verdict":"maybe"}' }, { text: json });
  const second = await client.completeObject(callerOf(workspaceId), ask, verdict);
  expect(second).toMatchObject({ value: { verdict: 'pass' }, ...CLAUDE });
  expect(second.ledgerIds).toHaveLength(2);
  expect(again()).toHaveLength(2);
  play({ text: 'no JSON at all' });
  await expect(client.completeObject(callerOf(workspaceId), ask, verdict)).rejects.toMatchObject({
    code: 'llm_failed',
    extensions: { reason: 'unusable' },
  });
  // Every answer cost, also those that were of no use.
  expect(await ledgerOf(workspaceId)).toHaveLength(5);
  expect(await entriesOf(workspaceId, 'llm.call')).toHaveLength(5);
});

test('texts become vectors, in their order and as often as the same', async () => {
  client = clientOf();
  const workspaceId = await addWorkspace();
  const asked = play({ text: '' });
  const { vectors, model } = await client.embed(callerOf(workspaceId, { purpose: 'embed' }), ['one', 'two', 'one']);
  expect(model).toBe('text-embedding-3-small');
  expect(vectors.map((vector) => vector.length)).toEqual([16, 16, 16]);
  expect(vectors[0]).toEqual(vectors[2]);
  expect(vectors[0]).not.toEqual(vectors[1]);
  expect(asked()[0]).toMatchObject({
    path: '/openai/v1/embeddings',
    headers: { authorization: 'Bearer sk-openai-instance' },
  });
  expect(await ledgerOf(workspaceId)).toMatchObject([{ purpose: 'embed', input_tokens: 3, output_tokens: 0 }]);
  const none = await addWorkspace();
  await configure(none, { default: CLAUDE });
  await expect(client.embed(callerOf(none), ['x'])).rejects.toMatchObject({ code: 'llm_not_configured' });
});

test('a busy or broken provider is asked once more, then the fallback, and no more than that', async () => {
  client = clientOf();
  const workspaceId = await addWorkspace();
  const error = (status: number, retryAfterSeconds?: number): Turn => ({
    error: {
      status,
      type: 'api_error',
      message: 'sk-leaked',
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
  });
  let asked = play(error(429, 0), { text: 'second try' });
  expect(await client.complete(callerOf(workspaceId), ask)).toMatchObject({ text: 'second try', ...CLAUDE });
  expect(asked()).toHaveLength(2);
  asked = play(error(500), error(500), { text: 'by the fallback' });
  const judge = callerOf(workspaceId, { purpose: 'judge' });
  expect(await client.complete(judge, ask)).toMatchObject({ text: 'by the fallback', ...CLAUDE });
  expect(asked().map(({ path }) => path.split('/')[1])).toEqual(['openai', 'openai', 'anthropic']);
  // A refusal is not repeated; the fallback may still answer.
  asked = play(error(401), { text: 'also' });
  expect(await client.complete(judge, ask)).toMatchObject({ text: 'also' });
  expect(asked()).toHaveLength(2);
  asked = play(error(500));
  const failure = await client.complete(judge, ask).catch((thrown: unknown) => thrown);
  expect(failure).toMatchObject({ code: 'llm_failed', extensions: { reason: 'unreachable', upstream_status: 500 } });
  expect(`${String(failure)} ${JSON.stringify(failure)}`).not.toContain('sk-leaked');
  expect(asked()).toHaveLength(4);
  // What nobody answered cost nothing.
  expect(await ledgerOf(workspaceId)).toHaveLength(3);
});

test('garbage and half an answer cost, count as a guess and are asked for again', async () => {
  client = clientOf();
  const workspaceId = await addWorkspace();
  const half = JSON.stringify({ id: 'x', type: 'message', content: [{ type: 'text', text: 'y'.repeat(4_000) }] });
  const asked = play({ garbage: '<html>busy</html>' }, { text: 'well' });
  expect(await client.complete(callerOf(workspaceId), ask)).toMatchObject({ text: 'well' });
  expect(asked()).toHaveLength(2);
  play({ halfOf: half }, { text: 'well' });
  expect(await client.complete(callerOf(workspaceId), ask)).toMatchObject({ text: 'well' });
  const rows = await ledgerOf(workspaceId);
  expect(rows.map(({ cost_confidence }) => cost_confidence)).toEqual(['estimate', 'precise', 'estimate', 'precise']);
  expect(rows[2]!.input_tokens).toBeGreaterThan(0);
  expect(rows[2]!.output_tokens).toBeGreaterThan(300);
});

test('a slow provider ends at the deadline, and a caller that leaves is followed', async () => {
  client = clientOf();
  const workspaceId = await addWorkspace();
  play({ silent: true });
  const since = performance.now();
  await expect(client.complete(callerOf(workspaceId, { deadlineMs: 300 }), ask)).rejects.toMatchObject({
    code: 'llm_failed',
    extensions: { reason: 'timeout' },
  });
  expect(performance.now() - since).toBeLessThan(5_000);
  const leaving = new AbortController();
  setTimeout(() => leaving.abort(new Error('the caller left')), 100);
  await expect(client.complete(callerOf(workspaceId, { signal: leaving.signal }), ask)).rejects.toThrow('caller left');
  // The provider may have worked for nothing.
  await soon(async () =>
    expect(await ledgerOf(workspaceId)).toMatchObject([
      { cost_confidence: 'estimate' },
      { cost_confidence: 'estimate' },
    ]),
  );
});

test('a budget without room refuses before anything is sent, and one with room is settled', async () => {
  client = clientOf();
  const workspaceId = await addWorkspace();
  const limit = (micros: number) =>
    owner.query(
      `INSERT INTO budgets (id, workspace_id, scope_kind, scope_id, budget_window, limit_micros, mode)
       VALUES ($1, $1, 'workspace', $1, 'day', $2, 'hard')
       ON CONFLICT (id) DO UPDATE SET limit_micros = excluded.limit_micros`,
      [workspaceId, micros],
    );
  await limit(1_000);
  const asked = play({ text: 'well' }, { error: { status: 400, type: 'x', message: 'x' } });
  const refused = client.complete(callerOf(workspaceId), ask);
  await expect(refused).rejects.toMatchObject({ code: 'budget_exceeded', extensions: { scope_kind: 'workspace' } });
  expect(asked()).toEqual([]);
  await limit(1_000_000);
  await client.complete(callerOf(workspaceId), ask);
  expect(await holdsOf(workspaceId)).toBe(0);
  await expect(client.complete(callerOf(workspaceId), ask)).rejects.toMatchObject({
    extensions: { reason: 'refused' },
  });
  expect(await holdsOf(workspaceId)).toBe(0);
  // Not more at once than there is room for: a call reserves some $0.06.
  await limit(100_000);
  play({ silent: true });
  const both = await Promise.allSettled(
    [1, 2].map(() => client.complete(callerOf(workspaceId, { deadlineMs: 400 }), ask)),
  );
  expect(
    both.map((one) => (one.status === 'rejected' ? (one.reason as { code: string }).code : 'well')).sort(),
  ).toEqual(['budget_exceeded', 'llm_failed']);
});

test('a server of a workspace’s gets its key alone, and is reached where tenants may reach', async () => {
  const seen: http.IncomingHttpHeaders[] = [];
  const server = http.createServer((request, response) => {
    seen.push(request.headers);
    request.resume();
    const choices = [{ index: 0, message: { role: 'assistant', content: 'from the lan' }, finish_reason: 'stop' }];
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ id: 'x', created: 1, model: 'm', object: 'chat.completion', choices }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const own = { provider: 'openai_compatible', model: 'm', base_url: `http://127.0.0.1:${port}/v1` };

  client = clientOf();
  const workspaceId = await addWorkspace();
  await configure(workspaceId, { default: own });
  await expect(client.complete(callerOf(workspaceId), ask)).rejects.toMatchObject({
    code: 'llm_failed',
    extensions: { reason: 'unreachable' },
  });
  // Not even what the operator's own providers are at.
  const sneaky = await addWorkspace();
  await configure(sneaky, { default: { ...own, base_url: upstream.openaiUrl } });
  await expect(client.complete(callerOf(sneaky), ask)).rejects.toMatchObject({ extensions: { reason: 'unreachable' } });
  expect(seen).toEqual([]);

  client = clientOf({ allowed: [{ host: '127.0.0.1', port }] });
  expect(await client.complete(callerOf(workspaceId), ask)).toMatchObject({ text: 'from the lan' });
  const keyed = await addWorkspace();
  await configure(keyed, { default: { ...own, credential_id: await addKey(keyed, 'sk-lan') } });
  await client.complete(callerOf(keyed), ask);
  expect(seen.map(({ authorization }) => authorization)).toEqual([undefined, 'Bearer sk-lan']);
  expect(JSON.stringify(seen)).not.toContain('instance');
  // Nobody said what it used.
  expect(await ledgerOf(keyed)).toMatchObject([{ provider: 'openai_compatible', cost_confidence: 'estimate' }]);
});

test('what no agent of the crew is is refused with the ledger’s word', async () => {
  client = clientOf();
  const workspaceId = await addWorkspace();
  const asked = play({ text: 'well' });
  const caller = callerOf(workspaceId, { crewId: newId(), agentId: newId() });
  await expect(client.complete(caller, ask)).rejects.toMatchObject({ code: 'forbidden' });
  expect(asked()).toEqual([]);
});
