import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect } from 'vitest';
import { BUILD_LABEL } from '../../../activities/crews/provisioning/steps/build-types.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { cancelProvision, startProvision } from '../../../commands/engine/provisioning/provision-commands.ts';
import { readProvision } from '../../../db/crews/provisioning/read-provision.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { BUILD_STEPS, type BuildStep } from '../../../domain/crews/provisioning/build-spec.ts';
import { workflowId } from '../../../domain/kernel/outbox/outbox-command.ts';
import { connectDocker } from '../../../deploy/local/services/docker-address.ts';
import { dockerTest } from '../../support/docker-test.ts';
import {
  COMMON_UTILS,
  MIRRORS_ENV,
  publishFeatures,
  REGISTRY_MISSING,
  TEST_MIRRORS,
  TEST_PUBLISHER,
} from '../../support/feature-registry.ts';
import { isSettledView, readMission } from '../../support/mission-view.ts';
import { bridgeAddress, serveTool, type ToolServer } from '../../support/test-builds.ts';
import {
  createTestCrew,
  createTestMission,
  eventually,
  startTestMission,
  type TestCrew,
} from '../../support/test-crew.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestEngine, type TestEngine } from '../../support/test-engine.ts';
import { DOCKER_MISSING, TEST_DOCKER_HOST, TEST_RUNTIME_IMAGE } from '../../support/test-services.ts';
import { reconcileNow, repairsOf } from '../../instance/reconcile/reconcile-fixture.ts';
import { addressOf, readBuilds } from './build-fixture.ts';

const suffix = randomBytes(4).toString('hex');
const LIBRARY = `${TEST_PUBLISHER}/lib-${suffix}:1`;
const PROGRAM = `${TEST_PUBLISHER}/program-${suffix}:1`;
const SLOW = `${TEST_PUBLISHER}/slow-${suffix}:1`;
const EXTRAS = `${TEST_PUBLISHER}/extras-${suffix}:1`;
const BROKEN = `${TEST_PUBLISHER}/broken-${suffix}:1`;
/** Says to everyone who asks for this lock that the test wants it first. */
const HOLD_LOCK = 7_263_101;
const BUILD_MS = 60_000;

let engine: TestEngine;
let owner: pg.Client;
let tool: ToolServer;
let miseAliases: Record<string, string>;

beforeAll(async () => {
  if ((DOCKER_MISSING ?? REGISTRY_MISSING) !== undefined) return;
  const database = await createTestDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  await publishFeatures({
    'common-utils': COMMON_UTILS,
    [`lib-${suffix}`]: {
      metadata: { options: { greeting: { type: 'string', default: 'none' } } },
      install: `[ ! -e /opt/lib ] && mkdir /opt/lib
        printf '#!/bin/sh\\necho "%s"\\n' "$GREETING" >/usr/local/bin/lib-tool; chmod +x /usr/local/bin/lib-tool`,
    },
    [`program-${suffix}`]: {
      metadata: { dependsOn: { [LIBRARY]: { greeting: 'hello' } } },
      install: `lib-tool >/opt/lib/seen; printf '#!/bin/sh\\nlib-tool\\n' >/usr/local/bin/program
        chmod +x /usr/local/bin/program; echo "installed the program"`,
    },
    [`extras-${suffix}`]: {
      metadata: {
        mounts: [
          { type: 'volume', source: 'kept', target: '/var/cache/extras' },
          { type: 'bind', source: '/etc', target: '/var/cache/host' },
        ],
        capAdd: ['NET_BIND_SERVICE', 'SYS_ADMIN'],
        privileged: true,
        postStartCommand: 'echo "feature $(id -u)" >>/workspace/starts',
      },
      install: 'echo "for the agent" >/opt/extras; chmod a+r /opt/extras',
    },
    [`slow-${suffix}`]: { install: 'echo sleeping; sleep 300' },
    [`broken-${suffix}`]: { install: 'echo "this will not do"; exit 3' },
  });
  tool = await serveTool('greeter', '#!/bin/sh\necho greeter\n', await bridgeAddress());
  miseAliases = { greeter: tool.backend };
  engine = await createTestEngine({
    processes: ['control', 'docker-host'],
    database: {
      ...database,
      drop: async () => {
        await owner.end();
        await database.drop();
      },
    },
    env: {
      ...MIRRORS_ENV,
      CREWSHIP_MISE_ALIASES: JSON.stringify(miseAliases),
      // Where the test's tools are served.
      CREWSHIP_EGRESS_ALLOW_PRIVATE: await bridgeAddress(),
      CREWSHIP_MISE_ENV: JSON.stringify({ MISE_USE_VERSIONS_HOST: '0' }),
      // Held builds hold their connections.
      CREWSHIP_SYSTEM_POOL_SIZE: '12',
      CREWSHIP_HOST_BUILDS: '12',
    },
  });
}, 120_000);
afterAll(async () => {
  const builds = engine === undefined ? [] : await readBuilds(engine.db);
  // Crews' containers first: images in use would stay.
  await engine?.close();
  for (const { id: build } of builds) {
    for (const { id } of await engine.docker.listContainers({ [BUILD_LABEL.build]: build })) {
      await engine.docker.removeContainer(id);
    }
    for (const { id, tags } of await engine.docker.listImages({ [BUILD_LABEL.build]: build })) {
      for (const name of tags.length > 0 ? tags : [id]) await engine.docker.removeImage(name);
    }
  }
  tool?.close();
});

