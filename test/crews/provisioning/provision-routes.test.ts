import { beforeEach, expect, test } from 'vitest';
import { createProvisionLimiter } from '../../../api/crews/provisioning/provision-limiter.ts';
import { sql } from '../../../db/kernel/sql.ts';
import {
  advanceBuild,
  beginBuildStep,
  finishBuildStep,
  recordBuildOutput,
} from '../../../commands/engine/provisioning/advance-build.ts';
import { compareCachedImages, forgetImage } from '../../../commands/engine/provisioning/cached-images.ts';
import { endBuild } from '../../../commands/engine/provisioning/end-build.ts';
import { startTestApi, type TestUser } from '../../support/test-api.ts';
import { addressOf, beatTestHost, configNamed, IMAGE_ID, playBuild, readBuilds } from './build-fixture.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

let starts = 0;
let names = 0;

const api = perFile(() =>
  startTestApi({ provisions: { countStart: async () => void (starts += 1) }, provisionsAtOnce: 4 }),
);
beforeEach(() => beatTestHost(api.database));
const owner = perTest(() => api.addOwner());

const provisionOf = async (slug: string) => (await owner.ask('GET', `/crews/${slug}/provision`)).body;
const newName = () => `crew-${(names += 1)}`;

/** A crew whose configuration nobody has asked to provision yet: made while no host is up. */
async function makeCrew(config: string | null = configNamed(newName()), user: TestUser = owner): Promise<string> {
  const slug = newName();
  await hostIsUp(false);
  const { status } = await user.ask('POST', '/crews', { name: slug, slug, devcontainer_config: config });
  expect(status).toBe(201);
  await hostIsUp(true);
  return slug;
}

