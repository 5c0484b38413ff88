import { randomBytes } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { createImageSweeper } from '../../../activities/crews/provisioning/sweep-images.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { compareCachedImages, keepCachedImage } from '../../../commands/engine/provisioning/cached-images.ts';
import { createDockerClient, type DockerClient } from '../../../platform/docker/docker-client.ts';
import { createLogger } from '../../../platform/logging/logger.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { startTestApi, type TestUser } from '../../support/test-api.ts';
import { TEST_DOCKER_HOST, TEST_RUNTIME_IMAGE } from '../../support/test-services.ts';
import { beatTestHost } from './build-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';

const HOST = 'host-a';
const MISSING_TAG = `crewship-cache:${'0'.repeat(12)}`;

const api = perFile(() => startTestApi());
const owner = perFile(() => api.addOwner());
const operator = perFile(() => api.addUser({ operator: true }));
beforeAll(async () => {
  await api.joinWorkspace(owner.workspaceId, operator.id, 'ADMIN');
  for (const host of [HOST, 'host-b']) await beatTestHost(api.database, host);
});

interface Image {
  readonly configHash: string;
  readonly tag: string;
  readonly imageId: string;
}

async function keep(hostId = HOST, imageId = `sha256:${randomBytes(32).toString('hex')}`): Promise<Image> {
  const configHash = randomBytes(32).toString('hex');
  const image = { configHash, tag: `crewship-cache:${configHash.slice(0, 12)}`, imageId };
  await keepRow(hostId, image);
  return image;
}

function keepRow(hostId: string, image: Image): Promise<void> {
  return api.database.systemTransaction({}, (tx) => keepCachedImage(tx, { ...image, hostId, sizeBytes: 4_096 }));
}

/** A crew on the host that has the image. */
async function addCrew(image: Image, user: TestUser = owner): Promise<string> {
  const slug = `crew-${randomBytes(4).toString('hex')}`;
  const made = await user.send('POST', '/api/v1/crews', { name: slug, slug });
  const { id } = made.json<{ id: string }>();
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`
      UPDATE crews SET host_id = ${HOST}, cached_image = ${image.tag}, cached_image_id = ${image.imageId},
        cached_config_hash = ${image.configHash} WHERE id = ${id}`),
  );
  return id;
}

async function list(user: TestUser = owner): Promise<Record<string, unknown>[]> {
  const answer = await user.send('GET', '/api/v1/cache/images');
  expect(answer.statusCode).toBe(200);
  return answer.json<{ images: Record<string, unknown>[] }>().images;
}

async function remove(tag: string, user = operator, query = '') {
  const url = `/api/v1/cache/images/${encodeURIComponent(tag)}${query}`;
  const answer = await user.send('DELETE', url);
  return { status: answer.statusCode, body: answer.body === '' ? null : answer.json<Record<string, unknown>>() };
}

function removals(imageId: string): Promise<readonly unknown[]> {
  return api.database.systemReads.any([], sql`SELECT host_id FROM image_removals WHERE image_id = ${imageId}`);
}

test('a workspace sees all images and of the crews that have them its own', async () => {
  const image = await keep();
  const mine = await addCrew(image);
  const stranger = await api.addMember(await api.addWorkspace(), 'OWNER');
  const theirs = await addCrew(image, stranger);
  const shown = (images: Record<string, unknown>[]) => images.find(({ tag }) => tag === image.tag);
  expect(shown(await list())).toEqual({
    tag: image.tag,
    config_hash: image.configHash,
    host_id: HOST,
    created_at: expect.stringMatching(/^\d{4}-.*Z$/),
    size_bytes: 4_096,
    referenced_by_crew_ids: [mine],
  });
  expect(shown(await list(stranger))).toMatchObject({ referenced_by_crew_ids: [theirs] });
});

