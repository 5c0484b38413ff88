import { expect, test } from 'vitest';
import type { InternalAnswer } from '../../support/sidecar-api.ts';
import { crewInProcess, DIME, EMIT, RECORD, startInternalProcess, startLedger } from './ledger-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';
import { outcome } from '../../support/world/caller.ts';

const ledger = perFile(() => startLedger('groups'));
const crew = perFile(() => ledger.internal.addCrew());

test('a row that Postgres refuses fails alone; the others of its batch are recorded once', async () => {
  await ledger.owner.query(`ALTER TABLE cost_ledger ADD CONSTRAINT poison CHECK (model <> 'poison')`);
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      crew.call({
        path: RECORD,
        body: {
          workspace_id: crew.workspaceId,
          ...DIME,
          ...(index === 17 ? { model: 'poison' } : {}),
          call_id: `poison-${index}`,
        },
      }),
    ),
  );
  const refused = answers.flatMap((answer, index) => (answer.status === 202 ? [] : [[index, answer.status]]));
  expect(refused).toEqual([[17, 400]]);
  const [count] = await ledger.rows(`SELECT count(*)::int AS n FROM cost_ledger WHERE call_id LIKE 'poison-%'`);
  expect(count).toEqual({ n: 39 });
  const [hours] = await ledger.rows(
    `SELECT sum(call_count)::int AS n FROM cost_hours WHERE scope_kind = 'crew' AND scope_id = $1`,
    [crew.crewId],
  );
  expect(hours).toEqual({ n: 39 });
});

test('an entry that Postgres refuses fails alone', async () => {
  await ledger.owner.query(`ALTER TABLE journal_entries ADD CONSTRAINT poison CHECK (summary <> 'poison')`);
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      crew.call({ path: EMIT, body: { type: 'file.written', summary: index === 5 ? 'poison' : `file ${index}` } }),
    ),
  );
  expect(answers.map(({ status }, index) => (status === 202 ? [] : [index, status])).flat()).toEqual([5, 400]);
  const found = await ledger.rows(`SELECT 1 FROM journal_entries WHERE entry_type = 'file.written' AND crew_id = $1`, [
    crew.crewId,
  ]);
  expect(found).toHaveLength(39);
});

test('one batch holds several workspaces’ rows, each in its own workspace', async () => {
  const other = await ledger.internal.addCrew();
  const crews = [crew, other];
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      crews[index % 2]!.call({
        path: RECORD,
        body: { workspace_id: crews[index % 2]!.workspaceId, ...DIME, call_id: `mixed-${index}` },
      }),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  const rows = await ledger.rows<{ workspace_id: string; crew_id: string; at: string }>(
    `SELECT workspace_id, crew_id, ts::text AS at FROM cost_ledger WHERE call_id LIKE 'mixed-%'`,
  );
  for (const one of crews) {
    const theirs = rows.filter(({ crew_id }) => crew_id === one.crewId);
    expect([theirs.length, new Set(theirs.map(({ workspace_id }) => workspace_id))]).toEqual([
      30,
      new Set([one.workspaceId]),
    ]);
  }
  // Rows of one commit share its time.
  const batches = Map.groupBy(rows, ({ at }) => at);
  const mixed = [...batches.values()].some((batch) => new Set(batch.map(({ crew_id }) => crew_id)).size === 2);
  expect(mixed).toBe(true);
});

test('what was answered is there after kill -9, and what is sent again is one row', async () => {
  const own = await ledger.internal.addCrew();
  const at = await crewInProcess(own);
  const redisUrl = ledger.internal.redisUrl;
  const first = await startInternalProcess(ledger, { dataDir: at.dataDir, redisUrl });
  await at.served();
  const body = (index: number) => ({ workspace_id: own.workspaceId, ...DIME, call_id: `killed-${index}` });
  const answered = new Map<number, string>();
  let sent = 0;
  const client = async () => {
    for (;;) {
      const index = sent++;
      const answer = await at.call({ path: RECORD, body: body(index) }).catch((): InternalAnswer | null => null);
      if (answer === null) return;
      expect(answer.status).toBe(202);
      answered.set(index, answer.body.id as string);
      if (answered.size === 150) await first.kill();
    }
  };
  await Promise.all(Array.from({ length: 24 }, client));
  const stored = async () =>
    new Map(
      (
        await ledger.rows<{ call_id: string; id: string }>(
          `SELECT call_id, id FROM cost_ledger WHERE crew_id = $1 AND call_id LIKE 'killed-%'`,
          [own.crewId],
        )
      ).map((row) => [row.call_id, row.id]),
    );
  const before = await stored();
  for (const [index, id] of answered) expect(before.get(`killed-${index}`)).toBe(id);

  const second = await startInternalProcess(ledger, { dataDir: at.dataDir, redisUrl });
  await at.served();
  const again = await Promise.all(
    Array.from({ length: sent }, (_, index) => at.call({ path: RECORD, body: body(index) })),
  );
  for (const [index, answer] of again.entries()) {
    expect(outcome(answer)).toEqual([202, undefined]);
    const id = answered.get(index);
    if (id !== undefined) expect(answer.body.id).toBe(id);
  }
  expect((await stored()).size).toBe(sent);
  const [hours] = await ledger.rows(
    `SELECT sum(call_count)::int AS n FROM cost_hours WHERE scope_kind = 'crew' AND scope_id = $1`,
    [own.crewId],
  );
  expect(hours).toEqual({ n: sent });

  // Told to stop with reports under way: what it recorded is what it answered.
  const told: string[] = [];
  let stopping: Promise<number | null> | undefined;
  let next = 0;
  const stopped = async () => {
    for (;;) {
      const call = { workspace_id: own.workspaceId, ...DIME, call_id: `stopped-${next++}` };
      const answer = await at.call({ path: RECORD, body: call }).catch((): InternalAnswer | null => null);
      if (answer?.status !== 202) return;
      told.push(answer.body.id as string);
      if (told.length === 100) stopping = second.stop();
    }
  };
  await Promise.all(Array.from({ length: 24 }, stopped));
  expect(await stopping).toBe(0);
  const kept = await ledger.rows<{ id: string }>(
    `SELECT id FROM cost_ledger WHERE crew_id = $1 AND call_id LIKE 'stopped-%'`,
    [own.crewId],
  );
  expect(kept.map(({ id }) => id).sort()).toEqual(told.sort());
  await at.remove();
}, 90_000);
