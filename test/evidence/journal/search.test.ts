import fc from 'fast-check';
import pg from 'pg';
import { beforeAll, expect, test } from 'vitest';
import { countJournal, listJournal } from '../../../db/evidence/journal/list-journal.ts';
import type { JournalFilter } from '../../../domain/evidence/journal/journal-filter.ts';
import { append } from '../../http/streams/live-journal.ts';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { connectOwner } from '../../support/test-database.ts';

const RUNS = Number(process.env.CREWSHIP_TEST_FUZZ_RUNS ?? 40);

let workspaceId: string;
let foreignId: string;

const api = perFile(() => startTestApi());
const client = perFile(() => connectOwner(api.testDatabase));
beforeAll(async () => {
  workspaceId = await api.addWorkspace();
  foreignId = await api.addWorkspace();
});
const owner = perFile(() => api.addMember(workspaceId, 'OWNER'));

interface Page {
  entries: { summary: string; workspace_id: string }[];
  next_cursor: string | null;
}

async function get<Body>(path: string, query: Record<string, string>): Promise<Body & { status?: number }> {
  const url = `/api/v1/journal${path}?${new URLSearchParams(query)}`;
  return (await owner.send('GET', url)).json();
}

const summariesOf = async (q: string) => (await get<Page>('', { q })).entries.map(({ summary }) => summary);

test('a phrase is found by its words, in their order, in the summary or a text of the payload, in any case', async () => {
  await append(api.database, workspaceId, [
    { summary: 'Release 2.4 rolled back' },
    { summary: 'Back-office release' },
    { summary: 'note', payload: { details: [{ text: 'the checkout is Rolled Back again' }], rolled: 'further back' } },
    { summary: 'Žluťoučký kůň', payload: { size: 512 } },
  ]);
  const both = expect.toSatisfy((found: string[]) => found.sort().join() === 'Release 2.4 rolled back,note') as unknown;
  expect(await summariesOf('rolled back')).toEqual(both);
  expect(await summariesOf('ROLLED')).toEqual(both);
  expect(await summariesOf('back rolled')).toEqual([]);
  expect(await summariesOf('roll')).toEqual([]);
  expect(await summariesOf('žluťoučký')).toEqual(['Žluťoučký kůň']);
  expect(await get('/count', { q: 'release' })).toEqual({ total: 2 });
  for (const nothing of ['?!', `workspace:${workspaceId}`, 'release | note', 'release & !back', '\\']) {
    expect(await summariesOf(nothing), nothing).toEqual([]);
  }
});

test('words end at everything that is no letter and no digit, in what is kept and in what is asked for', async () => {
  const texts = {
    path: 'look at /var/log/nginx/access.log now',
    mail: 'mail to jane_doe@example.com about it',
    module: 'node_modules/.bin/tsc -p .',
    call: 'foo.bar.baz()',
    quoted: '„Straße“—時間、v2.4-rc1',
  };
  await append(
    api.database,
    workspaceId,
    Object.entries(texts).map(([summary, text]) => ({ summary, payload: { reason: `first\n${text}\tlast` } })),
  );
  const words = {
    path: ['nginx', 'access.log', 'log/nginx', '/var/log/nginx/access.log', 'access log', 'first look', 'now last'],
    mail: ['example.com', 'jane_doe', 'doe@example', 'jane_doe@example.com'],
    module: ['node_modules', '.bin', 'tsc', 'bin tsc', 'first node'],
    call: ['bar', 'foo.bar', 'bar.baz()'],
    quoted: ['straße', '時間', 'rc1', 'v2 4', 'v2.4-rc1', '”Straße'],
  };
  for (const [summary, phrases] of Object.entries(words)) {
    for (const phrase of phrases) expect(await summariesOf(phrase), phrase).toEqual([summary]);
  }
  for (const nothing of ['ngin', 'nlook', 'tlast', 'nginx var', '...', '_']) {
    expect(await summariesOf(nothing), nothing).toEqual([]);
  }
});

test('what cannot be searched for, and a stream, are a 400 that names q', async () => {
  const refused = async (path: string, q: string) => {
    expect(await get(path, { q }), `${path} ${q}`).toMatchObject({ status: 400, errors: [{ path: 'q' }] });
  };
  for (const q of ['', '   ', 'x'.repeat(201)]) await refused('', q);
  await refused('/count', '');
  await refused('/stream', 'release');
});

test('another workspace’s entries are never found, whoever asks the database how', async () => {
  const word = 'confidential';
  await append(api.database, foreignId, [{ summary: `${word} of another workspace`, payload: { word } }]);
  await append(api.database, workspaceId, [{ summary: `${word} of this one` }]);
  expect(await summariesOf(word)).toEqual([`${word} of this one`]);
  expect(await get('/count', { q: word })).toEqual({ total: 1 });
  const app = new pg.Client(api.testDatabase.appUrl);
  await app.connect();
  try {
    const search = (id: string, q: string) =>
      app.query(
        `SELECT e.workspace_id FROM crewship_search_journal($1, $2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
           NULL, NULL, NULL, NULL, NULL, NULL) f JOIN journal_entries e ON e.id = f.entry_id`,
        [id, q],
      );
    await app.query(`SELECT set_config('crewship.workspaces', $1, false)`, [workspaceId]);
    expect((await search(workspaceId, word)).rows).toEqual([{ workspace_id: workspaceId }]);
    for (const id of [foreignId, '', `${workspaceId}' | 'workspace:${foreignId}`]) {
      expect((await search(id, word)).rows, id).toEqual([]);
    }
    await app.query(`SELECT set_config('crewship.workspaces', '', false)`);
    expect((await search(workspaceId, word)).rows).toEqual([]);
    // The function returns ids and times; without being in the list those are not given either.
    const bare = await app.query(
      `SELECT * FROM crewship_search_journal($1, $2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
         NULL, NULL, NULL)`,
      [foreignId, word],
    );
    expect(bare.rows).toEqual([]);
  } finally {
    await app.end();
  }
});

