import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealJournal } from '../../../commands/evidence/journal-log/seal-journal.ts';
import { createSigningKeys } from '../../../commands/instance/keys/signing-keys.ts';
import { sequenceJournal } from '../../../db/evidence/journal/sequencer.ts';
import { parseCheckpoint } from '../../../domain/evidence/journal-log/checkpoint.ts';
import { rootOfInclusion } from '../../../platform/merkle/merkle-tree.ts';
import { append } from '../../http/streams/live-journal.ts';
import { startTestApi, type TestOwner } from '../../support/test-api.ts';
import { connectOwner } from '../../support/test-database.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { perFile } from '../../support/world/per-file.ts';

const run = promisify(execFile);
const BATCHES = [100, 156, 100, 244];
const SIZE = 600;

const api = perFile(() => startTestApi());
const database = perFile(() => connectOwner(api.testDatabase));

interface Verified {
  valid: boolean;
  size: number;
  unsealed: number;
  checkpoint: string;
  faults: { kind: string; position: number | null; after: number | null; entry_id: string | null }[];
}

let folder: string;
let verifier: string | undefined;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'crewship-verify-'));
  const built = path.join(folder, 'verify');
  const source = path.join(import.meta.dirname, '../../../clients/verify');
  // Where there is no Go the API's verification alone is tested.
  verifier = await run('go', ['build', '-o', built, '.'], { cwd: source }).then(
    () => built,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    },
  );
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const keys = () => createSigningKeys({ database: api.database, keyRing: TEST_KEY_RING, purpose: 'journal_checkpoint' });

async function seal(): Promise<void> {
  while ((await sequenceJournal(api.database)).sequenced > 0);
  while ((await sealJournal(api.database, keys())) > 0);
}

/** A workspace with 600 entries that were sealed in batches. */
async function journal(): Promise<TestOwner> {
  const owner = await api.addOwner();
  let made = 0;
  for (const count of BATCHES) {
    const entries = Array.from({ length: count }, () => {
      made += 1;
      return { summary: `entry ${made}`, payload: { number: made, text: 'Grüße "aus" <der> Werkstatt' } };
    });
    await append(api.database, owner.workspaceId, entries);
    await seal();
  }
  return owner;
}

const checkpointOf = async (owner: TestOwner) => (await owner.send('GET', '/journal/checkpoint')).body;

/** What the API and the offline verifier find. */
async function check(owner: TestOwner, kept?: string) {
  const query = kept === undefined ? '' : `?kept=${encodeURIComponent(kept)}`;
  const found = await owner.get<Verified>(`/admin/journal/verify${query}`);
  if (verifier === undefined) return { found, offline: null };
  const file = path.join(folder, `${owner.workspaceId}.ndjson`);
  await writeFile(file, (await owner.send('GET', '/journal/export.ndjson')).body);
  const { keys: known } = await owner.get<{ keys: string[] }>('/journal/log/keys');
  const args = known.flatMap((key) => ['-key', key]);
  if (kept !== undefined) {
    await writeFile(`${file}.kept`, kept);
    args.push('-kept', `${file}.kept`);
  }
  const offline = await run(verifier, [...args, file]).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    (error: { code: number; stdout: string }) => ({ code: error.code, text: error.stdout }),
  );
  return { found, offline };
}

async function expectFault(
  owner: TestOwner,
  fault: Partial<Verified['faults'][number]>,
  said: string | null,
  kept?: string,
): Promise<void> {
  const { found, offline } = await check(owner, kept);
  expect(found.valid).toBe(false);
  expect(found.faults[0]).toMatchObject(fault);
  if (offline === null || said === null) return;
  expect(offline.code).toBe(1);
  expect(offline.text.split('\n')[0]).toContain(said);
}

const at = (owner: TestOwner, position: number) =>
  `(SELECT entry_id FROM journal_positions WHERE stream = '${owner.workspaceId}' AND position = ${position})`;

