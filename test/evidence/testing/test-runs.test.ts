import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { turnsPlayedIn } from '../../conversations/chats/played-turns.ts';
import { addCrew, type ApiCrew, beatHost, bringCrewUp } from '../../support/mission-crew.ts';
import { startTestApi } from '../../support/test-api.ts';
import { eventually } from '../../support/test-crew.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestEngine } from '../../support/test-engine.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const world = perFile(async () => {
  const testDatabase = await createTestDatabase();
  const engine = await createTestEngine({ processes: ['control'], database: testDatabase });
  const api = await startTestApi({ over: testDatabase });
  return {
    api,
    engine,
    nudge: () => engine.db.systemTransaction({}, async (tx) => tx.touchOutbox()),
    async close() {
      await api.close();
      await engine.close();
    },
  };
});
const crew: ApiCrew = perTest(() => addCrew(world.api));
beforeEach(async () => {
  await beatHost(world.api, 1_000);
  await bringCrewUp(crew);
});
const play = turnsPlayedIn(() => world.api.database);

interface Result {
  readonly scenario_id: string;
  readonly attempt: number;
  readonly status: string;
  readonly assertions: readonly { readonly step: number; readonly kind: string; readonly passed: boolean }[];
  readonly error_code: string | null;
  readonly session_id: string | null;
}
interface Run {
  readonly id: string;
  readonly status: string;
  readonly outcome: string | null;
  readonly passed: number | null;
  readonly failed: number | null;
  readonly total: number;
  readonly results: readonly Result[];
  readonly comparison: object | null;
}
interface Listed {
  readonly id: string;
  readonly source: string;
  readonly assertions: number;
}

const scenario = (id: string, words: readonly string[], more: object = {}) => ({
  id,
  name: `Scenario ${id}`,
  tags: ['own'],
  steps: words.map((text) => ({ message: `Say ${text}`, expect: [{ kind: 'contains', text }] })),
  ...more,
});
const put = (scenarios: readonly object[], version = 0) =>
  crew.owner.put<{ items: Listed[]; version: number }>('/testing/scenarios', { scenarios, version });
const start = (body: object) =>
  crew.owner.post<{ run_id: string; job_id: string }>('/testing/run', body, 202).then(async ({ run_id: id }) => {
    await world.nudge();
    return id;
  });
const read = (id: string) => crew.owner.get<Run>(`/testing/runs/${id}`);

interface OpenTurn {
  readonly run_id: string;
  readonly message: string;
  readonly chat_id: string;
}
/** Turns that nobody has answered yet: those that wait for a place, and those that have one. */
const openTurns = (statuses = ['QUEUED', 'ADMITTED']) =>
  crew.rows<OpenTurn>(sql`
    SELECT r.id AS run_id, m.content AS message, r.chat_id FROM runs r
    JOIN chat_messages m ON m.job_id = r.job_id AND m.role = 'user'
    WHERE r.workspace_id = ${crew.workspaceId} AND r.status = ANY (${sql.array(statuses, 'text')}) ORDER BY r.id`);

/** Answers each turn of a run as `say` does, until the run is over. */
async function answerUntilOver(id: string, say: (message: string) => string, each = async () => {}): Promise<Run> {
  return eventually(
    async () => {
      // A host begins what has a place, and nothing keeps it from that.
      for (const turn of await openTurns(['ADMITTED'])) {
        expect(await play.begin(crew.workspaceId, turn)).toBe(true);
        await play.end(crew.workspaceId, turn, { summary: say(turn.message) });
        await each();
      }
      await world.nudge();
      return read(id);
    },
    ({ status }) => ['completed', 'failed', 'cancelled'].includes(status),
  );
}
const echo = (message: string) => message;