interface Provisioned extends TestCrew {
  readonly address: Awaited<ReturnType<typeof addressOf>>;
}

async function makeCrew(
  config: object,
  agents: Parameters<typeof createTestCrew>[1]['agents'] = { lead: ['worker.mjs'] },
) {
  const crew = await createTestCrew(engine.db, { agents });
  const text = JSON.stringify({ image: TEST_RUNTIME_IMAGE, ...config });
  await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
    tx.execute(sql`UPDATE crews SET devcontainer_config = ${text} WHERE id = ${crew.crewId}`),
  );
  return crew;
}

async function provision(crew: TestCrew): Promise<Provisioned> {
  await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
    startProvision(tx, crew.crewId, {
      fresh: false,
      settings: { miseAliases, mirrors: TEST_MIRRORS },
      concurrent: 32,
      actor: orchestratorActor(),
    }),
  );
  const { config_hash: hash } = await statusOf(crew);
  return { ...crew, address: addressOf((await readBuilds(engine.db, hash!)).at(-1)!) };
}

const statusOf = (crew: TestCrew) => readProvision(engine.db.reads, crew.workspaceId, crew.crewId);
const isOver = ({ status }: { status: string }) => status !== 'pending' && status !== 'running';
const ended = (crew: TestCrew) => eventually(() => statusOf(crew), isOver, BUILD_MS);

async function buildOf(crew: Provisioned) {
  return (await readBuilds(engine.db, crew.address.id.slice(-64))).find(({ n }) => n === crew.address.generation)!;
}

/**
 * Waits until a build's workflow has closed, and says what is left of it in Docker: containers, and images by their
 * names.
 */
async function leftOf(crew: Provisioned): Promise<{ containers: number; images: (readonly string[])[] }> {
  const { id } = await eventually(
    () => buildOf(crew),
    ({ closed_at: closed }) => closed !== null,
    BUILD_MS,
  );
  const workflow = engine.temporal.client.workflow.getHandle(workflowId('build', crew.address));
  await eventually(
    () => workflow.describe(),
    ({ status }) => status.name === 'COMPLETED',
  );
  const containers = await engine.docker.listContainers({ [BUILD_LABEL.temp]: 'provision', [BUILD_LABEL.build]: id });
  const images = await engine.docker.listImages({ [BUILD_LABEL.build]: id });
  return { containers: containers.length, images: images.map(({ tags }) => tags) };
}

/** A build of its own for each name. */
const ownBuild = (name: string) => ({ containerEnv: { BUILD: `${name}-${suffix}` } });