test('an image that a crew has is not removed; the refusal names the caller’s crews only', async () => {
  const image = await keep();
  const mine = await addCrew(image);
  const stranger = await api.addMember(await api.addWorkspace(), 'OWNER');
  const theirs = await addCrew(image, stranger);
  expect(await remove(image.tag)).toMatchObject({ status: 409, body: { code: 'conflict', crew_ids: [mine] } });
  const leave = (id: string) =>
    api.database.systemTransaction({}, (tx) =>
      tx.execute(sql`
        UPDATE crews SET cached_image = NULL, cached_image_id = NULL, cached_config_hash = NULL WHERE id = ${id}`),
    );
  await leave(mine);
  const refused = await remove(image.tag);
  expect(refused).toMatchObject({ status: 409, body: { crew_ids: [] } });
  expect(JSON.stringify(refused.body)).not.toContain(theirs);
  await leave(theirs);
  expect(await remove(image.tag)).toEqual({ status: 204, body: null });
});

test('a removed image is given to nobody, its host hears of it, and it is in the journal; then it is not there', async () => {
  const image = await keep();
  await keepRow('host-b', image);
  expect((await remove(image.tag, operator, '?host_id=host-b')).status).toBe(204);
  expect((await list()).filter(({ tag }) => tag === image.tag).map((row) => row.host_id)).toEqual([HOST]);
  expect((await remove(image.tag)).status).toBe(204);
  expect((await list()).some(({ tag }) => tag === image.tag)).toBe(false);
  expect(await removals(image.imageId)).toHaveLength(2);
  const told = await api.database.systemReads.any(
    [],
    sql`SELECT target FROM outbox WHERE kind = 'wake' AND target = ${`image:${HOST}`}`,
  );
  expect(told.length).toBeGreaterThan(0);
  const entries = await api.database.systemReads.any(
    [],
    sql`SELECT actor_id FROM journal_entries
      WHERE entry_type = 'provisioning.image_removed' AND target_id = ${image.tag}`,
  );
  expect(entries).toEqual([{ actor_id: operator.id }, { actor_id: operator.id }]);
  expect((await remove(image.tag)).status).toBe(404);
});

test('an image that is being removed is not taken for one whose row was lost', async () => {
  await beatTestHost(api.database, 'host-c');
  const image = await keep('host-c');
  const held = async () => [{ ...image, sizeBytes: 1 }];
  expect((await remove(image.tag)).status).toBe(204);
  expect(await compareCachedImages(api.database, 'host-c', held)).toBe(0);
});

test('only an operator removes images, and a tag is nothing but a tag', async () => {
  const { tag } = await keep();
  expect((await remove(tag, owner)).status).toBe(403);
  expect((await remove(MISSING_TAG)).status).toBe(404);
  for (const wrong of ['debian:12', 'crewship-cache:latest', 'crewship-cache:../../x', `${tag};rm`, 'x'.repeat(300)]) {
    expect((await remove(wrong)).status, wrong).toBe(400);
  }
});

/** A stack of its own on the daemon, and small images of it. */
async function openStack() {
  const docker: DockerClient = createDockerClient(TEST_DOCKER_HOST);
  const stackId = `test-${newId()}`;
  const containerId = await docker.createContainer({ Image: TEST_RUNTIME_IMAGE, Cmd: ['true'] });
  // What the tests of routes gave up.
  await api.database.systemTransaction({}, (tx) => tx.execute(sql`DELETE FROM image_removals`));
  const sweeper = (options: { autodelete: boolean; minImageAgeMs?: number; minContainerAgeMs?: number }) =>
    createImageSweeper({
      db: api.database,
      docker,
      log: createLogger({ name: 'test', level: 'silent' }),
      hostId: HOST,
      stackId,
      minImageAgeMs: -60_000,
      minContainerAgeMs: -60_000,
      ...options,
    });
  return {
    docker,
    stackId,
    sweeper,
    async commit(): Promise<Image> {
      const configHash = randomBytes(32).toString('hex');
      const labels = { 'crewship.stack': stackId, 'crewship.config_hash': configHash, 'crewship.build': newId() };
      const imageId = await docker.commitContainer(containerId, {
        labels,
        env: [],
        user: '',
        entrypoint: [],
        command: ['true'],
      });
      await docker.tagImage(imageId, 'crewship-cache', configHash.slice(0, 12));
      const image = { configHash, tag: `crewship-cache:${configHash.slice(0, 12)}`, imageId };
      await keepRow(HOST, image);
      return image;
    },
    async close() {
      await docker.removeContainer(containerId);
      for (const { id } of await docker.listContainers({ 'crewship.stack': stackId })) await docker.removeContainer(id);
      for (const { id } of await docker.listImages({ 'crewship.stack': stackId })) await docker.removeImage(id);
    },
  };
}