test('scenarios are those that come with the product and the workspace’s own, chosen by id, tag and words', async () => {
  const shipped = await crew.owner.get<{ items: Listed[]; version: number }>('/testing/scenarios');
  expect(shipped).toMatchObject({ version: 0 });
  expect(shipped.items.length).toBeGreaterThan(2);
  expect(new Set(shipped.items.map(({ source }) => source))).toEqual(new Set(['shipped']));
  const own = await put([scenario('mine', ['one', 'two']), scenario(shipped.items[0]!.id, ['x'])]);
  expect(own.version).toBe(1);
  expect(own.items).toHaveLength(shipped.items.length + 1);
  const tagged = await crew.owner.get<{ items: Listed[]; total: number }>('/testing/scenarios?tag=own');
  expect(tagged).toMatchObject({ total: 2 });
  expect(await crew.owner.get('/testing/scenarios?q=MINE')).toMatchObject({
    items: [{ id: 'mine', source: 'workspace', assertions: 2, enabled: true }],
  });
  expect((await crew.owner.ask('PUT', '/testing/scenarios', { scenarios: [] })).body).toMatchObject({
    ...{ code: 'version_conflict', current_version: 1 },
  });
  for (const bad of [
    scenario('a', ['x'], { steps: [] }),
    scenario('A!', ['x']),
    scenario('a', ['x'], { steps: [{ message: 'm', expect: [{ kind: 'regex', pattern: '(' }] }] }),
    scenario('a', ['x'], {
      steps: [{ message: 'm', expect: [{ kind: 'json_schema', schema: { type: 'string', pattern: '(a+)+$' } }] }],
    }),
    scenario('a', ['x'], { steps: [{ message: 'm', expect: [{ kind: 'smells' }] }] }),
  ]) {
    expect((await crew.owner.ask('PUT', '/testing/scenarios', { scenarios: [bad], version: 1 })).status).toBe(400);
  }
  const member = await world.api.addMember(crew.workspaceId, 'MEMBER');
  expect((await member.ask('POST', '/testing/run', {})).status).toBe(403);
  expect((await member.ask('GET', '/testing/scenarios')).status).toBe(200);
  const manager = await world.api.addMember(crew.workspaceId, 'MANAGER');
  expect((await manager.ask('PUT', '/testing/scenarios', { scenarios: [], version: 1 })).status).toBe(403);
});

test('a run that nothing matches, or that could reach the world, is refused', async () => {
  await put([scenario('off', ['x'], { enabled: false, tags: ['off'] }), scenario('on', ['x'])]);
  for (const [body, status, path] of [
    [{ scenario_ids: ['off'] }, 400, 'scenario_ids.0'],
    [{ scenario_ids: ['none'] }, 400, 'scenario_ids.0'],
    [{ tags: ['off'] }, 400, 'tags'],
    [{ scenario_ids: ['on'], repeat: 11 }, 400, 'repeat'],
    [{ scenario_ids: ['on'], agent: 'nobody' }, 404, null],
    [{ scenario_ids: ['on'], baseline_run_id: 'no-such-run' }, 404, null],
  ] as const) {
    const refused = await crew.owner.ask('POST', '/testing/run', body);
    expect(refused.status, JSON.stringify(body)).toBe(status);
    if (path !== null) expect(JSON.stringify(refused.body)).toContain(path);
  }
  await crew.write(sql`UPDATE crews SET network_mode = 'free' WHERE id = ${crew.crewId}`);
  const open = await crew.owner.ask('POST', '/testing/run', { scenario_ids: ['on'], agent: crew.lead.slug });
  expect(open.body).toMatchObject({ status: 409, code: 'conflict', reason: 'open_network' });
  expect(await crew.rows(sql`SELECT 1 FROM jobs WHERE workspace_id = ${crew.workspaceId}`)).toEqual([]);
});

test('scenarios are played turn by turn, also when workers are killed', async () => {
  await put([scenario('talk', ['alpha', 'beta']), scenario('third', ['eps'])]);
  const id = await start({ tags: ['own'], agent: crew.lead.slug });
  let answered = 0;
  const run = await answerUntilOver(id, echo, async () => {
    if ((answered += 1) !== 1) return;
    await world.engine.processes.get('control')!.kill();
    await world.engine.start('control');
  });
  expect(run).toMatchObject({ status: 'completed', outcome: 'passed', passed: 2, failed: 0, total: 2 });
  const list = await crew.owner.get<{ items: Run[] }>('/testing/runs?status=completed');
  expect(list.items.map((one) => [one.id, one.outcome])).toEqual([[id, 'passed']]);
  const stranger = await addCrew(world.api);
  expect(outcome(await stranger.owner.ask('GET', `/testing/runs/${id}`))).toEqual([404, 'not_found']);
  expect(run.results[0]!.assertions).toMatchObject([
    { step: 1, kind: 'contains', passed: true },
    { step: 2, kind: 'contains', passed: true },
  ]);
  // One turn for each step, whoever was killed, each in a private session of its own.
  const turns = await crew.rows<{ chat_id: string; turns: number; visibility: string }>(sql`
    SELECT m.chat_id, count(*) AS turns, min(h.visibility) AS visibility FROM chat_messages m
    JOIN chats h ON h.id = m.chat_id WHERE m.workspace_id = ${crew.workspaceId} AND m.role = 'user'
    GROUP BY 1 ORDER BY 2, 1`);
  expect(turns.map((row) => [row.turns, row.visibility])).toEqual([
    [1, 'private'],
    [2, 'private'],
  ]);
});