test('a search narrows by the same filters as a list, in the same pages', async () => {
  const id = await api.addWorkspace();
  const of = <Value>(values: readonly Value[], index: number): Value => values[index % values.length]!;
  await append(
    api.database,
    id,
    Array.from({ length: 60 }, (_, index) => ({
      summary: `common word ${index}`,
      type: of(['crew.action', 'mission.created', 'run.failed'], index),
      severity: of(['info', 'warn', 'error'] as const, Math.floor(index / 2)),
      crewId: of(['crew-1', 'crew-2', null], Math.floor(index / 3)),
      agentId: of([null, 'agent-1'], Math.floor(index / 5)),
      missionId: of(['mission-1', null], Math.floor(index / 7)),
      traceId: of([null, 'trace-1'], index),
    })),
  );
  await client.query(
    `INSERT INTO journal_annotations (entry_id, workspace_id, priority)
     SELECT id, workspace_id, 'pin' FROM journal_entries WHERE workspace_id = $1 AND right(id, 1) < '8'`,
    [id],
  );
  const { rows } = await client.query<{ ts: string }>(
    `SELECT to_json(ts)#>>'{}' AS ts FROM journal_entries WHERE workspace_id = $1 ORDER BY ts LIMIT 1 OFFSET 30`,
    [id],
  );
  const some = (...values: string[]) => fc.option(fc.subarray(values), { nil: undefined });
  const one = (value: string) => fc.option(fc.constant(value), { nil: undefined });
  const filters = fc.record({
    crewIds: some('crew-1', 'crew-2'),
    agentIds: some('agent-1', 'agent-2'),
    missionId: one('mission-1'),
    traceId: one('trace-1'),
    entryTypes: some('crew.action', 'run.failed'),
    excludeEntryTypes: some('crew.action', 'run.failed'),
    severities: some('info', 'error'),
    actorTypes: some('system', 'user'),
    priorities: some('pin', 'normal'),
    since: one(rows[0]!.ts),
    until: one(rows[0]!.ts),
  });
  const { reads } = api.database;
  await fc.assert(
    fc.asyncProperty(filters, async (drawn) => {
      const filter = drawn as JournalFilter;
      const phrase = 'common word';
      const all = await listJournal(reads, id, filter, { limit: 100, cursor: null });
      expect(await countJournal(reads, id, { ...filter, phrase })).toBe(all.length);
      const found: string[] = [];
      for (let cursor = null; ; ) {
        const page = await listJournal(reads, id, { ...filter, phrase }, { limit: 7, cursor });
        found.push(...page.map((entry) => entry.id));
        if (page.length < 7) break;
        cursor = page.at(-1) as never;
      }
      expect(found).toEqual(all.map((entry) => entry.id));
    }),
    { numRuns: RUNS },
  );
});

test('a rare phrase is looked up in the index, however many entries there are', async () => {
  await client.query(
    `INSERT INTO journal_entries (id, ts, workspace_id, entry_type, actor_type, summary, payload)
     SELECT 'j_' || lpad(to_hex(n), 16, '0'), now() - n * interval '1 second',
       CASE WHEN n % 4 = 0 THEN $1 ELSE $2 END, 'crew.action', 'system',
       CASE WHEN n = 10000 THEN 'needle in the hay' ELSE 'hay ' || n END, jsonb_build_object('text', 'hay ' || n % 500)
     FROM generate_series(1, 20000) n`,
    [workspaceId, foreignId],
  );
  await client.query('ANALYZE journal_entries');
  const app = new pg.Client(api.testDatabase.appUrl);
  await app.connect();
  const scans = async (): Promise<number> => {
    await app.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await app.query<{ scans: string }>(
      `SELECT sum(idx_scan) AS scans FROM pg_stat_user_indexes WHERE indexrelname LIKE 'journal_entries%terms%'`,
    );
    return Number(rows[0]!.scans);
  };
  try {
    await app.query(`SELECT set_config('crewship.workspaces', $1, false)`, [workspaceId]);
    const before = await scans();
    const { rows } = await app.query(
      `SELECT entry_id FROM crewship_search_journal($1, 'needle in', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
         NULL, NULL, NULL, NULL, NULL, 100)`,
      [workspaceId],
    );
    expect(rows).toEqual([{ entry_id: `j_${(10_000).toString(16).padStart(16, '0')}` }]);
    expect(await scans()).toBe(before + 1);
  } finally {
    await app.end();
  }
});