dockerTest(
  'images that no crew has are removed when the operator said so, and those that one has are not',
  async () => {
    const stack = await openStack();
    try {
      const [needed, unneeded] = [await stack.commit(), await stack.commit()];
      await addCrew(needed);
      const young = { autodelete: true, minImageAgeMs: 60_000 };
      expect(await stack.sweeper(young).sweep()).toEqual({ unreferenced: 0, removed: 0, containers: 0 });
      expect(await stack.sweeper({ autodelete: false }).sweep()).toEqual({
        unreferenced: 1,
        removed: 0,
        containers: 0,
      });
      expect(await stack.docker.inspectImage(unneeded.tag)).toBeDefined();
      expect(await stack.sweeper({ autodelete: true }).sweep()).toEqual({ unreferenced: 1, removed: 1, containers: 0 });
      expect(await stack.docker.inspectImage(unneeded.imageId)).toBeUndefined();
      expect(await stack.docker.inspectImage(needed.tag)).toMatchObject({ id: needed.imageId });
      const rows = await api.database.systemReads.any(
        [],
        sql`SELECT image_id FROM cached_images WHERE image_id IN (${needed.imageId}, ${unneeded.imageId})`,
      );
      expect(rows).toEqual([{ image_id: needed.imageId }]);
      expect(await removals(unneeded.imageId)).toEqual([]);
    } finally {
      await stack.close();
    }
  },
  60_000,
);

dockerTest(
  'an image that a container was made from goes when the container has gone',
  async () => {
    const stack = await openStack();
    try {
      const image = await stack.commit();
      const containerId = await stack.docker.createContainer({ Image: image.imageId, Cmd: ['true'] });
      expect((await remove(image.tag)).status).toBe(204);
      const sweeper = stack.sweeper({ autodelete: false });
      expect(await sweeper.removeGivenUp()).toBe(0);
      expect(await removals(image.imageId)).toHaveLength(1);
      await stack.docker.removeContainer(containerId);
      expect(await sweeper.removeGivenUp()).toBe(1);
      expect(await stack.docker.inspectImage(image.imageId)).toBeUndefined();
      expect(await removals(image.imageId)).toEqual([]);
    } finally {
      await stack.close();
    }
  },
  60_000,
);

dockerTest(
  'containers of builds that are over are removed by name and label, once they are old',
  async () => {
    const stack = await openStack();
    try {
      const labels = { 'crewship.temp': 'provision', 'crewship.stack': stack.stackId, 'crewship.build': newId() };
      const create = (name: string) =>
        stack.docker.createContainer({ name, Image: TEST_RUNTIME_IMAGE, Cmd: ['true'], Labels: labels });
      const left = await create(`crewship-provision-${stack.stackId}-${newId()}`);
      const named = await create(`other-${newId()}`);
      expect((await stack.sweeper({ autodelete: false, minContainerAgeMs: 60_000 }).sweep()).containers).toBe(0);
      expect((await stack.sweeper({ autodelete: false }).sweep()).containers).toBe(1);
      expect(await stack.docker.inspectContainer(left)).toBeUndefined();
      expect(await stack.docker.inspectContainer(named)).toBeDefined();
    } finally {
      await stack.close();
    }
  },
  60_000,
);
