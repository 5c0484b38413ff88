import { randomBytes } from 'node:crypto';
import { beforeAll, expect } from 'vitest';
import { BUILD_LABEL } from '../../activities/crews/provisioning/steps/build-types.ts';
import { sql } from '../../db/kernel/sql.ts';
import { startProvision } from '../../commands/engine/provisioning/provision-commands.ts';
import { type ProvisionView, readProvision } from '../../db/crews/provisioning/read-provision.ts';
import { connectDocker } from '../../deploy/local/services/docker-address.ts';
import { orchestratorActor } from '../../domain/kernel/access/authority.ts';
import { BUILD_STEPS } from '../../domain/crews/provisioning/build-spec.ts';
import { createDockerClient, type DockerClient } from '../../platform/docker/docker-client.ts';
import { readBuilds } from '../crews/provisioning/build-fixture.ts';
import { dockerTest } from '../support/docker-test.ts';
import {
  COMMON_UTILS,
  MIRRORS_ENV,
  publishFeatures,
  REGISTRY_MISSING,
  TEST_PUBLISHER,
} from '../support/feature-registry.ts';
import { createOwnDockerd, whyNoOwnDockerd } from '../support/own-dockerd.ts';
import { runInImage, testBuildDeps } from '../support/test-builds.ts';
import { createTestCrew, eventually, type TestCrew } from '../support/test-crew.ts';
import { createTestEngine } from '../support/test-engine.ts';
import { DOCKER_MISSING, TEST_RUNTIME_IMAGE } from '../support/test-services.ts';
import { perFile } from '../support/world/per-file.ts';

const obstacle = whyNoOwnDockerd() ?? REGISTRY_MISSING;
const suffix = randomBytes(4).toString('hex');
const HELD = `${TEST_PUBLISHER}/held-${suffix}:1`;
const QUICK = `${TEST_PUBLISHER}/quick-${suffix}:1`;
/** Says that it waits, and does until the test makes the file. */
const HOLD = 'echo held; while [ ! -e /tmp/go ]; do sleep 0.1; done; echo let go';
const BUILD_MS = 60_000;

let docker: DockerClient;

beforeAll(async () => {
  if (DOCKER_MISSING ?? obstacle !== undefined) return;
  await publishFeatures({
    'common-utils': COMMON_UTILS,
    [`held-${suffix}`]: { install: HOLD },
    [`quick-${suffix}`]: { install: 'echo quick >>/opt/quick; chmod a+r /opt/quick' },
  });
}, 120_000);
const dockerd = perFile(() => createOwnDockerd(), { unless: DOCKER_MISSING ?? obstacle, timeoutMs: 120_000 });
beforeAll(async () => {
  if (DOCKER_MISSING ?? obstacle !== undefined) return;
  docker = createDockerClient(dockerd.dockerHost);
}, 120_000);
const engine = perFile(
  () =>
    createTestEngine({
      processes: ['control', 'docker-host'],
      env: {
        DOCKER_HOST: dockerd.dockerHost,
        ...MIRRORS_ENV,
      },
    }),
  { unless: DOCKER_MISSING ?? obstacle, timeoutMs: 120_000 },
);

interface Building extends TestCrew {
  readonly build: string;
}

async function build(config: object): Promise<Building> {
  const crew = await createTestCrew(engine.db, { agents: { lead: ['worker.mjs'] } });
  const text = JSON.stringify({ image: TEST_RUNTIME_IMAGE, ...config });
  await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    await tx.execute(sql`UPDATE crews SET devcontainer_config = ${text} WHERE id = ${crew.crewId}`);
    const policy = { settings: { miseAliases: {}, mirrors: {} }, concurrent: 32 };
    await startProvision(tx, crew.crewId, { ...policy, fresh: false, actor: orchestratorActor() });
  });
  const [row] = await readBuilds(engine.db, (await statusOf(crew)).config_hash!);
  return { ...crew, build: row!.id };
}

const statusOf = (crew: TestCrew) => readProvision(engine.db.reads, crew.workspaceId, crew.crewId);
const until = (crew: TestCrew, is: (view: ProvisionView) => boolean) => eventually(() => statusOf(crew), is, BUILD_MS);
const held = (crew: TestCrew) => until(crew, ({ log_tail: lines }) => lines?.at(-1) === 'held');
const ended = (crew: TestCrew) => until(crew, ({ status }) => status !== 'pending' && status !== 'running');

const containersOf = ({ build: id }: Building) =>
  docker.listContainers({ [BUILD_LABEL.temp]: 'provision', [BUILD_LABEL.build]: id });

/** Lets what is held in the build go on, in another container than those. */
async function letGo(building: Building, otherThan: readonly string[] = []): Promise<void> {
  await eventually(
    async () => {
      const [container] = await containersOf(building).catch(() => []);
      if (container?.status !== 'running' || otherThan.includes(container.id)) return false;
      const argv = ['/bin/sh', '-c', 'touch /tmp/go'];
      const ran = await docker
        .runExec({ containerId: container.id, argv, user: '0:0' }, { timeoutMs: 5_000 })
        .catch(() => ({ exitCode: null }));
      return ran.exitCode === 0;
    },
    (done) => done,
    BUILD_MS,
  );
}