dockerTest(
  'a mission waits for its crew’s image, which is built with features, a tool, hooks and variables, and agents use them',
  async () => {
    const crew = await makeCrew(
      {
        features: { [PROGRAM]: {} },
        mise: { tools: { greeter: '1.0.0' } },
        postCreateCommand: 'program > /home/agent/../../opt/crewship-mise/created',
        containerEnv: { OURS: "it's ours" },
      },
      { lead: ['worker.mjs'] },
    );
    const script =
      'printf \'{"summary": "%s %s %s %s"}\' "$(id -u)" "$(program)" "$(greeter)" "$OURS" > ' +
      '"$CREWSHIP_RUN_DIR/result.json"';
    await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
      tx.execute(sql`
        UPDATE agents SET command = ${sql.array(['/bin/sh', '-c', script], 'text')} WHERE id = ${crew.leadId}`),
    );
    const { missionId, tasks } = await createTestMission(engine.db, crew, { one: { agent: 'lead' } });
    await startTestMission(engine.db, crew, missionId);
    const settled = await eventually(
      () => readMission(engine.db, crew.workspaceId, missionId),
      isSettledView,
      BUILD_MS,
    );
    expect(settled).toMatchObject({ status: 'REVIEW', runs: [{ status: 'COMPLETED' }] });
    const [task] = await engine.db.reads.any<{ result_summary: string }>(
      [crew.workspaceId],
      sql`SELECT result_summary FROM tasks WHERE id = ${tasks.one!}`,
    );
    expect(task!.result_summary).toBe("1001 hello greeter it's ours");
    const view = await statusOf(crew);
    expect(view).toMatchObject({ status: 'completed', step: 6, total: 6, agents_pending_restart: 0 });
    expect(view.log_tail).toContain('installed the program');
    expect(view.resolved_features!.map(({ ref }) => ref).slice(1)).toEqual([LIBRARY, PROGRAM]);
    for (const { digest, version } of view.resolved_features!) {
      expect([digest, version]).toEqual([
        expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        expect.stringMatching(/^[12]\./),
      ]);
    }
    const [build] = await readBuilds(engine.db, view.config_hash!);
    const left = await leftOf({ ...crew, address: addressOf(build!) });
    expect(left).toEqual({ containers: 0, images: [[view.cached_image]] });
    expect(await engine.docker.listNetworks({ [BUILD_LABEL.build]: build!.id })).toEqual([]);
    // What came over the build's bridge, the tool among it.
    const egress = await engine.db.reads.any<{ crew_id: string | null; payload: { bytes_received: number } }>(
      [crew.workspaceId],
      sql`SELECT crew_id, payload FROM journal_entries WHERE workspace_id = ${crew.workspaceId}
        AND entry_type = 'network.egress' AND payload ->> 'decision' = 'allowed'`,
    );
    const counted = { host: '*', rule: 'build', build_id: build!.id };
    expect(egress).toEqual([{ crew_id: null, payload: expect.objectContaining(counted) }]);
    expect(egress[0]!.payload.bytes_received).toBeGreaterThan(100);
  },
  120_000,
  REGISTRY_MISSING,
);

dockerTest(
  'a crew’s container has the volumes, the capability and the start hooks that its image’s features want, and no more',
  async () => {
    const crew = await makeCrew({ features: { [EXTRAS]: {} }, postStartCommand: 'echo crew >>/workspace/starts' });
    const script = `echo "$(date)" >/var/cache/extras/note && seen=$(tr '\\n' ' ' </workspace/starts)
      printf '{"summary": "%s"}' "$seen" >"$CREWSHIP_RUN_DIR/result.json"`;
    await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
      tx.execute(sql`
        UPDATE agents SET command = ${sql.array(['/bin/sh', '-c', script], 'text')} WHERE id = ${crew.leadId}`),
    );
    const { missionId, tasks } = await createTestMission(engine.db, crew, { one: { agent: 'lead' } });
    await startTestMission(engine.db, crew, missionId);
    await eventually(() => readMission(engine.db, crew.workspaceId, missionId), isSettledView, BUILD_MS);
    const row = await engine.db.reads.maybeOne<{ result_summary: string; container_id: string }>(
      [crew.workspaceId],
      sql`
        SELECT t.result_summary, c.container_id FROM tasks t JOIN crews c ON c.id = ${crew.crewId}
        WHERE t.id = ${tasks.one!}`,
    );
    expect(row!.result_summary.trim()).toBe('feature 1001 crew');
    const { HostConfig, Mounts } = await connectDocker(TEST_DOCKER_HOST).getContainer(row!.container_id).inspect();
    expect(HostConfig).toMatchObject({ Privileged: false, CapDrop: ['ALL'] });
    expect((HostConfig.CapAdd ?? []).map((name: string) => name.replace('CAP_', ''))).toEqual([
      'SETUID',
      'SETGID',
      'NET_BIND_SERVICE',
    ]);
    const kept = Mounts.find(({ Destination }) => Destination === '/var/cache/extras');
    expect(kept).toMatchObject({ Type: 'volume', Name: expect.stringMatching(`${crew.crewId}-v-kept$`) });
    expect(Mounts.some(({ Destination }) => Destination === '/var/cache/host')).toBe(false);
  },
  120_000,
  REGISTRY_MISSING,
);

