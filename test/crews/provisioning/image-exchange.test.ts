import { skipToTag, unskip } from '../../../commands/engine/provisioning/skip-to-tag.ts';
import { randomBytes } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import {
  createImageExchange,
  type ImageExchange,
} from '../../../activities/crews/provisioning/exchange/image-exchange.ts';
import { BUILD_LABEL, type BuildTarget } from '../../../activities/crews/provisioning/steps/build-types.ts';
import { beginBuildStep, finishBuildStep } from '../../../commands/engine/provisioning/advance-build.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { startProvision } from '../../../commands/engine/provisioning/provision-commands.ts';
import { readProvision } from '../../../db/crews/provisioning/read-provision.ts';
import { findRegistryImage, recordOffered } from '../../../db/crews/provisioning/registry-images.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { createDockerClient } from '../../../platform/docker/docker-client.ts';
import { createLogger } from '../../../platform/logging/logger.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { REGISTRY_MISSING, TEST_REGISTRY } from '../../support/feature-registry.ts';
import { shareRuntimeLayers } from '../../support/shared-layers.ts';
import { findFreePort } from '../../../deploy/local/supervision/free-port.ts';
import { testRun } from '../../support/test-builds.ts';
import { createTestCrew, type TestCrew } from '../../support/test-crew.ts';
import { DOCKER_MISSING, TEST_DOCKER_HOST, TEST_RUNTIME_IMAGE } from '../../support/test-services.ts';
import { addressOf, beatTestHost, configNamed, IMAGE_ID, readBuilds } from './build-fixture.ts';
import { useDatabase } from '../../support/world/use-database.ts';

const suffix = randomBytes(4).toString('hex');
const STACK = `test-${suffix}`;
const DIGEST = `sha256:${'2'.repeat(64)}`;
const docker = createDockerClient(TEST_DOCKER_HOST);

const { db, owner } = useDatabase();
beforeAll(async () => {
  for (const hostId of ['host-a', 'host-b']) await beatTestHost(db, hostId);
  if ((DOCKER_MISSING ?? REGISTRY_MISSING) === undefined) await shareRuntimeLayers();
}, 120_000);

async function crewOn(hostId: string, config: string): Promise<TestCrew> {
  const crew = await createTestCrew(db, { agents: { lead: ['worker.mjs'] } });
  await owner.query('UPDATE crews SET host_id = $2, devcontainer_config = $3 WHERE id = $1', [
    ...[crew.crewId, hostId, config],
  ]);
  return crew;
}

async function provision(crew: TestCrew, fresh: boolean): Promise<void> {
  const request = { fresh, settings: { miseAliases: {}, mirrors: {} }, concurrent: 32, actor: orchestratorActor() };
  await db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) => startProvision(tx, crew.crewId, request));
}

test('a build takes the registry’s image unless somebody who follows it wants it built', async () => {
  const config = configNamed('taken');
  const [first, second] = [await crewOn('host-a', config), await crewOn('host-a', config)];
  await provision(first, false);
  const build = (await readBuilds(db)).at(-1)!;
  const address = addressOf(build);
  const wanted = { buildId: build.id, configHash: build.config_hash, repository: 'registry.test/images' };
  expect(await findRegistryImage(db, wanted)).toBeNull();
  const image = { configHash: build.config_hash, imageId: IMAGE_ID, digest: DIGEST };
  await recordOffered(db, { ...image, hostId: 'host-b', repository: wanted.repository });
  expect(await findRegistryImage(db, wanted)).toEqual({ digest: DIGEST });
  expect(await findRegistryImage(db, { ...wanted, repository: 'elsewhere.test/images' })).toBeNull();

  await beginBuildStep(db, address, 'validate');
  const taken = { imageId: IMAGE_ID, sizeBytes: 12 };
  expect(await skipToTag(db, address, taken)).toBe(true);
  expect(await readProvision(db.reads, first.workspaceId, first.crewId)).toMatchObject({
    ...{ status: 'running', step: 6, message: 'taken from the registry' },
  });
  await beginBuildStep(db, address, 'tag');
  expect(await readProvision(db.reads, first.workspaceId, first.crewId)).toMatchObject({
    message: 'taken from the registry; tagging the image',
  });

  // Removed in between: it begins again, and now somebody asks for it past all caches.
  await unskip(db, address);
  await provision(second, true);
  expect(await findRegistryImage(db, wanted)).toBeNull();
  expect((await beginBuildStep(db, address, 'validate'))?.source).toBe('built');
  expect(await skipToTag(db, address, taken)).toBe(false);
  expect(await finishBuildStep(db, address, 'validate', {})).toBe(true);
  expect(await readProvision(db.reads, first.workspaceId, first.crewId)).toMatchObject({ step: 2 });
});

