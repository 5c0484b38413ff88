import { createHash } from 'node:crypto';
import type { BenchStack } from './bench-stack.ts';
import { atLeast, atMost, type Figure } from './figure.ts';
import { percentile } from './percentile.ts';

const ENTRIES = 1_000_000;
const CHUNK = 50_000;
/** Of each list and search, one after the other. */
const CALLS = 100;
const PAGE = 50;
const SEALED_WITHIN_MS = 1_200_000;

/** Each filter alone, by what is common and by what is rare or not there at all. */
const FILTERS = [
  ...['', 'crew_id=crew-1', 'crew_id=crew-none', 'agent_id=agent-1', 'mission_id=mission-1', 'trace_id=trace-1'],
  ...['entry_type=run.started', 'entry_type=exec.command', 'entry_type=seldom.told', 'exclude_entry_type=exec.command'],
  ...['severity=info', 'severity=warn', 'severity=error', 'actor_type=agent', 'actor_type=user', 'actor_type=keeper'],
  ...['priority=normal', 'priority=pin', 'priority=permanent'],
  ...['since=2026-01-10T00:00:00Z', 'until=2026-01-02T00:00:00Z'],
];
/** A word of every entry, one of a thousand, one of ten, and none. */
const SEARCHES = ['package', 'word-17', 'needle-3', 'nowhere'];

/** A workspace whose journal has a million entries, sealed. */
async function fill(bench: BenchStack): Promise<string> {
  const { id } = await bench.crewship.request('POST /api/v1/workspaces', {
    body: { name: 'A million entries', slug: 'million-entries' },
  });
  const { rows } = bench;
  for (let from = 0; from < ENTRIES; from += CHUNK) {
    await rows.query('BEGIN');
    // Whoever gives positions waits: these are given here, in one statement instead of thousands.
    await rows.query(`SELECT 1 FROM leases WHERE name = 'journal-sequencer' FOR UPDATE`);
    await rows.query(
      `WITH made AS (
        INSERT INTO journal_entries (id, ts, workspace_id, crew_id, agent_id, mission_id, entry_type, severity,
          actor_type, actor_id, summary, payload, trace_id)
        SELECT 'j_' || lpad(n::text, 24, '0'), timestamptz '2026-01-01' + n * interval '1 second', $1,
          'crew-' || n % 20, 'agent-' || n % 100, 'mission-' || n % 1000,
          CASE WHEN n % 100000 = 7 THEN 'seldom.told' WHEN n % 3 = 0 THEN 'run.started' ELSE 'exec.command' END,
          CASE WHEN n % 50000 = 5 THEN 'error' WHEN n % 500 = 3 THEN 'warn' ELSE 'info' END,
          CASE WHEN n % 100000 = 9 THEN 'keeper' WHEN n % 50 = 1 THEN 'user' ELSE 'agent' END, 'actor-' || n % 100,
          'fetched package ' || n || ' word-' || n % 1000 || CASE WHEN n % 100000 = 3 THEN ' needle-3' ELSE '' END,
          jsonb_build_object('host', 'registry.example.com', 'bytes', n, 'exit_code', n % 7), 'trace-' || n % 10000
        FROM generate_series($2::bigint, $3::bigint) n RETURNING id, ts
      ), grown AS (
        INSERT INTO journal_streams AS s (stream, workspace_id, last_position)
        SELECT $1, $1, count(*) FROM made
        ON CONFLICT (stream) DO UPDATE SET last_position = s.last_position + excluded.last_position
        RETURNING last_position
      )
      INSERT INTO journal_positions (stream, position, workspace_id, entry_id, entry_ts)
      SELECT $1, g.last_position - count(*) OVER () + row_number() OVER (ORDER BY m.id), $1, m.id, m.ts
      FROM made m, grown g`,
      [id, from, from + CHUNK - 1],
    );
    await rows.query('COMMIT');
  }
  await rows.query(
    `INSERT INTO journal_annotations (entry_id, workspace_id, priority)
     SELECT 'j_' || lpad((n * 1000)::text, 24, '0'), $1, CASE WHEN n % 100 = 0 THEN 'permanent' ELSE 'pin' END
     FROM generate_series(0, 999) n`,
    [id],
  );
  for (const table of ['journal_entries', 'journal_positions', 'journal_annotations']) {
    await rows.query(`VACUUM ANALYZE ${table}`);
  }
  return id;
}