test('a journal that nobody touched verifies, in the API and without it, and is proven entry by entry', async () => {
  const owner = await journal();
  const { found, offline } = await check(owner);
  expect(found).toMatchObject({ valid: true, size: SIZE, unsealed: 0, faults: [] });
  if (offline !== null) expect(offline).toEqual({ code: 0, text: '600 entries, 0 faults\n' });
  const note = parseCheckpoint(await checkpointOf(owner))!;
  expect(note).toMatchObject({ origin: `crewship/journal/${owner.workspaceId}`, size: SIZE });
  for (const position of [1, 256, 257, 512, 600]) {
    const proof = await owner.get<Record<string, string> & { leaf_index: number; hashes: string[] }>(
      `/journal/log/inclusion?position=${position}`,
    );
    const hashes = proof.hashes.map((hash) => Buffer.from(hash, 'base64'));
    const root = rootOfInclusion(Buffer.from(proof.leaf_hash!, 'base64'), proof.leaf_index, SIZE, hashes);
    expect(root?.toString('base64')).toBe(note.root);
    expect(proof.root_hash).toBe(note.root);
  }
  const consistency = await owner.get<Record<string, string>>('/journal/log/consistency?from=256');
  expect(consistency.root_hash).toBe(note.root);
  expect((await owner.ask('GET', '/journal/log/inclusion?position=601')).status).toBe(400);
  const tile = await owner.send('GET', '/journal/log/tile?level=0&tile=2');
  expect(tile.rawPayload).toHaveLength((SIZE - 512) * 32);
  expect((await owner.send('GET', '/journal/log/tile?level=0&tile=3')).statusCode).toBe(404);
  const csv = (await owner.send('GET', '/journal/export.csv')).body.split('\r\n');
  expect(csv).toHaveLength(SIZE + 2);
  expect(csv[1]).toMatch(/^1,j_[0-9a-f]{16},/);
});

test('who may verify and export, and who may only look', async () => {
  const owner = await journal();
  const manager = await api.addMember(owner.workspaceId, 'MANAGER');
  expect((await manager.ask('GET', '/admin/journal/verify')).status).toBe(403);
  expect((await manager.send('GET', '/journal/export.ndjson')).statusCode).toBe(403);
  expect((await manager.send('GET', '/journal/checkpoint')).statusCode).toBe(200);
  expect((await owner.ask('GET', '/admin/instance-journal/verify')).status).toBe(403);
  expect((await owner.ask('GET', '/admin/journal/verify?kept=nonsense')).status).toBe(400);
  const operator = await api.addUser({ operator: true });
  expect(await operator.get('/admin/instance-journal/verify')).toMatchObject({ valid: true, faults: [] });
  const lines = (await operator.send('GET', '/admin/instance-journal/export.ndjson')).body.trim().split('\n');
  expect(lines.join('\n')).toContain('instance_key.created');
});

test('the text of a leaf is the same for ever: what was sealed is verified with it', async () => {
  const { rows } = await database.query<{ leaf: string; content: string; personal: string }>(`
    WITH e AS (
      SELECT jsonb_populate_record(NULL::journal_entries, '{"id": "j_0", "ts": "2026-01-02T03:04:05.678Z",
        "workspace_id": "w1", "entry_type": "a.b", "severity": "info", "actor_type": "user", "actor_id": "u1",
        "summary": "Žluťoučký", "payload": {"longer": 1.10, "z": [1e2, "\\u00e9"]}, "refs": {}}') AS row
    )
    SELECT crewship_journal_leaf(row, 7, sha256('x')) AS leaf, crewship_journal_content(row) AS content,
      crewship_journal_personal(row) AS personal FROM e`);
  expect(rows[0]!.content).toBe('{"refs": {}, "payload": {"z": [100, "é"], "longer": 1.10}, "summary": "Žluťoučký"}');
  expect(rows[0]!.personal).toBe(
    '{"token": null, "address": null, "session": null, "actor_id": "u1", "user_agent": null}',
  );
  expect(hash('sha256', rows[0]!.leaf)).toBe('78a6658ed9cbf71043bdb8f43479d517142546cc3682975f184cd7d131ae376d');
});