function exchangeAt(registry: string): { exchange: ImageExchange; repository: string } {
  const repository = `${registry}/exchange-${suffix}/images`;
  const log = createLogger({ name: 'test', level: 'silent' });
  const exchange = createImageExchange({
    ...{ db, docker, log, hostId: 'host-a', stackId: STACK },
    registry: { repository, auth: { username: 'somebody', password: 'a-password-of-the-test' } },
  });
  return { exchange, repository };
}

/** An image as a build leaves it, held by host-a. */
async function heldImage(configHash: string): Promise<{ imageId: string; tag: string }> {
  const containerId = await docker.createContainer({ Image: TEST_RUNTIME_IMAGE, Cmd: ['true'] });
  const labels = { [BUILD_LABEL.configHash]: configHash, [BUILD_LABEL.stack]: STACK };
  const imageId = await docker.commitContainer(containerId, {
    ...{ labels, env: [], user: '1001:1001', entrypoint: [], command: [] },
  });
  await docker.removeContainer(containerId);
  const tag = `crewship-cache:${configHash.slice(0, 12)}`;
  await docker.tagImage(imageId, 'crewship-cache', configHash.slice(0, 12));
  await db.systemTransaction({}, (tx) =>
    tx.execute(sql`
      INSERT INTO cached_images (host_id, config_hash, tag, image_id, size_bytes)
      VALUES ('host-a', ${configHash}, ${tag}, ${imageId}, 1)`),
  );
  return { imageId, tag };
}

const newHash = () => randomBytes(32).toString('hex');

async function targetOf(configHash: string): Promise<BuildTarget> {
  const { architecture } = await docker.version();
  return { buildId: `b${suffix}`, configHash, spec: { architecture } as BuildTarget['spec'] };
}

const digestOf = async (configHash: string, repository: string) =>
  (await findRegistryImage(db, { buildId: 'none', configHash, repository }))?.digest;

dockerTest(
  'an image goes to the registry and comes back the same; one that is not what it is said to be is no hit',
  async () => {
    const { exchange, repository } = exchangeAt(TEST_REGISTRY);
    const [hash, otherHash] = [newHash(), newHash()];
    const { imageId, tag } = await heldImage(hash);
    await exchange.offerAll();
    const digest = (await digestOf(hash, repository))!;
    expect((await docker.inspectImage(tag))!).toMatchObject({ id: imageId, tags: [tag], digests: [] });
    await docker.removeImage(tag);
    expect(await docker.inspectImage(imageId)).toBeUndefined();
    const run = testRun();
    expect(await exchange.take(await targetOf(hash), run)).toMatchObject({ imageId });
    expect(run.lines.join('\n')).not.toContain('a-password-of-the-test');

    // The same bytes under another hash.
    await recordOffered(db, { configHash: otherHash, imageId, digest, hostId: 'host-b', repository });
    expect(await exchange.take(await targetOf(otherHash), testRun())).toBeNull();
    expect(await digestOf(otherHash, repository)).toBeUndefined();
    await exchange.offerAll();
    expect(await docker.inspectImage(imageId)).toBeUndefined();
    await exchange.close();
  },
  60_000,
  REGISTRY_MISSING,
);

dockerTest(
  'a registry that is away costs nothing but the building: what it holds is known when it is back',
  async () => {
    const { exchange, repository } = exchangeAt(`127.0.0.1:${await findFreePort()}`);
    const hash = newHash();
    const { tag } = await heldImage(hash);
    await exchange.offerAll();
    expect(await digestOf(hash, repository)).toBeUndefined();
    expect((await docker.inspectImage(tag))!.tags).toEqual([tag]);
    await recordOffered(db, { configHash: hash, imageId: IMAGE_ID, digest: DIGEST, hostId: 'host-b', repository });
    const run = testRun();
    expect(await exchange.take(await targetOf(hash), run)).toBeNull();
    expect(run.lines).toContain('the registry could not be asked');
    expect(await digestOf(hash, repository)).toBe(DIGEST);
    await exchange.close();
    await docker.removeImage(tag);
  },
  60_000,
);
