import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { listCrewContainers } from '../../../activities/crews/containers/crew-container.ts';
import { BUILD_LABEL } from '../../../activities/crews/provisioning/steps/build-types.ts';
import { markLostHosts } from '../../../commands/engine/hosts/mark-lost-hosts.ts';
import { moveCrew } from '../../../commands/engine/hosts/move-crew.ts';
import { HOST_ALIVE_MS } from '../../../domain/crews/hosts/host.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { readProvision } from '../../../db/crews/provisioning/read-provision.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { workflowId } from '../../../domain/kernel/outbox/outbox-command.ts';
import { createDockerClient, type DockerClient } from '../../../platform/docker/docker-client.ts';
import { dockerTest } from '../../support/docker-test.ts';
import {
  COMMON_UTILS,
  MIRRORS_ENV,
  publishFeatures,
  REGISTRY_MISSING,
  TEST_PUBLISHER,
  TEST_REGISTRY,
} from '../../support/feature-registry.ts';
import { joinLoopback } from '../../support/join-loopback.ts';
import { isSettledView, type MissionView, readMission } from '../../support/mission-view.ts';
import { createOwnDockerd, type OwnDockerd, whyNoOwnDockerd } from '../../support/own-dockerd.ts';
import {
  createTestCrew,
  createTestMission,
  eventually,
  startTestMission,
  type TestCrew,
  type TestTask,
} from '../../support/test-crew.ts';
import { createTestEngine, type TestEngine } from '../../support/test-engine.ts';
import { shareRuntimeLayers } from '../../support/shared-layers.ts';
import { DOCKER_MISSING, TEST_RUNTIME_IMAGE } from '../../support/test-services.ts';

const MISSING = whyNoOwnDockerd() ?? REGISTRY_MISSING;
const BUILD_MS = 60_000;
const suffix = randomBytes(4).toString('hex');
const MARKER = `${TEST_PUBLISHER}/marker-${suffix}:1`;
const HOST_B = `host-b-${suffix}`;

let engine: TestEngine;
let dockerd: OwnDockerd | undefined;
let loopback: { close(): Promise<void> } | undefined;
/** By host: the shared daemon, and one of the test's own that may be killed. */
let daemons: Readonly<Record<string, DockerClient>>;
let hostA: string;

const startHostB = () =>
  engine.start('docker-host', { CREWSHIP_HOST_ID: HOST_B, DOCKER_HOST: dockerd!.dockerHost }, HOST_B);

beforeAll(async () => {
  if (DOCKER_MISSING !== undefined || MISSING !== undefined) return;
  const publishing = publishFeatures({
    'common-utils': COMMON_UTILS,
    // No two runs of it leave the same.
    [`marker-${suffix}`]: { install: 'head -c 16 /dev/urandom | od -An -tx1 | tr -d " \\n" > /etc/marker' },
  });
  const starting = createTestEngine({
    processes: ['control', 'docker-host'],
    env: {
      ...MIRRORS_ENV,
      CREWSHIP_CACHE_REGISTRY: `${TEST_REGISTRY}/hosts`,
    },
  });
  const sharing = shareRuntimeLayers();
  dockerd = await createOwnDockerd();
  loopback = await joinLoopback(dockerd.namespaceFile, Number(TEST_REGISTRY.split(':')[1]));
  engine = await starting;
  hostA = engine.stackId;
  await startHostB();
  await Promise.all([publishing, sharing]);
  daemons = { [hostA]: engine.docker, [HOST_B]: createDockerClient(dockerd.dockerHost) };
}, 120_000);
afterAll(async () => {
  await engine?.processes.get(HOST_B)?.stop();
  await loopback?.close();
  await dockerd?.close();
  if (engine === undefined) return;
  const images = await engine.docker.listImages({ [BUILD_LABEL.stack]: engine.stackId });
  await engine.close();
  for (const { id, tags } of images) {
    for (const name of tags.length > 0 ? tags : [id]) await engine.docker.removeImage(name).catch(() => {});
  }
}, 60_000);

/** A crew of its own on a host, whose lead tells the image's marker and whose builder does what its tasks say. */
async function crewOn(hostId: string, variant: string): Promise<TestCrew> {
  const crew = await createTestCrew(engine.db, { agents: { lead: ['worker.mjs'], builder: ['worker.mjs'] } });
  const config = JSON.stringify({
    image: TEST_RUNTIME_IMAGE,
    features: { [MARKER]: {} },
    containerEnv: { VARIANT: `${variant}-${suffix}` },
  });
  const tell = 'printf \'{"summary": "%s"}\' "$(cat /etc/marker)" > "$CREWSHIP_RUN_DIR/result.json"';
  await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    await tx.execute(
      sql`UPDATE crews SET host_id = ${hostId}, devcontainer_config = ${config} WHERE id = ${crew.crewId}`,
    );
    await tx.execute(sql`
      UPDATE agents SET command = ${sql.array(['/bin/sh', '-c', tell], 'text')} WHERE id = ${crew.agents.lead!}`);
  });
  return crew;
}