describe('what a superuser of the database does is found, and where', () => {
  test('an entry is edited', async () => {
    const owner = await journal();
    await database.query(`UPDATE journal_entries SET summary = 'nothing happened' WHERE id = ${at(owner, 300)}`);
    await expectFault(owner, { kind: 'edited', position: 300 }, 'position 300: edited');
  });

  test('an entry’s address is edited', async () => {
    const owner = await journal();
    await database.query(`UPDATE journal_entries SET address = '203.0.113.9' WHERE id = ${at(owner, 7)}`);
    await expectFault(owner, { kind: 'edited', position: 7 }, 'position 7: edited');
  });

  test('an entry and its sealed hash are edited: between two checkpoints', async () => {
    const owner = await journal();
    await database.query(`UPDATE journal_entries SET summary = 'nothing' WHERE id = ${at(owner, 300)}`);
    await database.query(
      `UPDATE journal_tiles SET hashes = overlay(hashes PLACING (
        SELECT sha256('\\x00'::bytea || convert_to(crewship_journal_leaf(e, p.position,
          sha256(crewship_journal_salt(s.salt, e.id) || convert_to(crewship_journal_personal(e), 'UTF8'))), 'UTF8'))
        FROM journal_positions p JOIN journal_entries e ON e.id = p.entry_id
        JOIN journal_salts s ON s.stream = p.stream AND s.actor_type = e.actor_type
          AND s.actor_id = coalesce(e.actor_id, '')
        WHERE p.stream = $1 AND p.position = 300) FROM 1 + 32 * 43)
      WHERE stream = $1 AND level = 0 AND tile = 1`,
      [owner.workspaceId],
    );
    // Checkpoints of the sizes 100, 356 and 600 are kept.
    await expectFault(
      owner,
      { kind: 'log_changed', after: 100, position: 356 },
      'after position 100, up to 356: the log is not the one that was signed',
    );
  });

  test('two entries change their places', async () => {
    const owner = await journal();
    const [a, b] = (
      await database.query<{ entry_id: string; ts: string }>(`SELECT entry_id, entry_ts::text AS ts
        FROM journal_positions WHERE stream = '${owner.workspaceId}' AND position IN (10, 20) ORDER BY position`)
    ).rows;
    const put = (position: number, entry: { entry_id: string; ts: string }, suffix = '') =>
      database.query(`UPDATE journal_positions SET entry_id = '${entry.entry_id}${suffix}', entry_ts = '${entry.ts}'
        WHERE stream = '${owner.workspaceId}' AND position = ${position}`);
    await put(10, b!, '-');
    await put(20, a!);
    await put(10, b!);
    await expectFault(owner, { kind: 'reordered', position: 10 }, 'position 10: edited or reordered');
  });

  test('an entry in the middle is deleted, with its position or without', async () => {
    const owner = await journal();
    await database.query(`DELETE FROM journal_entries WHERE id = ${at(owner, 42)}`);
    await expectFault(owner, { kind: 'missing', position: 42 }, 'position 42: missing');
    await database.query(`DELETE FROM journal_positions WHERE stream = $1 AND position = 42`, [owner.workspaceId]);
    await expectFault(owner, { kind: 'missing', position: 42 }, 'position 42: missing');
  });

  test('the tail is cut off, and the log with it: a kept checkpoint finds it', async () => {
    const owner = await journal();
    const kept = await checkpointOf(owner);
    const stream = owner.workspaceId;
    await database.query(
      `DELETE FROM journal_entries WHERE workspace_id = $1 AND id IN
      (SELECT entry_id FROM journal_positions WHERE stream = $1 AND position > 356)`,
      [stream],
    );
    await database.query('DELETE FROM journal_positions WHERE stream = $1 AND position > 356', [stream]);
    await database.query('UPDATE journal_streams SET last_position = 356 WHERE stream = $1', [stream]);
    const { found } = await check(owner);
    expect(found.faults[0]).toMatchObject({ kind: 'missing', position: 357 });
    await database.query('DELETE FROM journal_checkpoints WHERE stream = $1 AND size > 356', [stream]);
    await database.query('DELETE FROM journal_tiles WHERE stream = $1 AND level = 0 AND tile > 1', [stream]);
    await database.query(
      `UPDATE journal_tiles SET hashes = substring(hashes FROM 1 FOR CASE level WHEN 0 THEN 3200 ELSE 32 END)
       WHERE stream = $1 AND (level = 1 OR tile = 1)`,
      [stream],
    );
    await database.query('UPDATE journal_logs SET size = 356 WHERE stream = $1', [stream]);
    expect((await check(owner)).found.valid).toBe(true);
    await expectFault(
      owner,
      { kind: 'truncated', after: 356, position: 600 },
      'after position 356: truncated: the kept checkpoint has 600 entries',
      kept,
    );
  });

  test('an entry is inserted between others, or beside them', async () => {
    const owner = await journal();
    const copy = (id: string) => `
      INSERT INTO journal_entries (id, ts, workspace_id, entry_type, actor_type, summary)
      SELECT '${id}', ts - interval '1 hour', workspace_id, entry_type, actor_type, 'made up'
      FROM journal_entries WHERE id = ${at(owner, 1)}`;
    await database.query(copy('j_beside'));
    await expectFault(owner, { kind: 'inserted', entry_id: 'j_beside' }, null);
    await database.query(
      `UPDATE journal_positions SET position = -position - 1 WHERE stream = $1 AND position >= 300`,
      [owner.workspaceId],
    );
    await database.query(`UPDATE journal_positions SET position = -position WHERE stream = $1 AND position < 0`, [
      owner.workspaceId,
    ]);
    await database.query(`INSERT INTO journal_positions (stream, position, workspace_id, entry_id, entry_ts)
      SELECT workspace_id, 300, workspace_id, id, ts FROM journal_entries WHERE id = 'j_beside'`);
    await expectFault(owner, { kind: 'inserted', position: 300 }, 'position 300: edited');
  });

  test('the log is made anew over other entries: unsigned it is found, signed by the instance a kept checkpoint finds it', async () => {
    const owner = await journal();
    const kept = await checkpointOf(owner);
    const stream = owner.workspaceId;
    await database.query(`UPDATE journal_entries SET summary = 'another past' WHERE id = ${at(owner, 300)}`);
    for (const table of ['journal_checkpoints', 'journal_tiles']) {
      await database.query(`DELETE FROM ${table} WHERE stream = $1`, [stream]);
    }
    await database.query('UPDATE journal_logs SET size = 0 WHERE stream = $1', [stream]);
    await seal();
    const forked = await checkpointOf(owner);
    expect((await check(owner)).found.valid).toBe(true);
    await expectFault(owner, { kind: 'forked', position: 600 }, 'up to position 600: forked', kept);
    await database.query('UPDATE journal_checkpoints SET note = $2 WHERE stream = $1', [
      stream,
      forked.replace(/ ([^ ]+)\n$/, (_, signature: string) => ` ${signature.slice(0, 20)}AAAA${signature.slice(24)}\n`),
    ]);
    await expectFault(owner, { kind: 'bad_signature', position: 600 }, 'position 600: the checkpoint is not signed');
  });
});