async function hostIsUp(up: boolean): Promise<void> {
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE hosts SET last_heartbeat_at = now() - ${up ? 0 : 3_600} * interval '1 second'`),
  );
}

async function entriesOf(slug: string): Promise<string[]> {
  const rows = await api.database.systemReads.any<{ entry_type: string }>(
    [],
    sql`
      SELECT e.entry_type FROM journal_entries e JOIN crews c ON c.id = e.crew_id
      JOIN journal_unsequenced u ON u.entry_id = e.id
      WHERE c.slug = ${slug} AND e.entry_type LIKE 'provisioning.%' ORDER BY u.seq`,
  );
  return rows.map((row) => row.entry_type.slice('provisioning.'.length));
}

async function buildOf(slug: string) {
  const { config_hash: hash } = await provisionOf(slug);
  return (await readBuilds(api.database, hash)).at(-1)!;
}

/** What a build's first step leaves, in the order of installation. */
const FOUND = [
  {
    ref: 'ghcr.io/x/b:1',
    digest: 'sha256:b',
    options: { token: 's3cret' },
    metadata: { version: '1.2.3', defaults: {} },
  },
  { ref: 'ghcr.io/x/a:2', digest: 'sha256:a', options: {}, metadata: { version: '', defaults: { token: 's3cret' } } },
];

test('a crew is idle, then pending, running and completed, and its status says how far it is', async () => {
  const config = configNamed('status');
  const slug = await makeCrew(config);
  expect(await provisionOf(slug)).toEqual({
    status: 'idle',
    devcontainer_config: config,
    cached_image: null,
    config_hash: null,
    agents_pending_restart: 0,
  });

  expect(await owner.ask('POST', `/crews/${slug}/provision`)).toMatchObject({
    status: 202,
    body: { status: 'started' },
  });
  const steps = ['validate', 'pull-base', 'install-features', 'install-mise', 'snapshot', 'tag'];
  const pending = await provisionOf(slug);
  expect(pending).toMatchObject({ status: 'pending', step: 0, total: 6, steps, log_tail: [], cached_image: null });
  expect(pending.config_hash).toMatch(/^[0-9a-f]{64}$/);

  const build = await buildOf(slug);
  const address = addressOf(build);
  await advanceBuild(api.database, address);
  expect((await provisionOf(slug)).status).toBe('pending');
  await beginBuildStep(api.database, address, 'validate');
  expect((await provisionOf(slug)).resolved_features).toBeUndefined();
  await finishBuildStep(api.database, address, 'validate', { resolved_features: FOUND });
  await beginBuildStep(api.database, address, 'pull-base');
  await recordBuildOutput(api.database, build.id, ['one', 'two']);
  const running = { status: 'running', step: 2, total: 6, message: 'pulling the base image', log_tail: ['one', 'two'] };
  expect(await provisionOf(slug)).toMatchObject(running);
  // Nothing of their options.
  expect((await provisionOf(slug)).resolved_features).toEqual([
    { ref: 'ghcr.io/x/b:1', digest: 'sha256:b', version: '1.2.3' },
    { ref: 'ghcr.io/x/a:2', digest: 'sha256:a', version: '' },
  ]);
  expect((await provisionOf(slug)).completed_at).toBeUndefined();

  await playBuild(api.database, address);
  const tag = `crewship-cache:${build.config_hash.slice(0, 12)}`;
  const completed = await provisionOf(slug);
  expect(completed).toMatchObject({ status: 'completed', step: 6, cached_image: tag, config_hash: build.config_hash });
  expect(Date.parse(completed.completed_at)).toBeGreaterThanOrEqual(Date.parse(completed.started_at));
  expect(await entriesOf(slug)).toEqual(['queued', 'building', ...steps.map(() => 'step'), 'complete']);
  expect((await readBuilds(api.database, build.config_hash))[0]).toMatchObject({ status: 'completed' });
});

test('what cannot be provisioned is refused with the reason', async () => {
  const bare = await makeCrew(null);
  expect(await owner.ask('POST', `/crews/${bare}/provision`)).toMatchObject({
    status: 400,
    body: { code: 'invalid_request', detail: 'the crew has no devcontainer_config' },
  });
  const slug = await makeCrew();
  await hostIsUp(false);
  for (const path of ['provision', 'rebuild']) {
    expect(await owner.ask('POST', `/crews/${slug}/${path}`)).toMatchObject({
      status: 503,
      body: { code: 'no_live_host' },
    });
  }
  await hostIsUp(true);

  for (const path of ['provision', 'rebuild']) {
    const started = path === 'provision' ? 202 : 409;
    expect((await owner.ask('POST', `/crews/${slug}/${path}`)).status).toBe(started);
    expect(await owner.ask('POST', `/crews/${slug}/${path}`)).toMatchObject({
      status: 409,
      body: { code: 'conflict', job_status: 'pending' },
    });
  }
  await playBuild(api.database, addressOf(await buildOf(slug)), 'validate');
  expect((await owner.ask('POST', `/crews/${slug}/rebuild`)).body.job_status).toBe('running');
});

test('a configuration that is nothing to build has no image', async () => {
  const slug = await makeCrew('{"image": "debian:12"}');
  expect((await owner.ask('POST', `/crews/${slug}/provision`)).status).toBe(202);
  expect(await provisionOf(slug)).toMatchObject({ status: 'idle', cached_image: null, config_hash: null });
});

test('a crew of another workspace is a 404, and its build shows nothing of it', async () => {
  const foreign = await api.addMember(await api.addWorkspace(), 'OWNER');
  const config = configNamed('shared between workspaces');
  const mine = await makeCrew(config);
  for (const [method, path] of [
    ['GET', 'provision'],
    ['POST', 'provision'],
    ['POST', 'rebuild'],
    ['POST', 'provision/cancel'],
  ] as const) {
    expect((await foreign.ask(method, `/crews/${mine}/${path}`)).status).toBe(404);
  }
  const theirs = await makeCrew(config, foreign);
  await owner.ask('POST', `/crews/${mine}/provision`);
  const build = await buildOf(mine);
  const visible = (workspaceIds: string[]) =>
    api.database.reads.any(workspaceIds, sql`SELECT id FROM image_builds WHERE id = ${build.id}`);
  const { workspace_id: theirWorkspace } = (await foreign.ask('GET', `/crews/${theirs}`)).body;
  expect([await visible([theirWorkspace]), await visible([owner.workspaceId])]).toEqual([[], [{ id: build.id }]]);
  await foreign.ask('POST', `/crews/${theirs}/provision`);
  expect(await visible([theirWorkspace])).toEqual([{ id: build.id }]);
  await expect(
    api.database.reads.any([theirWorkspace], sql`SELECT spec FROM image_builds WHERE id = ${build.id}`),
  ).rejects.toThrow();
  await playBuild(api.database, addressOf(build));
});

test('one build serves all crews of one hash, and an image that is there answers without a build', async () => {
  const config = configNamed('many');
  const owners: TestUser[] = [owner];
  while (owners.length < 5) owners.push(await api.addMember(await api.addWorkspace(), 'MANAGER'));
  const crews: { slug: string; user: TestUser }[] = [];
  for (let index = 0; index < 20; index += 1) {
    const user = owners[index % 5]!;
    crews.push({ slug: await makeCrew(config, user), user });
  }
  const late = [await makeCrew(config), await makeCrew(config)];
  const answers = await Promise.all(crews.map(({ slug, user }) => user.ask('POST', `/crews/${slug}/provision`)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  const { config_hash: hash } = await provisionOf(crews[0]!.slug);
  const builds = await readBuilds(api.database, hash);
  expect(builds).toHaveLength(1);
  await playBuild(api.database, addressOf(builds[0]!));
  for (const { slug, user } of crews) {
    const { body } = await user.ask('GET', `/crews/${slug}/provision`);
    expect(body).toMatchObject({ status: 'completed', config_hash: hash });
    expect((await entriesOf(slug)).at(-1)).toBe('complete');
  }

  // Those that come later have it at once.
  for (const slug of late) {
    expect((await owner.ask('POST', `/crews/${slug}/provision`)).status).toBe(202);
    expect(await provisionOf(slug)).toMatchObject({
      status: 'completed',
      step: 6,
      message: 'image found in the cache',
    });
    expect(await entriesOf(slug)).toEqual(['queued', 'complete']);
  }
  expect(await readBuilds(api.database, hash)).toHaveLength(1);

  // Past the cache: the next build, and the crew gives its image up meanwhile.
  await owner.ask('POST', `/crews/${late[0]!}/rebuild`);
  expect(await provisionOf(late[0]!)).toMatchObject({ status: 'pending', cached_image: null });
  expect((await readBuilds(api.database, hash)).map(({ n, status }) => [n, status])).toEqual([
    [1, 'completed'],
    [2, 'queued'],
  ]);
  expect((await provisionOf(late[1]!)).status).toBe('completed');
  await owner.ask('POST', `/crews/${late[0]!}/provision/cancel`);
});

test('a crew that is edited while its image is built is not given an image of the old configuration', async () => {
  const slug = await makeCrew();
  await owner.ask('POST', `/crews/${slug}/provision`);
  const old = await buildOf(slug);
  await playBuild(api.database, addressOf(old), 'snapshot');
  // By itself: the edit asks for the new image, and the old build has nobody left.
  const edited = configNamed('edited');
  await owner.ask('PATCH', `/crews/${slug}`, { devcontainer_config: edited });
  const now = await provisionOf(slug);
  expect(now).toMatchObject({ status: 'pending', cached_image: null, devcontainer_config: edited });
  expect(now.config_hash).not.toBe(old.config_hash);
  expect(await advanceBuild(api.database, addressOf(old))).toMatchObject({ kind: 'clean' });
  await playBuild(api.database, addressOf(await buildOf(slug)));
  expect(await provisionOf(slug)).toMatchObject({ status: 'completed', config_hash: now.config_hash });

  // The host is away for the edit: the old build goes on to its end, and is of no use to the crew.
  const other = await makeCrew();
  await owner.ask('POST', `/crews/${other}/provision`);
  const stale = await buildOf(other);
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE crews SET devcontainer_config = ${edited}, config_hash = NULL WHERE slug = ${other}`),
  );
  await playBuild(api.database, addressOf(stale));
  expect(await provisionOf(other)).toMatchObject({ status: 'idle', cached_image: null });
  expect((await entriesOf(other)).at(-1)).toBe('cancelled');

  // Another order of the same is no edit.
  const reordered = '{"containerEnv": {"NAME": "edited"}, /* the same */ "image": "debian:12"}';
  await owner.ask('PATCH', `/crews/${slug}`, { devcontainer_config: reordered });
  expect(await provisionOf(slug)).toMatchObject({ status: 'completed', config_hash: now.config_hash });
});