async function run(crew: TestCrew, task: TestTask): Promise<string> {
  const { missionId } = await createTestMission(engine.db, crew, { task });
  await startTestMission(engine.db, crew, missionId);
  return missionId;
}

const view = (crew: TestCrew, missionId: string) => readMission(engine.db, crew.workspaceId, missionId);
const finished = (crew: TestCrew, missionId: string) =>
  eventually(() => view(crew, missionId), isSettledView, BUILD_MS);

/** What the crew's image was marked with when its feature was installed. */
async function markerOf(crew: TestCrew): Promise<string> {
  const missionId = await run(crew, { agent: 'lead' });
  expect(await finished(crew, missionId)).toMatchObject({ status: 'REVIEW', runs: [{ status: 'COMPLETED' }] });
  const [task] = await crew.rows<{ result_summary: string }>(
    sql`SELECT result_summary FROM tasks WHERE mission_id = ${missionId}`,
  );
  expect(task!.result_summary).toMatch(/^[0-9a-f]{32}$/);
  return task!.result_summary;
}

interface PlacedCrew {
  readonly host_id: string;
  readonly generation: number;
  readonly container_id: string | null;
  readonly config_hash: string;
  readonly cached_image: string;
}

async function rowOf(crew: TestCrew): Promise<PlacedCrew> {
  const row = await engine.db.reads.maybeOne<PlacedCrew>(
    [crew.workspaceId],
    sql`SELECT host_id, generation, container_id, config_hash, cached_image FROM crews WHERE id = ${crew.crewId}`,
  );
  return row!;
}

async function containersOf(crew: TestCrew, hostId: string) {
  const all = await listCrewContainers(daemons[hostId]!, engine.stackId);
  return all.filter(({ crewId }) => crewId === crew.crewId);
}

const sourcesOf = (configHash: string) =>
  engine.db.systemReads.any<{ host_id: string; source: string }>(
    [],
    sql`SELECT host_id, source FROM image_builds WHERE config_hash = ${configHash} ORDER BY created_at`,
  );

function offered(configHash: string): Promise<{ digest: string } | null> {
  return engine.db.systemReads.maybeOne<{ digest: string }>(
    [],
    sql`SELECT digest FROM registry_images WHERE config_hash = ${configHash}`,
  );
}

dockerTest(
  'each crew is built and run on its host, and an image that one host built is had by the other from the registry',
  async () => {
    const [first, other] = [await crewOn(hostA, 'shared'), await crewOn(HOST_B, 'own')];
    const [marker, otherMarker] = await Promise.all([markerOf(first), markerOf(other)]);
    expect(otherMarker).not.toBe(marker);
    for (const [crew, hostId] of [
      [first, hostA],
      [other, HOST_B],
    ] as const) {
      expect(await sourcesOf((await rowOf(crew)).config_hash)).toEqual([{ host_id: hostId, source: 'built' }]);
      expect(await containersOf(crew, hostId)).toHaveLength(1);
      expect(await containersOf(crew, hostId === hostA ? HOST_B : hostA)).toEqual([]);
    }

    const { config_hash: hash } = await rowOf(first);
    const pushed = await eventually(
      () => offered(hash),
      (row) => row !== null,
    );
    const second = await crewOn(HOST_B, 'shared');
    expect(await markerOf(second)).toBe(marker);
    expect(await sourcesOf(hash)).toEqual([
      { host_id: hostA, source: 'built' },
      { host_id: HOST_B, source: 'registry' },
    ]);
    const { cached_image: tag } = await rowOf(second);
    const [here, there] = [await daemons[HOST_B]!.inspectImage(tag), await daemons[hostA]!.inspectImage(tag)];
    expect(here).toMatchObject({ id: there!.id, labels: { [BUILD_LABEL.configHash]: hash } });
    const shown = await readProvision(engine.db.reads, second.workspaceId, second.crewId);
    expect(shown).toMatchObject({ status: 'completed', step: 6, message: 'image was taken from the registry' });
    expect(shown.log_tail!.some((line) => line.includes(pushed!.digest))).toBe(true);
    // It has no name but its own on either host: removing that removes the image.
    for (const hostId of [hostA, HOST_B]) {
      const names = await eventually(
        () => daemons[hostId]!.inspectImage(tag),
        (image) => image!.digests.length === 0,
      );
      expect(names!.tags).toEqual([tag]);
    }
  },
  120_000,
  MISSING,
);

