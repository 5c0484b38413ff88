import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createLedgerWriter } from '../../../commands/group-commit/ledger-writer.ts';
import { saveDocument } from '../../../commands/kernel/config-documents/save-document.ts';
import { setSetting } from '../../../commands/kernel/settings/setting-commands.ts';
import { createAnswerCache, MOST_ANSWERS } from '../../../commands/money/llm/answer-cache.ts';
import {
  createLlmClient,
  type LlmCaller,
  type LlmClient,
  type LlmPrompt,
} from '../../../commands/money/llm/llm-client.ts';
import { INSTANCE } from '../../../db/instance/config-documents/config-documents-store.ts';
import { expireAnswers } from '../../../db/money/llm/answer-cache-store.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { DOCUMENT_KINDS } from '../../../domain/instance/config-documents/document-kinds.ts';
import { createDocumentRegistry } from '../../../domain/instance/config-documents/document-registry.ts';
import { openRateCard } from '../../../platform/rate-card/rate-card-file.ts';
import { type LlmUpstream, startLlmUpstream } from '../../support/llm-upstream/llm-upstream.ts';
import { startApiWithHost, addCrew } from '../../support/mission-crew.ts';
import { connectOwner } from '../../support/test-database.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import '../../support/property-seed.ts';

const api = perFile(() => startApiWithHost());
const login = perFile(() => connectOwner(api.testDatabase));
const upstream: LlmUpstream = perFile(() => startLlmUpstream({ turns: [] }));
const crew = perTest(() => addCrew(api));
const registry = createDocumentRegistry(z, DOCUMENT_KINDS);
const actor = systemActor();
const log = { info() {}, warn() {} };
const CLAUDE = { provider: 'anthropic', model: 'claude-sonnet-5' };
const GPT = { provider: 'openai', model: 'gpt-5-mini' };
let client: LlmClient;
let closing: () => Promise<void>;

beforeAll(async () => {
  const { database: db } = api;
  for (const key of ['llm.anthropic.api_key', 'llm.openai.api_key']) {
    await db.systemTransaction({}, (tx) =>
      setSetting(tx, TEST_KEY_RING, { workspaceId: null, key, value: 'k', actor }),
    );
  }
  const body = { default: CLAUDE };
  await db.systemTransaction({}, (tx) =>
    saveDocument(tx, registry, { workspaceId: INSTANCE, kind: 'llm', key: '', body, version: 0, actor }),
  );
  const ledger = createLedgerWriter({ db, log });
  client = createLlmClient({
    db,
    keyRing: TEST_KEY_RING,
    ledger,
    rateCard: openRateCard({ log }),
    urls: { anthropic: upstream.anthropicUrl, openai: upstream.openaiUrl },
    allowed: [],
    firstPauseMs: 5,
    answers: createAnswerCache({ db, keyRing: TEST_KEY_RING }),
  });
  closing = async () => {
    await client.close();
    await ledger.close();
  };
});
afterAll(() => closing());
beforeEach(() => upstream.play({ turns: [], sequence: [{ text: 'An answer.' }] }));

interface Stats {
  readonly entries: number;
  readonly hits: number;
  readonly misses: number;
  readonly hit_rate: number;
  readonly by_agent: readonly object[];
}
const stats = () => crew.owner.get<Stats>('/admin/cache');
const drop = (body: object) => crew.owner.act<{ invalidated: number }>('/admin/cache/invalidate', body);
const callerOf = (more: Partial<LlmCaller> = {}): LlmCaller => ({
  workspaceId: crew.workspaceId,
  purpose: 'meditation',
  requestId: 'req_1',
  cache: { namespaceIds: ['ns-1'] },
  ...more,
});
const PROMPT: LlmPrompt = { system: 'Be brief.', messages: [{ role: 'user', content: 'What is it?' }], temperature: 0 };
/** How many calls of the model these answers took. */
async function calls(...asked: readonly (readonly [Partial<LlmCaller>, Partial<LlmPrompt>])[]): Promise<number> {
  const before = upstream.requests.length;
  for (const [caller, prompt] of asked) await client.complete(callerOf(caller), { ...PROMPT, ...prompt });
  return upstream.requests.length - before;
}

