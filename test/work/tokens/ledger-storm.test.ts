import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { verifyLedger } from '../../../db/work/tokens/read-ledger.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { startChild } from '../../support/child-process.ts';
import { soon } from '../../support/soon.ts';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';
import { addTokenProject } from './token-project.ts';

/** 10,000 are a storm of some minutes: `CREWSHIP_TEST_TOKEN_OPERATIONS`. */
const OPERATIONS = Number(process.env.CREWSHIP_TEST_TOKEN_OPERATIONS ?? 200);
const KILLS = Math.max(3, Math.floor(OPERATIONS / 250));

const api = perFile(() => startTestApi());

const wallet = fc.nat(5);
/** Some are larger than what there is, at any time. */
const wish = fc.record({
  type: fc.constantFrom('mint', 'transfer', 'transfer', 'burn'),
  from: wallet,
  step: fc.integer({ min: 1, max: 5 }),
  amount: fc.bigInt({ min: 1n, max: 10n ** 30n }),
});

test('what is executed while executors are killed is booked once, and the ledger adds up', async () => {
  const project = await addTokenProject(api, { max_supply: String(10n ** 31n) });
  const { id, owner, admin } = project;
  const wallets = [project.treasury];
  while (wallets.length < 6) wallets.push(await project.wallet());
  const addresses = wallets.map((address) => address.toLowerCase());
  const wishes = fc.sample(wish, { numRuns: OPERATIONS, seed: 20_261 });
  const scope = [admin.workspaceId];
  await api.database.transaction({ workspaceIds: scope }, async (tx) => {
    const rows = wishes.map(({ type, from, step, amount }) => ({
      ...{ id: newId(), type, amount: String(amount) },
      from_address: type === 'mint' ? null : addresses[from]!,
      to_address: type === 'burn' ? null : addresses[(from + step) % 6]!,
    }));
    await tx.execute(sql`
      INSERT INTO token_requests (id, workspace_id, project_id, type, amount, from_address, to_address, reason, direct,
        four_eyes, status, requested_by, decided_by, decided_at)
      SELECT r.id, ${admin.workspaceId}, ${id}, r.type, r.amount, r.from_address, r.to_address, 'storm', false, true,
        'approved', ${project.editor.id}, ${project.second.id}, now()
      FROM json_to_recordset(${sql.rows(rows)})
        AS r (id text, type text, amount numeric, from_address text, to_address text)`);
  });
  const count = async (status: string) =>
    (
      await api.database.reads.any<{ id: string }>(
        scope,
        sql`SELECT id FROM token_requests WHERE project_id = ${id} AND status = ${status}`,
      )
    ).length;

  const directory = await mkdtemp(path.join(os.tmpdir(), 'crewship-tokens-'));
  const start = () =>
    startChild(
      path.join(import.meta.dirname, 'executor-process.ts'),
      {
        ...{ APP_URL: api.testDatabase.appUrl, SYSTEM_URL: api.testDatabase.systemUrl },
        ...{ WORKSPACE_ID: admin.workspaceId, PROJECT_ID: id, USER_ID: owner.id },
      },
      path.join(directory, 'executor.log'),
    );
  let executors = await Promise.all([start(), start()]);
  try {
    for (let kill = 1; kill <= KILLS; kill += 1) {
      // Wherever it is by now: some more are done, and others are under way.
      const most = OPERATIONS - Math.floor((OPERATIONS * kill) / (KILLS + 1));
      await soon(async () => expect(await count('approved')).toBeLessThanOrEqual(most));
      await executors[0]!.kill();
      executors = [executors[1]!, await start()];
    }
    await soon(async () => expect(await count('approved')).toBe(0));
  } finally {
    await Promise.all(executors.map((executor) => executor.kill()));
    await rm(directory, { recursive: true });
  }

  const [executed, failed] = [await count('executed'), await count('failed')];
  expect(executed + failed).toBe(OPERATIONS);
  expect(Math.min(executed, failed)).toBeGreaterThan(OPERATIONS / 20);
  expect(await verifyLedger(api.database.reads, { id, workspace_id: admin.workspaceId })).toEqual({
    ...{ ok: true, entries: executed, first_break: null, fault: null },
  });
  const [sums] = await api.database.reads.any<object>(
    scope,
    sql`
      SELECT (SELECT sum(balance) FROM token_wallets WHERE project_id = ${id}) = total_supply AS adds_up,
        (SELECT min(balance) FROM token_wallets WHERE project_id = ${id}) >= 0 AS none_below,
        (SELECT count(DISTINCT e.request_id) FROM token_entries e JOIN token_requests r
          ON r.id = e.request_id AND r.status = 'executed' AND r.ledger_seq = e.seq AND r.amount = e.amount
          AND r.from_address IS NOT DISTINCT FROM e.from_address AND r.to_address IS NOT DISTINCT FROM e.to_address
          WHERE e.project_id = ${id}) AS booked
      FROM token_contracts WHERE project_id = ${id}`,
  );
  expect(sums).toEqual({ adds_up: true, none_below: true, booked: executed });
  // As many entries in the journal, each of one transaction.
  const told = await api.database.reads.any<{ entries: number; requests: number }>(
    scope,
    sql`
      SELECT count(*) AS entries, count(DISTINCT payload->>'request_id') AS requests FROM journal_entries
      WHERE workspace_id = ${admin.workspaceId} AND entry_type = 'token.executed'`,
  );
  expect(told).toEqual([{ entries: executed, requests: executed }]);
}, 600_000);