/** Resolves when the newest checkpoint has all entries. */
async function awaitSealed(ask: (path: string) => Promise<Response>): Promise<void> {
  const until = performance.now() + SEALED_WITHIN_MS;
  for (;;) {
    const answer = await ask('journal/checkpoint');
    if (answer.ok && Number((await answer.text()).split('\n')[1]) >= ENTRIES) return;
    if (performance.now() > until) throw new Error('the journal was not sealed in time');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

/** The journal at a million entries: lists by any one filter, searches, verification, export. */
export async function millionEntries(bench: BenchStack): Promise<Figure[]> {
  const workspaceId = await fill(bench);
  const ask = (path: string) =>
    fetch(`${bench.stack.apiUrl}/api/v1/${path}${path.includes('?') ? '&' : '?'}workspace_id=${workspaceId}`, {
      headers: { authorization: `Bearer ${bench.token}` },
    });
  async function p99Of(query: string): Promise<number> {
    const tookMs = [];
    for (let call = 0; call < CALLS; call += 1) {
      const since = performance.now();
      const answer = await ask(`journal?limit=${PAGE}&${query}`);
      if (!answer.ok) throw new Error(`${query}: ${answer.status} ${await answer.text()}`);
      await answer.arrayBuffer();
      tookMs.push(performance.now() - since);
    }
    return percentile(tookMs, 99);
  }
  async function slowestOf(queries: readonly string[]): Promise<{ readonly query: string; readonly p99Ms: number }> {
    const found = [];
    for (const query of queries) found.push({ query, p99Ms: await p99Of(query) });
    return found.toSorted((a, b) => b.p99Ms - a.p99Ms)[0]!;
  }

  const list = await slowestOf(FILTERS);
  const search = await slowestOf(SEARCHES.map((word) => `q=${encodeURIComponent(word)}`));
  const bareMs = await timed(() =>
    bench.rows.query(`SELECT * FROM journal_entries WHERE workspace_id = $1 ORDER BY ts DESC, id DESC LIMIT ${PAGE}`, [
      workspaceId,
    ]),
  );

  await awaitSealed(ask);
  const verifyMs = await timed(async () => {
    const answer = await ask('admin/journal/verify');
    const { valid } = (await answer.json()) as { valid?: boolean };
    if (valid !== true) throw new Error('the journal does not verify');
  });
  const hashMs = await timed(() =>
    bench.rows.query(
      `SELECT count(sha256(convert_to(e::text, 'UTF8'))) FROM journal_entries e WHERE workspace_id = $1`,
      [workspaceId],
    ),
  );

  let lines = 0;
  const exportMs = await timed(async () => {
    const answer = await ask('journal/export.ndjson');
    const digest = createHash('sha256');
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
      digest.update(chunk);
      for (const byte of chunk) if (byte === 10) lines += 1;
    }
  });
  if (lines < ENTRIES) throw new Error(`the export has ${lines} lines`);

  return [
    atMost({
      ...{ name: `journal-list-million-p99 (${list.query})`, value: list.p99Ms, unit: 'ms', target: 50 },
      ...{ limit: bareMs, limitName: 'the newest page, read by Postgres alone' },
    }),
    atMost({
      ...{ name: `journal-search-million-p99 (${search.query})`, value: search.p99Ms, unit: 'ms', target: 200 },
      ...{ limit: bareMs, limitName: 'the newest page, read by Postgres alone' },
    }),
    atMost({
      ...{ name: 'journal-verify-million', value: verifyMs / 1_000, unit: 's', target: 60 },
      ...{ limit: hashMs / 1_000, limitName: 'a hash of each row, by Postgres alone' },
    }),
    atLeast({
      ...{ name: 'journal-export', value: lines / (exportMs / 1_000), unit: 'rows/s', target: 20_000 },
      ...{ limit: ENTRIES / (hashMs / 1_000), limitName: 'rows that Postgres alone reads and hashes' },
    }),
  ];
}

async function timed(task: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await task();
  return performance.now() - since;
}