dockerTest(
  'what the registry has lost is built, and pushed again',
  async () => {
    const first = await crewOn(hostA, 'lost');
    const marker = await markerOf(first);
    const { config_hash: hash } = await rowOf(first);
    await eventually(
      () => offered(hash),
      (row) => row !== null,
    );
    const gone = `sha256:${'0'.repeat(64)}`;
    await engine.db.systemTransaction({}, (tx) =>
      tx.execute(sql`UPDATE registry_images SET digest = ${gone} WHERE config_hash = ${hash}`),
    );
    const second = await crewOn(HOST_B, 'lost');
    expect(await markerOf(second)).not.toBe(marker);
    expect((await sourcesOf(hash)).map(({ source }) => source)).toEqual(['built', 'built']);
    const { log_tail: lines } = await readProvision(engine.db.reads, second.workspaceId, second.crewId);
    expect(lines).toContain('the registry does not have the image any more');
    await eventually(
      () => offered(hash),
      (row) => row !== null && row.digest !== gone,
    );
  },
  120_000,
  MISSING,
);

dockerTest(
  'a host is lost: its crew is told, moved, and finishes its mission elsewhere; the host that is back disturbs nothing',
  async () => {
    const crew = await crewOn(HOST_B, 'moved');
    const workspace = (hostId: string, file: string) =>
      path.join(engine.dataDir, 'hosts', hostId, 'crews', crew.crewId, 'workspace', file);
    const missionId = await run(crew, {
      agent: 'builder',
      description: 'append /workspace/begun\nwait-for /workspace/go',
    });
    const read = (hostId: string) => readFile(workspace(hostId, 'begun'), 'utf8').catch(() => '');
    await eventually(
      () => read(HOST_B),
      (text) => text !== '',
      BUILD_MS,
    );
    const before = await rowOf(crew);
    await engine.processes.get(HOST_B)!.kill();
    await dockerd!.killMachine();
    await engine.db.systemTransaction({}, (tx) =>
      tx.execute(sql`
        UPDATE hosts SET last_heartbeat_at = now() - ${HOST_ALIVE_MS + 1} * interval '1 millisecond'
          WHERE id = ${HOST_B}`),
    );
    expect(await markLostHosts(engine.db)).toEqual([HOST_B]);

    const moved = await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
      moveCrew(tx, crew.crewId, {
        hostId: null,
        images: { settings: { miseAliases: {}, mirrors: {} }, concurrent: 32 },
        actor: orchestratorActor(),
      }),
    );
    const [lost] = (await view(crew, missionId)).runs;
    expect(moved).toEqual({ fromHostId: HOST_B, toHostId: hostA, lostRunIds: [lost!.id], movedRuns: 0 });
    const held = await engine.db.systemReads.any(
      [],
      sql`SELECT 1 FROM slot_leases WHERE kind = 'host' AND scope_id = ${HOST_B}`,
    );
    expect(held).toEqual([]);
    await eventually(
      () => read(hostA),
      (text) => text !== '',
      BUILD_MS,
    );
    await writeFile(workspace(hostA, 'go'), '');
    const mission: MissionView = await finished(crew, missionId);
    expect(mission.status).toBe('REVIEW');
    expect(mission.runs).toHaveLength(2);
    expect(mission.runs[0]).toMatchObject({ status: 'FAILED', error_code: 'lost' });
    expect(mission.runs[1]).toMatchObject({ status: 'COMPLETED', predecessor_id: lost!.id, iteration: 1 });
    const after = await rowOf(crew);
    expect(after).toMatchObject({ host_id: hostA, config_hash: before.config_hash });
    expect(after.generation).toBeGreaterThan(before.generation);

    await dockerd!.start();
    expect(await containersOf(crew, HOST_B)).toHaveLength(1);
    await startHostB();
    await eventually(
      () => containersOf(crew, HOST_B),
      (containers) => containers.length === 0,
      40_000,
    );
    // What was under way there when it was lost has come to its end.
    for (const id of [
      workflowId('run', { id: lost!.id, generation: 0 }),
      workflowId('crew', { id: crew.crewId, generation: before.generation }),
    ]) {
      const workflow = engine.temporal.client.workflow.getHandle(id);
      await eventually(
        () => workflow.describe(),
        ({ status }) => status.name === 'COMPLETED',
        40_000,
      );
    }
    expect(await rowOf(crew)).toEqual(after);
    expect(await containersOf(crew, hostA)).toMatchObject([{ containerId: after.container_id, status: 'running' }]);
  },
  150_000,
  MISSING,
);