test('a run is held beside a baseline, and what follows a step that failed is not played', async () => {
  await put([scenario('fails', ['gamma', 'delta']), scenario('talk', ['alpha'])]);
  const first = await start({ tags: ['own'], agent: crew.lead.slug, repeat: 2 });
  const baseline = await answerUntilOver(first, echo);
  expect(baseline).toMatchObject({ outcome: 'passed', passed: 4, comparison: null });
  expect(baseline.results.map(({ scenario_id: id, attempt }) => `${id} ${attempt}`)).toEqual([
    ...['fails 1', 'talk 1', 'fails 2', 'talk 2'],
  ]);
  const second = await start({ tags: ['own'], agent: crew.lead.slug, baseline_run_id: first });
  const compared = await answerUntilOver(second, (message) => (message.includes('gamma') ? 'nothing' : message));
  expect(compared).toMatchObject({ status: 'completed', outcome: 'failed', passed: 1, failed: 1 });
  expect(compared.comparison).toEqual({ newly_failed: ['fails'], newly_passed: [], not_compared: [] });
  const failed = compared.results.find((result) => result.scenario_id === 'fails')!;
  expect(failed).toMatchObject({ status: 'failed', assertions: [{ step: 1, passed: false }] });
  const list = await crew.owner.get<{ items: Run[]; total: number }>('/testing/runs?status=completed');
  expect(list.items.map(({ id, outcome: how }) => [id, how])).toEqual([
    [second, 'failed'],
    [first, 'passed'],
  ]);
  expect(await crew.owner.get(`/testing/runs?agent=${crew.lead.slug}&from=2100-01-01T00:00:00Z`)).toMatchObject({
    total: 0,
  });
  const told = await crew.rows<{ entry_type: string; payload: object }>(sql`
    SELECT entry_type, payload FROM journal_entries WHERE entry_type LIKE 'testing.%'
      AND workspace_id = ${crew.workspaceId} ORDER BY ts, id`);
  expect(told).toEqual([
    { entry_type: 'testing.run_started', payload: { run_id: first, total: 4 } },
    { entry_type: 'testing.run_completed', payload: { run_id: first, passed: 4, failed: 0, total: 4 } },
    { entry_type: 'testing.run_started', payload: { run_id: second, total: 2 } },
    { entry_type: 'testing.run_completed', payload: { run_id: second, passed: 1, failed: 1, total: 2 } },
  ]);
  const stranger = await addCrew(world.api);
  expect(outcome(await stranger.owner.ask('GET', `/testing/runs/${first}`))).toEqual([404, 'not_found']);
});

test('a run that is cancelled ends its turns, and begins no others', async () => {
  await put(Array.from({ length: 6 }, (_, place) => scenario(`s-${place}`, ['x'])));
  const id = await start({ tags: ['own'], agent: crew.lead.id });
  // Four at once.
  await eventually(
    () => openTurns(),
    (turns) => turns.length === 4,
  );
  expect((await crew.owner.ask('POST', `/agent-jobs/${id}/cancel`)).status).toBe(202);
  await world.nudge();
  const over = await eventually(
    () => read(id),
    ({ status }) => status === 'cancelled',
  );
  expect(over).toMatchObject({ outcome: null, passed: null });
  expect(new Set(over.results.map(({ status }) => status))).toEqual(new Set(['cancelled']));
  expect(await openTurns()).toEqual([]);
  const turns = await crew.rows<{ status: string }>(sql`SELECT status FROM jobs WHERE parent_id = ${id}`);
  expect(turns.map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled']);

  // One that has not begun is over at once, and so is all of it.
  const input = { scenario_ids: ['s-1'] };
  const later = { kind: 'testing.run', input, run_at: new Date(Date.now() + 3_600_000).toISOString() };
  const { id: waiting } = await crew.owner.post<{ id: string }>('/agent-jobs', later, 202);
  expect((await crew.owner.ask('POST', `/agent-jobs/${waiting}/cancel`)).status).toBe(202);
  expect(await read(waiting)).toMatchObject({ status: 'cancelled', results: [{ status: 'cancelled' }] });
  const told = await crew.rows<{ payload: { run_id: string } }>(sql`
    SELECT payload FROM journal_entries WHERE entry_type = 'testing.run_cancelled'
      AND workspace_id = ${crew.workspaceId} ORDER BY ts, id`);
  expect(told.map(({ payload }) => payload.run_id)).toEqual([id, waiting]);
});
