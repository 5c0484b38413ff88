import { beforeEach, expect, test } from 'vitest';
import type { LlmClient } from '../../../commands/money/llm/llm-client.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { addCrew, addMission } from '../../support/mission-crew.ts';
import { startTestApi, type TestOwner, type TestUser } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';

interface Validated {
  readonly score: number | null;
  readonly passed: boolean;
  readonly checks: readonly { readonly id: string; readonly passed: boolean; readonly score: number | null }[];
  readonly judge: { readonly status: string; readonly score: number | null; readonly low_confidence: boolean } | null;
  readonly log_id: string;
}

/** What the judges say next, by their role; an error is what their model failed with. */
let sayings: Record<string, { score: number; confidence: number } | CrewshipError>;
let asked: { purpose: string; role?: string; prompt: string }[];
const llm: Pick<LlmClient, 'completeObject'> = {
  async completeObject(caller, prompt, schema) {
    asked.push({ purpose: caller.purpose, role: caller.role!, prompt: prompt.messages[0]!.content });
    const said = sayings[caller.role!];
    if (said instanceof CrewshipError) throw said;
    const value = schema.parse({ ...said, reason: 'because' });
    return { value, provider: 'anthropic', model: 'm', ledgerIds: [], configVersion: 1 };
  },
};
const api = perFile(() => startTestApi({ llm }));
let owner: TestOwner;
let member: TestUser;
beforeEach(async () => {
  owner = await api.addOwner();
  member = await api.addMember(owner.workspaceId, 'MEMBER');
  [sayings, asked] = [{}, []];
});

const validate = (who: TestUser, body: object) => who.act<Validated>('/validation/validate', body);
const judge = { rubric: 'Says what was done', judges: 3 };
const rubric = { content: 'All is done', checks: [{ kind: 'rubric' }], judge };

test('a content is held against the workspace’s checks, and what came of it is kept without it', async () => {
  const config = await owner.get<{ version: number }>('/validation/config');
  expect(config).toMatchObject({ checks: [{ kind: 'not_empty' }, { kind: 'no_secrets' }], judge: null, version: 0 });
  const checks = [{ kind: 'not_empty' }, { kind: 'banned_terms', terms: ['secretword'] }];
  await owner.put('/validation/config', { checks, pass_score: 0.5, version: 0 });
  expect((await owner.ask('PUT', '/validation/config', { checks, version: 0 })).body).toMatchObject({
    ...{ code: 'version_conflict', current_version: 1 },
  });
  expect((await member.ask('PUT', '/validation/config', { checks, version: 1 })).status).toBe(403);
  const found = await validate(member, { content: 'a secretword here' });
  expect(found).toMatchObject({
    ...{ score: 0.5, passed: false, judge: null },
    checks: [
      { id: 'not_empty', passed: true },
      { id: 'banned_terms', passed: false, score: 0 },
    ],
  });
  const { items } = await member.get<{ items: object[] }>('/validation/logs?passed=false');
  expect(items).toMatchObject([{ id: found.log_id, created_by: member.id, config_version: 1, subject: null }]);
  const { entries } = await owner.get<{ entries: { entry_type: string; payload: object }[] }>('/journal?limit=50');
  expect(entries.find(({ entry_type: type }) => type === 'validation.scored')?.payload).toEqual({
    ...{ log_id: found.log_id, passed: false, score: 0.5, failed_checks: ['banned_terms'], low_confidence: null },
  });
  expect(JSON.stringify([items, entries])).not.toContain('secretword');
});

test('judges are asked at once, each by a role of its own, and come to their median', async () => {
  sayings = {
    'judge-1': { score: 0.9, confidence: 0.95 },
    'judge-2': { score: 0.8, confidence: 1 },
    'judge-3': { score: 7, confidence: 1 },
  };
  const found = await validate(member, { ...rubric, context: 'ctx' });
  expect(found).toMatchObject({
    ...{ score: 0.9, passed: true, checks: [{ id: 'rubric', score: 0.9, passed: true }] },
    judge: { status: 'scored', score: 0.9, confidence: 1, low_confidence: false },
  });
  expect(asked.map(({ purpose, role }) => [purpose, role])).toEqual([
    ...[
      ['judge', 'judge-1'],
      ['judge', 'judge-2'],
      ['judge', 'judge-3'],
    ],
  ]);
  const { prompt } = asked[0]!;
  expect(prompt).toMatch(
    /^Rubric:\nSays what was done\n\nContext:\n--- (\w{16})\nctx\n--- \1\n\nContent:\n--- \1\nAll is done/,
  );
  sayings['judge-1'] = { score: 0.1, confidence: 1 };
  expect((await validate(member, rubric)).judge).toMatchObject({ score: 0.8, low_confidence: true });
});

test('a repetition has the answer of before, and no judge is asked again', async () => {
  sayings = Object.fromEntries([1, 2, 3].map((role) => [`judge-${role}`, { score: 0.9, confidence: 1 }]));
  const validateOnce = (content: string) =>
    api.call(member.token, {
      method: 'POST',
      url: `/api/v1/validation/validate?workspace_id=${owner.workspaceId}`,
      headers: { 'idempotency-key': 'judge-once' },
      payload: { ...rubric, content },
    });
  const first = await validateOnce('All is done');
  const again = await validateOnce('All is done');
  expect([first.statusCode, again.statusCode, again.headers['idempotent-replayed']]).toEqual([200, 200, 'true']);
  expect(again.json()).toEqual(first.json());
  expect(asked).toHaveLength(3);
  expect((await validateOnce('Nothing is done')).json()).toMatchObject({ code: 'idempotency_mismatch' });
});