dockerTest(
  'a build whose host’s worker is killed with -9 in any of its six steps completes, and leaves nothing behind',
  async () => {
    // Each build is held where a step is done in Docker and its row does not say so yet.
    await owner.query(`
      CREATE TABLE held_steps (config_hash text, step text);
      CREATE FUNCTION hold_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN
        IF EXISTS (SELECT FROM held_steps h WHERE h.config_hash = NEW.config_hash AND h.step = OLD.step) THEN
          PERFORM pg_advisory_xact_lock_shared(${HOLD_LOCK});
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER hold_step BEFORE UPDATE ON image_builds FOR EACH ROW
        WHEN (NEW.steps_done > OLD.steps_done) EXECUTE FUNCTION hold_step()`);
    await owner.query('SELECT pg_advisory_lock($1)', [HOLD_LOCK]);
    const crews = new Map<BuildStep, Provisioned>();
    const actor = orchestratorActor();
    for (const step of BUILD_STEPS) {
      const crew = await makeCrew({
        features: { [PROGRAM]: {} },
        mise: { tools: { greeter: '1.0.0' } },
        postCreateCommand: 'id -u',
        ...ownBuild(step),
      });
      await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
        await startProvision(tx, crew.crewId, {
          fresh: false,
          settings: { miseAliases, mirrors: TEST_MIRRORS },
          concurrent: 32,
          actor,
        });
        const { config_hash: hash } = await tx.one<{ config_hash: string }>(
          sql`SELECT config_hash FROM crews WHERE id = ${crew.crewId}`,
        );
        await owner.query('INSERT INTO held_steps VALUES ($1, $2)', [hash, step]);
      });
      const { config_hash: hash } = await statusOf(crew);
      crews.set(step, { ...crew, address: addressOf((await readBuilds(engine.db, hash!)).at(-1)!) });
    }
    const held = async () => {
      const { rows } = await owner.query<{ held: number }>(
        `SELECT count(*)::int AS held FROM pg_locks
         WHERE locktype = 'advisory' AND NOT granted AND objid = $1
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        [HOLD_LOCK],
      );
      return rows[0]!.held;
    };
    await eventually(held, (count) => count === BUILD_STEPS.length, BUILD_MS);
    await engine.processes.get('docker-host')!.kill();
    await owner.query('DELETE FROM held_steps');
    await owner.query('SELECT pg_advisory_unlock($1)', [HOLD_LOCK]);
    await engine.start('docker-host');

    for (const [step, crew] of crews) {
      expect([step, await ended(crew)]).toMatchObject([step, { status: 'completed' }]);
      const { cached_image: tag } = await statusOf(crew);
      expect([step, await leftOf(crew)]).toEqual([step, { containers: 0, images: [[tag]] }]);
    }
    const { rows } = await owner.query('SELECT sum(restarts)::int AS restarts, max(n) AS n FROM image_builds');
    expect(rows).toEqual([{ restarts: 0, n: 1 }]);
  },
  180_000,
  REGISTRY_MISSING,
);

dockerTest(
  'a build that is cancelled ends at once; where its worker died before it could, the next one removes what is left',
  async () => {
    const [one, two] = [await makeCrew({ features: { [SLOW]: {} } }), await makeCrew({ features: { [SLOW]: {} } })];
    const cancel = (crew: TestCrew) =>
      engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
        cancelProvision(tx, crew.crewId, orchestratorActor()),
      );
    const sleeping = (crew: TestCrew) =>
      eventually(
        () => statusOf(crew),
        ({ log_tail: lines }) => lines?.includes('sleeping') ?? false,
        BUILD_MS,
      );
    const first = await provision(one);
    const second = await provision(two);
    expect(second.address).toEqual({ ...first.address });
    await sleeping(first);
    await cancel(one);
    expect((await statusOf(one)).status).toBe('idle');
    expect((await buildOf(first)).status).toBe('running');
    await cancel(two);
    expect(await leftOf(first)).toEqual({ containers: 0, images: [] });
    expect((await buildOf(first)).status).toBe('cancelled');

    const again = await provision(one);
    expect(again.address.generation).toBe(2);
    await sleeping(again);
    await engine.processes.get('docker-host')!.kill();
    await cancel(one);
    await eventually(
      () => buildOf(again),
      ({ status }) => status === 'cancelled',
    );
    await engine.start('docker-host');
    expect(await leftOf(again)).toEqual({ containers: 0, images: [] });
  },
  120_000,
  REGISTRY_MISSING,
);

dockerTest(
  'a build that fails says why to its crew, to the runs that wait for it, and leaves nothing behind',
  async () => {
    const crew = await makeCrew({ features: { [BROKEN]: {} } });
    const { missionId } = await createTestMission(engine.db, crew, { one: { agent: 'lead', maxIterations: 1 } });
    await startTestMission(engine.db, crew, missionId);
    const settled = await eventually(
      () => readMission(engine.db, crew.workspaceId, missionId),
      isSettledView,
      BUILD_MS,
    );
    expect(settled.runs[0]).toMatchObject({ status: 'FAILED', error_code: 'crew_start_failed' });
    const view = await statusOf(crew);
    expect(view).toMatchObject({ status: 'failed', step: 3, error: `feature ${BROKEN} failed with exit code 3` });
    expect(view.log_tail).toContain('this will not do');
    const [build] = await readBuilds(engine.db, view.config_hash!);
    expect(await leftOf({ ...crew, address: addressOf(build!) })).toEqual({ containers: 0, images: [] });
    const { rows } = await owner.query('SELECT container_status, container_error FROM crews WHERE id = $1', [
      crew.crewId,
    ]);
    expect(rows).toEqual([{ container_status: 'error', container_error: view.error }]);
  },
  120_000,
  REGISTRY_MISSING,
);

dockerTest(
  'a build whose workflow was closed by hand, or that Temporal has lost, goes on as the next generation',
  async () => {
    const crew = await provision(await makeCrew({ features: { [SLOW]: {} }, ...ownBuild('terminated') }));
    const { workspaceId } = crew;
    await eventually(
      () => statusOf(crew),
      ({ log_tail: lines }) => lines?.includes('sleeping') ?? false,
      BUILD_MS,
    );
    const before = await buildOf(crew);
    await engine.temporal.client.workflow.getHandle(workflowId('build', crew.address)).terminate('by hand');
    await eventually(
      async () => {
        await reconcileNow(engine);
        return repairsOf(engine, workspaceId);
      },
      (repairs) => repairs.length > 0,
    );
    expect(await repairsOf(engine, workspaceId)).toMatchObject([
      { kind: 'build', discrepancy: 'workflow_closed', from: 1, to: 2 },
    ]);
    const [now] = (await readBuilds(engine.db, before.config_hash)).filter(({ id }) => id === before.id);
    expect(now).toMatchObject({ n: 2, status: 'running', steps_done: before.steps_done });
    const next = { ...crew, address: { ...crew.address, generation: 2 } };
    await engine.db.transaction({ workspaceIds: [workspaceId] }, (tx) =>
      cancelProvision(tx, crew.crewId, orchestratorActor()),
    );
    expect(await leftOf(next)).toEqual({ containers: 0, images: [] });
    expect(await reconcileNow(engine)).toBe(0);
  },
  120_000,
  REGISTRY_MISSING,
);

dockerTest(
  'a history of a build holds ids, enums and numbers only',
  async () => {
    const crew = await provision(await makeCrew(ownBuild('history')));
    expect(await ended(crew)).toMatchObject({ status: 'completed' });
    await leftOf(crew);
    const history = await engine.temporal.client.workflow.getHandle(workflowId('build', crew.address)).fetchHistory();
    const text = JSON.stringify(history, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
    );
    // An image that is removed by hand is forgotten: what asks for it next has it built again.
    const { cached_image: tag } = await statusOf(crew);
    await engine.docker.removeImage(tag!);
    await eventually(
      () => statusOf(crew),
      ({ status }) => status === 'idle',
    );
    for (const secret of [`history-${suffix}`, TEST_RUNTIME_IMAGE, 'containerEnv', 'common-utils']) {
      expect(text).not.toContain(secret);
    }
  },
  120_000,
  REGISTRY_MISSING,
);