test('cancelling leaves the build to its other followers, and ends it with the last', async () => {
  const config = configNamed('cancelled');
  const [one, two] = [await makeCrew(config), await makeCrew(config)];
  await owner.ask('POST', `/crews/${one}/provision`);
  await owner.ask('POST', `/crews/${two}/provision`);
  const build = await buildOf(one);
  await playBuild(api.database, addressOf(build), 'validate');

  expect(await owner.ask('POST', `/crews/${one}/provision/cancel`)).toMatchObject({
    status: 200,
    body: { status: 'idle' },
  });
  expect((await provisionOf(one)).status).toBe('idle');
  expect((await provisionOf(two)).status).toBe('running');
  expect(await advanceBuild(api.database, addressOf(build))).toMatchObject({ kind: 'build', step: 'pull-base' });
  expect(await owner.ask('POST', `/crews/${one}/provision/cancel`)).toMatchObject({
    status: 409,
    body: { job_status: 'idle' },
  });

  await owner.ask('POST', `/crews/${two}/provision/cancel`);
  // Whoever comes before the workflow has looked keeps it going.
  await owner.ask('POST', `/crews/${one}/provision`);
  expect(await advanceBuild(api.database, addressOf(build))).toMatchObject({ kind: 'build' });
  await owner.ask('POST', `/crews/${one}/provision/cancel`);
  expect(await advanceBuild(api.database, addressOf(build))).toMatchObject({ kind: 'clean' });
  expect(await beginBuildStep(api.database, addressOf(build), 'pull-base')).toBeNull();

  // What comes later is another build.
  await owner.ask('POST', `/crews/${two}/provision`);
  expect((await readBuilds(api.database, build.config_hash)).map(({ n, status }) => [n, status])).toEqual([
    [1, 'cancelled'],
    [2, 'queued'],
  ]);
  await owner.ask('DELETE', `/crews/${two}`);
  expect(
    await advanceBuild(api.database, addressOf((await readBuilds(api.database, build.config_hash))[1]!)),
  ).toMatchObject({ kind: 'clean' });
  expect(await entriesOf(one)).toEqual(['queued', 'building', 'step', 'cancelled', 'queued', 'cancelled']);
});