test('a judge that says nothing is missing; when none does, nothing passes and the status says why', async () => {
  const failed = (reason: string) => new CrewshipError('llm_failed', 'no', { extensions: { reason } });
  sayings = { 'judge-1': failed('overloaded'), 'judge-2': { score: 1, confidence: 1 }, 'judge-3': failed('timeout') };
  expect(await validate(member, rubric)).toMatchObject({
    ...{ passed: true, judge: { status: 'scored', score: 1, low_confidence: true } },
  });
  for (const [error, status] of [
    [failed('timeout'), 'timeout'],
    [failed('refused'), 'failed'],
    [new CrewshipError('llm_not_configured', 'no'), 'not_configured'],
    [new CrewshipError('budget_exceeded', 'no'), 'over_budget'],
  ] as const) {
    sayings = { 'judge-1': error };
    const found = await validate(member, { ...rubric, judge: { ...judge, judges: 1 } });
    expect(found, status).toMatchObject({ score: null, passed: false, judge: { status, score: null } });
  }
  sayings = { 'judge-1': new CrewshipError('unavailable', 'the database is away') };
  expect((await member.ask('POST', '/validation/validate', { ...rubric, judge: { ...judge, judges: 1 } })).status).toBe(
    503,
  );
});

test('the result of a task is validated by its id, and one of another workspace is not there', async () => {
  const crew = await addCrew(api);
  const { tasks } = await addMission(crew);
  const id = tasks.only!;
  const task = { subject: { type: 'task', id }, checks: [{ kind: 'not_empty' }] };
  await crew.write(sql`UPDATE tasks SET result_summary = 'It is done' WHERE id = ${id}`);
  expect(await validate(crew.owner, task)).toMatchObject({ passed: true });
  expect((await owner.ask('POST', '/validation/validate', task)).status).toBe(404);
  expect(await crew.owner.get(`/validation/logs?subject_type=task`)).toMatchObject({
    ...{ total: 1, items: [{ subject: { type: 'task', id } }] },
  });
});

test('logs are their maker’s, and all of them MANAGER’s and above', async () => {
  const [manager, viewer] = [
    await api.addMember(owner.workspaceId, 'MANAGER'),
    await api.addMember(owner.workspaceId, 'VIEWER'),
  ];
  await validate(member, { content: 'x' });
  await validate(manager, { content: '' });
  const totals = [];
  for (const who of [owner, manager, member, viewer]) {
    totals.push((await who.get<{ total: number }>('/validation/logs')).total);
  }
  expect(totals).toEqual([2, 2, 1, 0]);
  expect(await owner.get('/validation/logs?passed=true&from=2020-01-01T00:00:00Z')).toMatchObject({ total: 1 });
  expect(await owner.get('/validation/logs?to=2020-01-01T00:00:00Z')).toMatchObject({ total: 0 });
  expect((await viewer.ask('POST', '/validation/validate', { content: 'x' })).status).toBe(403);
});

test('what is asked for wrongly is refused by its field', async () => {
  for (const [body, field] of [
    [{}, 'content'],
    [{ content: 'x', subject: { type: 'task', id: 'none' } }, 'content'],
    [{ content: 'x', checks: [{ kind: 'rubric' }] }, 'judge'],
    [{ content: 'x', checks: [{ kind: 'json_schema', schema: { pattern: '(a+)+$' } }] }, 'checks.0.schema'],
    [{ content: 'x', checks: [{ kind: 'json_schema', schema: { type: 'ship' } }] }, 'checks'],
    [{ content: 'x', checks: [{ kind: 'not_empty' }, { kind: 'not_empty' }] }, 'checks'],
    [{ content: 'x'.repeat(200_001) }, 'content'],
  ] as const) {
    const { status, body: problem } = await member.ask('POST', '/validation/validate', body);
    expect([status, problem.errors[0].path], JSON.stringify(body).slice(0, 80)).toEqual([400, field]);
  }
});

test('no content and schema together take the process’s time, and what they say can be kept', async () => {
  const anyOf = Array.from({ length: 900 }, () => ({ type: 'null' }));
  const wide = { kind: 'json_schema', schema: { type: 'array', items: { anyOf } } };
  const began = performance.now();
  const content = JSON.stringify(Array(90_000).fill(0));
  expect((await validate(member, { content, checks: [wide] })).passed).toBe(false);
  const terms = Array.from({ length: 100 }, (_, index) => 'a'.repeat(50 + (index % 50)));
  const banned = { kind: 'banned_terms', terms };
  expect((await validate(member, { content: 'a'.repeat(200_000), checks: [banned] })).passed).toBe(true);
  expect((await validate(member, { content: `bad ${'a'.repeat(50)}!`, checks: [banned] })).passed).toBe(false);
  expect(performance.now() - began).toBeLessThan(3_000);
  const odd = JSON.stringify({ [`${'a'.repeat(199)}\u{1f600}`]: 1 });
  const strings = { kind: 'json_schema', schema: { type: 'object', additionalProperties: { type: 'string' } } };
  expect((await validate(member, { content: odd, checks: [strings] })).passed).toBe(false);
  expect((await validate(member, { content: '{"a\\u0000": 1}', checks: [strings] })).passed).toBe(false);
});
