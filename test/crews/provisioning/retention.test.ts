import { beforeAll, expect, test } from 'vitest';
import { deleteCrew } from '../../../commands/engine/crews/crew-commands.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { endBuild } from '../../../commands/engine/provisioning/end-build.ts';
import { expireProvisioning } from '../../../commands/engine/provisioning/expire-provisioning.ts';
import { startProvision } from '../../../commands/engine/provisioning/provision-commands.ts';
import { readProvision } from '../../../db/crews/provisioning/read-provision.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { createTestCrew, type TestCrew } from '../../support/test-crew.ts';
import { addressOf, beatTestHost, configNamed, playBuild, readBuilds } from './build-fixture.ts';
import { useDatabase } from '../../support/world/use-database.ts';

const { db, owner } = useDatabase();
beforeAll(() => beatTestHost(db));

const actor = orchestratorActor();

async function makeCrew(config: string): Promise<TestCrew> {
  const crew = await createTestCrew(db, { agents: { lead: ['worker.mjs'] } });
  await owner.query('UPDATE crews SET devcontainer_config = $1 WHERE id = $2', [config, crew.crewId]);
  return crew;
}

/** Asks for an image past the cache and plays its build, which ends as it is told. */
async function build(crew: TestCrew, end: 'completed' | 'failed' = 'completed'): Promise<string> {
  await db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
    startProvision(tx, crew.crewId, { fresh: true, settings: { miseAliases: {}, mirrors: {} }, concurrent: 4, actor }),
  );
  const row = (await readBuilds(db)).at(-1)!;
  const address = addressOf(row);
  if (end === 'failed') {
    await playBuild(db, address, 'pull-base');
    await endBuild(db, address, { kind: 'failed', code: 'feature_failed', message: 'no such feature' });
  }
  await playBuild(db, address);
  return row.id;
}

const age = (days: number) =>
  Promise.all(
    ['jobs', 'image_builds'].map((table) =>
      owner.query(
        `UPDATE ${table} SET created_at = created_at - make_interval(days => $1),
          finished_at = finished_at - make_interval(days => $1)`,
        [days],
      ),
    ),
  );
const idsOf = async (table: 'jobs' | 'image_builds') =>
  (await owner.query<{ id: string }>(`SELECT id FROM ${table} ORDER BY created_at`)).rows.map(({ id }) => id);
const statusOf = (crew: TestCrew) => readProvision(db.reads, crew.workspaceId, crew.crewId);

test('provisionings and builds that are long over go, but for what a crew’s status is read from and the count of builds', async () => {
  const [crew, failing, deleted] = await Promise.all(
    ['kept', 'failing', 'deleted'].map((n) => makeCrew(configNamed(n))),
  );
  const builds = [await build(crew!), await build(crew!), await build(crew!)];
  const failed = await build(failing!, 'failed');
  const counted = await build(deleted!);
  await db.transaction({ workspaceIds: [deleted!.workspaceId] }, (tx) => deleteCrew(tx, deleted!.crewId, actor));
  const before = await statusOf(failing!);
  expect(before).toMatchObject({ status: 'failed', error: 'no such feature', step: 3 });

  expect(await expireProvisioning(db)).toEqual({ provisionings: 0, builds: 0 });
  await age(8);
  const open = await build(crew!);
  await age(6);
  expect(await expireProvisioning(db)).toEqual({ provisionings: 4, builds: 3 });
  expect(await idsOf('image_builds')).toEqual([failed, counted, open]);
  expect(await idsOf('jobs')).toHaveLength(2);
  const { started_at: _, completed_at: __, ...shown } = before;
  expect(await statusOf(failing!)).toMatchObject(shown);
  expect((await statusOf(crew!)).status).toBe('completed');
  expect(builds).not.toContain(open);
  expect((await readBuilds(db)).find(({ id }) => id === open)).toMatchObject({ n: 4 });

  await age(90);
  expect(await expireProvisioning(db)).toEqual({ provisionings: 0, builds: 1 });
  expect(await idsOf('image_builds')).toEqual([failed, open]);
  expect(await expireProvisioning(db)).toEqual({ provisionings: 0, builds: 0 });
});

test('what is under way stays, however old it is, and many go in batches by sweepers side by side', async () => {
  const crew = await makeCrew(configNamed('under way'));
  await db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
    startProvision(tx, crew.crewId, { fresh: false, settings: { miseAliases: {}, mirrors: {} }, concurrent: 4, actor }),
  );
  const running = (await readBuilds(db)).at(-1)!.id;
  await owner.query(
    `INSERT INTO image_builds (id, host_id, config_hash, n, asked_by_workspace_id, status, spec, finished_at, closed_at,
      created_at)
     SELECT 'old-' || n, 'host-a', repeat('a', 64), n, $1, 'completed', '{}', now() - interval '9 days',
       CASE WHEN n <> 7 THEN now() END, now() - interval '9 days' FROM generate_series(1, 1200) n`,
    [crew.workspaceId],
  );
  await owner.query(
    `INSERT INTO jobs (id, workspace_id, kind, subject_type, subject_id, status, created_at, finished_at)
     SELECT 'old-' || n, $1, 'provision', 'crew', $2, 'completed', now() - interval '9 days', now() - interval '9 days'
     FROM generate_series(1, 1200) n`,
    [crew.workspaceId, crew.crewId],
  );
  await owner.query(`UPDATE image_builds SET created_at = now() - interval '99 days' WHERE id = $1`, [running]);
  const sweeps = await Promise.all([expireProvisioning(db), expireProvisioning(db)]);
  const last = await expireProvisioning(db);
  const sum = (of: 'provisionings' | 'builds') => [...sweeps, last].reduce((total, swept) => total + swept[of], 0);
  expect([sum('provisionings'), sum('builds')]).toEqual([1_200, 1_198]);
  const left = await db.systemReads.any<{ id: string }>(
    [],
    sql`SELECT id FROM image_builds WHERE id LIKE 'old-%' OR id = ${running} ORDER BY n`,
  );
  // Running; not closed; the newest.
  expect(left.map(({ id }) => id)).toEqual([running, 'old-7', 'old-1200']);
  expect((await statusOf(crew)).status).toBe('pending');
});