test('a failed build tells every follower why, until the configuration is another', async () => {
  const config = configNamed('failing');
  const [one, two] = [await makeCrew(config), await makeCrew(config)];
  await owner.ask('POST', `/crews/${one}/provision`);
  await owner.ask('POST', `/crews/${two}/provision`);
  const build = await buildOf(one);
  await playBuild(api.database, addressOf(build), 'install-features');
  const verdict = { kind: 'failed', code: 'mise_failed', message: 'tool node could not be installed' } as const;
  await endBuild(api.database, addressOf(build), verdict);
  for (const slug of [one, two]) {
    const failed = { status: 'failed', error: verdict.message, step: 4, cached_image: null };
    expect(await provisionOf(slug)).toMatchObject(failed);
    expect((await entriesOf(slug)).at(-1)).toBe('failed');
  }
  await owner.ask('PATCH', `/crews/${one}`, { devcontainer_config: null });
  expect((await provisionOf(one)).status).toBe('idle');
  await owner.ask('POST', `/crews/${two}/provision`);
  expect((await provisionOf(two)).status).toBe('pending');
  await owner.ask('POST', `/crews/${two}/provision/cancel`);
});

test('a build that is not done in time fails, with what it was at', async () => {
  const slug = await makeCrew();
  await owner.ask('POST', `/crews/${slug}/provision`);
  const build = await buildOf(slug);
  await playBuild(api.database, addressOf(build), 'validate');
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE image_builds SET deadline_at = now() WHERE id = ${build.id}`),
  );
  expect(await advanceBuild(api.database, addressOf(build))).toMatchObject({ kind: 'clean' });
  expect(await provisionOf(slug)).toMatchObject({
    status: 'failed',
    error: 'not done after 30 minutes, in step pull-base',
  });
});

test('a new crew, and a new configuration, are provisioned by themselves', async () => {
  const slug = newName();
  await owner.ask('POST', '/crews', { name: slug, slug, devcontainer_config: configNamed(slug) });
  expect((await provisionOf(slug)).status).toBe('pending');
  await playBuild(api.database, addressOf(await buildOf(slug)));
  const edited = await owner.ask('PATCH', `/crews/${slug}`, { mise_config: '[tools]\njq = "1.7"\n' });
  expect(edited.status).toBe(200);
  expect(await provisionOf(slug)).toMatchObject({ status: 'pending', cached_image: expect.any(String) });
  const build = await buildOf(slug);
  expect(build.status).toBe('queued');
  await owner.ask('POST', `/crews/${slug}/provision/cancel`);
});

test('a workspace has so many provisionings at once and starts so many a minute', async () => {
  const member = await api.addMember(await api.addWorkspace(), 'MANAGER');
  const slugs = [];
  for (let index = 0; index < 6; index += 1) slugs.push(await makeCrew(configNamed(`limit ${index}`), member));
  const before = starts;
  const answers = await Promise.all(slugs.map((slug) => member.ask('POST', `/crews/${slug}/provision`)));
  expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 202, 202, 429, 429]);
  const refused = answers.find(({ status }) => status === 429)!;
  expect(refused.body).toMatchObject({ code: 'rate_limited', limit_concurrent: 4 });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect(starts - before).toBe(6);
  // Creating crews goes on; they are provisioned when they start.
  const extra = newName();
  const made = await member.ask('POST', '/crews', {
    name: extra,
    slug: extra,
    devcontainer_config: configNamed(extra),
  });
  expect(made.status).toBe(201);
  for (const slug of slugs) await member.ask('POST', `/crews/${slug}/provision/cancel`);

  const counts = new Map<string, number>();
  const limiter = createProvisionLimiter({
    perMinute: 2,
    counter: {
      async add(key) {
        counts.set(key, (counts.get(key) ?? 0) + 1);
        return { count: counts.get(key)!, endsInMs: 30_500 };
      },
    },
  });
  await limiter.countStart('a');
  await limiter.countStart('a');
  await limiter.countStart('b');
  await expect(limiter.countStart('a')).rejects.toMatchObject({
    code: 'rate_limited',
    extensions: { retry_after_seconds: 31, limit_per_minute: 2 },
  });
});

test('rows follow what a host holds: gone images are forgotten, unknown ones taken up', async () => {
  const slug = await makeCrew();
  await owner.ask('POST', `/crews/${slug}/provision`);
  const build = await buildOf(slug);
  await playBuild(api.database, addressOf(build));
  const rows = () =>
    api.database.systemReads.any<{ image_id: string }>(
      [],
      sql`SELECT image_id FROM cached_images WHERE config_hash = ${build.config_hash}`,
    );
  const held = { configHash: build.config_hash, tag: 'crewship-cache:x', imageId: IMAGE_ID, sizeBytes: 3 };
  await compareCachedImages(api.database, 'host-a', () => Promise.resolve([held]));
  expect(await rows()).toHaveLength(1);
  expect(await forgetImage(api.database, { hostId: 'host-a', imageId: IMAGE_ID })).toBeGreaterThan(0);
  expect(await provisionOf(slug)).toMatchObject({ status: 'idle', cached_image: null });
  expect(await rows()).toHaveLength(0);
  await compareCachedImages(api.database, 'host-a', () => Promise.resolve([held]));
  expect(await rows()).toHaveLength(1);
  await owner.ask('POST', `/crews/${slug}/provision`);
  expect(await provisionOf(slug)).toMatchObject({ status: 'completed', cached_image: 'crewship-cache:x' });
  await compareCachedImages(api.database, 'host-a', () => Promise.resolve([]));
  expect(await provisionOf(slug)).toMatchObject({ status: 'idle', cached_image: null });
});