/** What is left of a build in Docker once its workflow has closed: containers, and images by their names. */
async function leftOf(building: Building): Promise<{ containers: number; images: (readonly string[])[] }> {
  await eventually(
    () => rowOf(building),
    ({ closed_at: closed }) => closed !== null,
    BUILD_MS,
  );
  const images = await docker.listImages({ [BUILD_LABEL.build]: building.build });
  return { containers: (await containersOf(building)).length, images: images.map(({ tags }) => tags) };
}

async function rowOf({ build: id }: Building) {
  return (await readBuilds(engine.db)).find((row) => row.id === id)!;
}

async function restartsOf(building: Building): Promise<number> {
  const row = await engine.db.systemReads.maybeOne<{ restarts: number }>(
    [],
    sql`SELECT restarts FROM image_builds WHERE id = ${building.build}`,
  );
  return row!.restarts;
}

/** The steps that the crew's journal names, in order. */
async function stepsOf({ workspaceId, crewId }: Building): Promise<string[]> {
  const entries = await engine.db.reads.any<{ name: string }>(
    [workspaceId],
    sql`SELECT payload ->> 'name' AS name FROM journal_entries
      WHERE crew_id = ${crewId} AND entry_type = 'provisioning.step' ORDER BY ts, id`,
  );
  return entries.map(({ name }) => name);
}

/** Resolves when the daemon begins to make an image of the build's container, for which it pauses it. */
async function paused(building: Building): Promise<void> {
  const events = await connectDocker(dockerd.dockerHost).getEvents({
    filters: { event: ['pause'], label: [`${BUILD_LABEL.build}=${building.build}`] },
  });
  await new Promise((resolve) => events.once('data', resolve));
  (events as unknown as { destroy(): void }).destroy();
}

dockerTest(
  'kill -9 of dockerd in install-features, in a hook and in the making of the image: once it is back, all complete',
  async () => {
    const features = { [QUICK]: {} };
    const [installing, hooked, committed] = [
      await build({ features: { ...features, [HELD]: {} } }),
      await build({ features, postCreateCommand: `echo hooked >>/home/agent/hooked; ${HOLD}` }),
      await build({
        features,
        // As much to store as takes the daemon longer than it is left.
        postCreateCommand: `echo hooked >>/home/agent/hooked; ${HOLD}; head -c 100000000 /dev/urandom >/home/agent/big`,
      }),
    ];
    await Promise.all([held(installing), held(hooked), held(committed)]);
    const killed = (await Promise.all([containersOf(installing), containersOf(hooked)])).flat().map(({ id }) => id);
    const committing = paused(committed);
    await letGo(committed);
    await committing;
    await dockerd.kill();
    await dockerd.start();
    for (const building of [installing, hooked]) await letGo(building, killed);
    for (const building of [installing, hooked, committed]) {
      expect(await ended(building)).toMatchObject({ status: 'completed' });
      const { cached_image: tag } = await statusOf(building);
      expect(await leftOf(building)).toEqual({ containers: 0, images: [[tag]] });
      expect(await rowOf(building)).toMatchObject({ n: 1, status: 'completed' });
    }
    // What ran in a container that was killed is done again in another one; what had ended is not.
    expect(await stepsOf(installing)).toEqual(BUILD_STEPS);
    expect(await stepsOf(committed)).toEqual(BUILD_STEPS);
    expect(await stepsOf(hooked)).toEqual([...BUILD_STEPS.slice(0, 5), ...BUILD_STEPS.slice(2)]);
    expect(await Promise.all([installing, hooked, committed].map(restartsOf))).toEqual([0, 1, 0]);
    const deps = { ...(await testBuildDeps()), docker };
    for (const building of [hooked, committed]) {
      const { cached_image: tag } = await statusOf(building);
      expect(await runInImage(deps, tag!, 'cat /opt/quick /home/agent/hooked')).toBe('quick\nhooked\n');
    }
  },
  120_000,
  obstacle,
);

dockerTest(
  'a daemon that stays away fails the build with the reason after as many tries as the operator allows; what it left goes when the daemon is back',
  async () => {
    await engine.processes.get('docker-host')!.stop();
    await engine.start('docker-host', { CREWSHIP_BUILD_STEP_TRIES: '3' });
    const building = await build({ features: { [HELD]: {} }, containerEnv: { BUILD: 'away' } });
    await held(building);
    await dockerd.kill();
    const view = await ended(building);
    expect(view).toMatchObject({ status: 'failed', step: 3, cached_image: null });
    expect(view.error).toMatch(/^Docker: .*: unavailable$/);
    expect(await rowOf(building)).toMatchObject({ status: 'failed', error_code: 'docker_unavailable', n: 1 });
    await dockerd.start();
    expect(await leftOf(building)).toEqual({ containers: 0, images: [] });
  },
  120_000,
  obstacle,
);