test('who acted is erased, and every leaf still verifies', async () => {
  const owner = await journal();
  await owner.post('/crews', { name: 'Crew', slug: 'crew' });
  await seal();
  const operator = await api.addUser({ operator: true });
  const who = { actor_type: 'user', actor_id: owner.id };
  const url = '/admin/instance-journal/erase';
  expect((await owner.ask('POST', url, who)).status).toBe(403);
  const { entries } = await operator.act<{ entries: number }>(url, who);
  expect(entries).toBeGreaterThan(0);
  expect(await operator.act(url, who)).toEqual({ entries: 0 });
  const told = await database.query(
    `SELECT payload, actor_id FROM journal_entries WHERE entry_type = 'journal.actor_erased' ORDER BY ts, id`,
  );
  const base = { actor_type: 'user' };
  expect(told.rows).toEqual([
    { payload: { ...base, entries }, actor_id: operator.id },
    { payload: { ...base, entries: 0 }, actor_id: operator.id },
  ]);
  const { rows } = await database.query(
    `SELECT (SELECT count(*)::int FROM journal_entries WHERE actor_id = $1) AS entries,
      (SELECT count(*)::int FROM journal_salts WHERE actor_id = $1) AS salts`,
    [owner.id],
  );
  expect(rows).toEqual([{ entries: 0, salts: 0 }]);
  const { found, offline } = await check(owner);
  expect(found).toMatchObject({ valid: true, faults: [] });
  if (offline !== null) expect(offline.code).toBe(0);
  expect((await owner.send('GET', '/journal/export.ndjson')).body).not.toContain(owner.id);
  await database.query(
    `UPDATE journal_entries SET severity = 'error' WHERE actor_type = 'user' AND workspace_id = $1`,
    [owner.workspaceId],
  );
  expect((await check(owner)).found.faults[0]).toMatchObject({ kind: 'edited' });
});

test('the audit’s integrity is that of its segments, and names the first break', async () => {
  const owner = await journal();
  const note = parseCheckpoint(await checkpointOf(owner))!;
  const whole = await owner.get<{ tip: object }>('/audit/integrity');
  expect(whole).toMatchObject({ ok: true, segments: 3, entries: SIZE, first_break: null });
  expect(whole.tip).toMatchObject({ seq: SIZE, root: note.root });
  await database.query(`UPDATE journal_entries SET summary = 'another' WHERE id = ${at(owner, 300)}`);
  expect(await owner.get('/audit/integrity')).toMatchObject({
    ok: false,
    first_break: { kind: 'edited', position: 300, segment: 2 },
  });
  expect(await owner.get('/audit/integrity?from_segment=3')).toMatchObject({ ok: true, segments: 1, entries: 88 });
  expect(await owner.get('/audit/integrity?to_segment=1')).toMatchObject({ ok: true, segments: 1, entries: 256 });
  expect(await owner.get('/audit/integrity?from_segment=2&to_segment=9')).toMatchObject({ ok: false, segments: 2 });
  for (const wrong of ['from_segment=4', 'from_segment=2&to_segment=1', 'from_segment=0']) {
    expect((await owner.ask('GET', `/audit/integrity?${wrong}`)).status, wrong).toBe(400);
  }
  const member = await api.addMember(owner.workspaceId, 'MANAGER');
  expect((await member.send('GET', '/api/v1/audit/integrity')).statusCode).toBe(403);
});