test('the same question is answered once by a model, and again for nothing, by a row of its own', async () => {
  const first = await client.complete(callerOf(), PROMPT);
  const again = await client.complete(callerOf({ requestId: 'req_2', userId: crew.owner.id }), PROMPT);
  expect(again).toMatchObject({ text: 'An answer.', finishReason: 'stop', ...CLAUDE, configVersion: 1 });
  expect(await calls([{}, {}])).toBe(0);
  expect(await stats()).toMatchObject({ entries: 1, hits: 2, misses: 1, hit_rate: 2 / 3 });
  const { rows } = await login.query<Record<string, unknown>>(
    `SELECT id, cost_micros::int AS cost, input_tokens::int AS read, tags FROM cost_ledger WHERE workspace_id = $1
     ORDER BY ts, id`,
    [crew.workspaceId],
  );
  expect(rows.map(({ tags }) => tags)).toEqual([
    { source: 'control_plane' },
    { source: 'answer_cache' },
    { source: 'answer_cache' },
  ]);
  expect(rows[0]!.id).toBe(first.ledgerIds[0]);
  expect(rows[1]).toMatchObject({ id: again.ledgerIds[0], cost: 0, read: 0 });
  const entries = await login.query<{ entry_type: string; count: number }>(
    `SELECT entry_type, count(*)::int FROM journal_entries WHERE workspace_id = $1 AND entry_type LIKE 'llm.%'
     GROUP BY 1 ORDER BY 1`,
    [crew.workspaceId],
  );
  expect(entries.rows).toEqual([
    { entry_type: 'llm.cache_hit', count: 2 },
    { entry_type: 'llm.call', count: 1 },
  ]);
  const usage = await crew.owner.get<{ totals: object }>('/admin/llm-usage/summary?group_by=purpose');
  expect(usage.totals).toMatchObject({ calls: 3, cache_hits: 2 });
});

test('an answer of a shape is kept by its shape', async () => {
  upstream.play({ turns: [], sequence: [{ text: '{"name":"Ann"}' }] });
  const before = upstream.requests.length;
  const ask = (schema: z.ZodType) => client.completeObject(callerOf(), PROMPT, schema);
  expect(await ask(z.object({ name: z.string() }))).toMatchObject({ value: { name: 'Ann' } });
  expect(await ask(z.object({ name: z.string() }))).toMatchObject({ value: { name: 'Ann' } });
  expect(upstream.requests.length - before).toBe(1);
  await ask(z.object({ name: z.string().max(9) }));
  await client.complete(callerOf(), PROMPT);
  expect(upstream.requests.length - before).toBe(3);
});

test('judges, what is warm or says nothing of it, whole answers’ halves and fallbacks are asked every time', async () => {
  for (const [caller, prompt] of [
    [{ purpose: 'judge' }, {}],
    [{ purpose: 'keeper' }, {}],
    [{ purpose: 'chat' }, {}],
    [{ cache: undefined }, {}],
    [{}, { temperature: 0.1 }],
    [{}, { temperature: undefined }],
  ] as const) {
    expect(await calls([caller as Partial<LlmCaller>, prompt as Partial<LlmPrompt>], [caller as object, prompt])).toBe(
      2,
    );
  }
  upstream.play({ turns: [], sequence: [{ text: 'Half an', cut: true }] });
  expect(await calls([{}, {}], [{}, {}])).toBe(2);
  expect(await stats()).toMatchObject({ entries: 0, hits: 0 });
  // A route's temperature counts where the call says nothing.
  const routes = [{ match: { purpose: 'plan' }, ...GPT, fallbacks: [CLAUDE], temperature: 0, max_tokens: null }];
  await crew.owner.put('/admin/llm-config', { default: CLAUDE, routes, version: 0 });
  const plan = [{ purpose: 'plan' }, { temperature: undefined }] as unknown as readonly [object, object];
  const down = { error: { status: 400, type: 'invalid_request_error', message: 'no' } };
  upstream.play({ turns: [], sequence: [down, { text: 'By the fallback.' }, down, { text: 'Again.' }] });
  expect(await calls(plan, plan)).toBe(4);
  upstream.play({ turns: [], sequence: [{ text: 'By the first.' }] });
  expect(await calls(plan, plan)).toBe(1);
});

test('no answer reaches who could not have asked for it: whatever differs is another question', async () => {
  const stranger = await addCrew(api);
  const callers = fc.record({
    side: fc.constantFrom(crew, stranger),
    hasAgent: fc.boolean(),
    purpose: fc.constantFrom('meditation', 'plan', 'layout'),
    namespaceIds: fc
      .subarray(['ns-1', 'ns-2', 'ns-3'])
      .chain((ids) => fc.shuffledSubarray(ids, { minLength: ids.length })),
    content: fc.constantFrom('one', 'two'),
    maxTokens: fc.constantFrom(10, 20),
  });
  const seen = new Map<string, string>();
  let count = 0;
  await fc.assert(
    fc.asyncProperty(callers, async ({ side, hasAgent, purpose, namespaceIds, content, maxTokens }) => {
      const { workspaceId } = side;
      const caller = { workspaceId, purpose, ...(hasAgent ? { crewId: side.crewId, agentId: side.lead.id } : {}) };
      const secret = `answer ${(count += 1)} for ${workspaceId} ${namespaceIds.join()}`;
      upstream.play({ turns: [], sequence: [{ text: secret }] });
      const { text } = await client.complete(callerOf({ ...caller, cache: { namespaceIds } }), {
        ...PROMPT,
        messages: [{ role: 'user', content }],
        maxTokens,
      });
      // The same namespaces in another order are the same set.
      const asked = JSON.stringify([caller, [...namespaceIds].sort(), content, maxTokens]);
      expect(text).toBe(seen.get(asked) ?? secret);
      seen.set(asked, text);
    }),
    { numRuns: 120 },
  );
  expect(seen.size).toBeLessThan(count);
});

test('another configuration, standard or model is another question', async () => {
  expect(await calls([{}, {}], [{}, {}])).toBe(1);
  await crew.owner.put('/prompt-standards/default', { content: 'Be kind.' }, 201);
  expect(await calls([{}, {}], [{}, {}])).toBe(1);
  await crew.owner.put('/admin/llm-config', { default: CLAUDE, version: 0 });
  expect(await calls([{}, {}], [{}, {}])).toBe(1);
  await crew.owner.put('/admin/llm-config', { default: CLAUDE, version: 1 });
  expect(await calls([{}, {}], [{}, {}])).toBe(1);
  expect(await stats()).toMatchObject({ entries: 4 });
});

test('answers are dropped by what they are of, and one that was being asked for is not kept', async () => {
  const { id: namespaceId } = (
    await login.query<{ id: string }>(`SELECT id FROM knowledge_namespaces WHERE workspace_id = $1 AND name = 'team'`, [
      crew.workspaceId,
    ])
  ).rows[0]!;
  const ask = (more: Partial<LlmCaller>) => client.complete(callerOf(more), PROMPT);
  const fill = async () => {
    await drop({ all: true });
    await ask({ crewId: crew.crewId, agentId: crew.lead.id });
    await ask({ cache: { namespaceIds: [namespaceId, 'ns-2'] } });
    await ask({ purpose: 'layout' });
  };
  for (const [body, left] of [
    [{ all: true }, 0],
    [{ agent: crew.lead.slug }, 2],
    [{ namespace: 'team' }, 2],
    [{ model: CLAUDE.model }, 0],
    [{ model: `anthropic/${CLAUDE.model}` }, 0],
    [{ model: 'other' }, 3],
    [{ older_than_s: 3_600 }, 3],
    [{ older_than_s: 0 }, 0],
  ] as const) {
    await fill();
    expect(await drop(body), JSON.stringify(body)).toEqual({ invalidated: 3 - left });
    expect((await stats()).entries).toBe(left);
  }
  for (const [body, status] of [
    [{}, 400],
    [{ all: true, model: 'x' }, 400],
    [{ all: false }, 400],
    [{ agent: 'nobody' }, 404],
    [{ namespace: 'nowhere' }, 404],
  ] as const) {
    expect((await crew.owner.ask('POST', '/admin/cache/invalidate', body)).status, JSON.stringify(body)).toBe(status);
  }
  const member = await api.addMember(crew.workspaceId, 'MANAGER');
  expect((await member.ask('GET', '/admin/cache')).status).toBe(403);
  expect((await member.ask('POST', '/admin/cache/invalidate', { all: true })).status).toBe(403);
  const { rows } = await login.query<{ payload: object }>(
    `SELECT payload FROM journal_entries WHERE workspace_id = $1 AND entry_type = 'cache.invalidated' ORDER BY ts DESC
     LIMIT 1`,
    [crew.workspaceId],
  );
  expect(rows[0]!.payload).toEqual({ by: 'older_than_s', invalidated: 3 });

  const answers = createAnswerCache({ db: api.database, keyRing: TEST_KEY_RING });
  const call = {
    ...{ workspaceId: crew.workspaceId, purpose: 'plan', agentId: null, namespaceIds: [], schema: null },
    ...{ config: { source: 'instance', version: 1 }, target: { ...CLAUDE, base_url: null, credential_id: null } },
    request: { system: null, messages: [], maxTokens: 1 },
  } as unknown as Parameters<typeof answers.find>[0];
  const lookup = await answers.find(call);
  await drop({ all: true });
  await answers.keep(call, lookup, 'late');
  expect((await answers.find(call)).answer).toBeUndefined();
});

test('what is kept has an end: by its age, by its size and by its number', async () => {
  upstream.play({ turns: [], sequence: [{ text: 'x'.repeat(140_000) }] });
  expect(await calls([{}, {}], [{}, {}])).toBe(2);
  await login.query(
    `INSERT INTO llm_answers (id, workspace_id, key, purpose, namespace_ids, provider, model, answer, created_at,
       expires_at)
     SELECT $1 || i, $1, encode(sha256(i::text::bytea), 'hex'), 'plan', '{}', 'p', 'm', '""', now() - interval '1 day',
       now() + CASE WHEN i <= 10 THEN interval '-1 second' ELSE interval '1 day' END
     FROM generate_series(1, $2::int) i`,
    [crew.workspaceId, MOST_ANSWERS + 20],
  );
  upstream.play({ turns: [], sequence: [{ text: 'short' }] });
  await calls([{}, {}]);
  const kept = async () =>
    (await login.query('SELECT 1 FROM llm_answers WHERE workspace_id = $1', [crew.workspaceId])).rowCount;
  expect(await kept()).toBe(MOST_ANSWERS);
  expect(await calls([{}, {}])).toBe(0);
  await expireAnswers(api.database);
  expect(await kept()).toBeLessThan(MOST_ANSWERS);
  await login.query(`UPDATE llm_answers SET expires_at = now() WHERE workspace_id = $1`, [crew.workspaceId]);
  expect(await calls([{}, {}])).toBe(1);
});
