import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import Docker from 'dockerode';
import pg from 'pg';
import { afterAll, beforeAll, expect } from 'vitest';
import { requireCrewImage } from '../../../activities/crews/crews/crew-image.ts';
import { pullBase } from '../../../activities/crews/provisioning/steps/pull-base.ts';
import { BUILD_LABEL } from '../../../activities/crews/provisioning/steps/build-types.ts';
import { createCredential, deleteCredential } from '../../../commands/vault/credentials/credential-commands.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { startProvision } from '../../../commands/engine/provisioning/provision-commands.ts';
import { readProvision } from '../../../db/crews/provisioning/read-provision.ts';
import { orchestratorActor, systemActor } from '../../../domain/kernel/access/authority.ts';
import { workflowId } from '../../../domain/kernel/outbox/outbox-command.ts';
import { createKeyRing } from '../../../platform/crypto/key-ring.ts';
import { createRegistryPlaces } from '../../../platform/oci/registry-places.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { everyRow } from '../../support/every-row.ts';
import { COMMON_UTILS, publishFeatures, TEST_PUBLISHER } from '../../support/feature-registry.ts';
import {
  type GuardedRegistry,
  OWN_REGISTRY_MISSING,
  REGISTRY_USER,
  startGuardedRegistry,
} from '../../support/guarded-registry.ts';
import { testBuildDeps, testRun, testTarget } from '../../support/test-builds.ts';
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
import { addressOf, readBuilds } from './build-fixture.ts';

const suffix = randomBytes(4).toString('hex');
const SECRET_TOOL = `${TEST_PUBLISHER}/secret-tool-${suffix}:1`;
const LIBRARY = `${TEST_PUBLISHER}/secret-lib-${suffix}:1`;
const PASSWORDS = [REGISTRY_USER.password, 'a-wrong-password-9d2e'];
const key = randomBytes(32);
const ring = createKeyRing(new Map([[1, key]]));
const docker = new Docker({ socketPath: TEST_DOCKER_HOST.replace('unix://', '') });
const BUILD_MS = 60_000;
const settings = () => ({ miseAliases: {}, mirrors: { 'ghcr.io': registry.guarded } });

let registry: GuardedRegistry;
let engine: TestEngine;
let owner: pg.Client;
let privateImage: string;

beforeAll(async () => {
  if ((DOCKER_MISSING ?? OWN_REGISTRY_MISSING) !== undefined) return;
  registry = await startGuardedRegistry();
  privateImage = `${registry.guarded}/acme/base-${suffix}:1`;
  await publishFeatures(
    {
      'common-utils': COMMON_UTILS,
      [`secret-lib-${suffix}`]: { install: 'mkdir /opt/secret-lib; env; cat /proc/*/environ | tr "\\0" "\\n"' },
      [`secret-tool-${suffix}`]: {
        metadata: { dependsOn: { [LIBRARY]: {} } },
        install: `test -d /opt/secret-lib; echo "${REGISTRY_USER.password} came with the feature"`,
      },
    },
    registry.open,
  );
  await publishImage();
  const database = await createTestDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
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
      ENCRYPTION_KEY: key.toString('hex'),
      CREWSHIP_LOG_LEVEL: 'debug',
      CREWSHIP_REGISTRY_MIRRORS: `ghcr.io=${registry.guarded}`,
    },
  });
}, 120_000);
afterAll(async () => {
  const builds = engine === undefined ? [] : await readBuilds(engine.db);
  await engine?.close();
  for (const { id: build } of builds) {
    for (const { id, tags } of await engine.docker.listImages({ [BUILD_LABEL.build]: build })) {
      for (const name of tags.length > 0 ? tags : [id]) await engine.docker.removeImage(name);
    }
  }
  if (privateImage !== undefined) await engine?.docker.removeImage(privateImage);
  await registry?.stop();
});

/** The tests' base image, in the registry alone. */
async function publishImage(): Promise<void> {
  const repo = `${registry.open}/acme/base-${suffix}`;
  await docker.getImage(TEST_RUNTIME_IMAGE).tag({ repo, tag: '1' });
  const pushed = await docker.getImage(`${repo}:1`).push({ tag: '1', authconfig: { username: '', password: '' } });
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(pushed, (error) => (error === null ? resolve() : reject(error))),
  );
  await docker.getImage(`${repo}:1`).remove();
}

async function makeCrew(config: object, workspaceId?: string): Promise<TestCrew> {
  const crew = await createTestCrew(engine.db, {
    agents: { lead: ['worker.mjs'] },
    ...(workspaceId === undefined ? {} : { workspaceId }),
  });
  await crew.write(sql`UPDATE crews SET devcontainer_config = ${JSON.stringify(config)} WHERE id = ${crew.crewId}`);
  return crew;
}

async function giveCredential(crew: TestCrew, password: string, host = registry.guarded): Promise<string> {
  const { id } = await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
    createCredential(
      tx,
      ring,
      crew.workspaceId,
      {
        name: `registry ${randomBytes(4).toString('hex')}`,
        type: 'USERPASS',
        provider: 'registry',
        account_label: host,
        username: REGISTRY_USER.username,
        value: password,
        scope: 'WORKSPACE',
        security_level: 1,
        description: null,
        tags: [],
        account_email: null,
        token_expires_at: null,
        crew_ids: [],
        refresh_token: null,
      },
      orchestratorActor(),
    ),
  );
  return id;
}

async function provision(crew: TestCrew) {
  await engine.db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
    startProvision(tx, crew.crewId, { fresh: false, settings: settings(), concurrent: 32, actor: systemActor() }),
  );
  return eventually(
    () => readProvision(engine.db.reads, crew.workspaceId, crew.crewId),
    ({ status }) => status !== 'pending' && status !== 'running',
    BUILD_MS,
  );
}

dockerTest(
  'an image of a private base and private features is built with the workspace’s credential, and is found by no other workspace',
  async () => {
    const since = Math.floor(Date.now() / 1_000);
    const config = { image: privateImage, features: { [SECRET_TOOL]: {} }, postCreateCommand: 'env' };
    const ours = await makeCrew(config);
    const credentialId = await giveCredential(ours, REGISTRY_USER.password);
    const built = await provision(ours);
    expect(built).toMatchObject({ status: 'completed', step: 6 });
    expect(built.log_tail).toContain('[REDACTED] came with the feature');

    // A crew of the same workspace shares it; the others build, each for itself, and may not read.
    const beside = await makeCrew(config, ours.workspaceId);
    expect(await provision(beside)).toMatchObject({ status: 'completed', config_hash: built.config_hash });
    const stranger = await makeCrew(config);
    const refused = await provision(stranger);
    expect(refused).toMatchObject({ status: 'failed', cached_image: null });
    expect(refused.error).toContain(`registry ${registry.guarded} does not give feature`);
    const mistaken = await makeCrew(config);
    const wrongId = await giveCredential(mistaken, PASSWORDS[1]!);
    const rejected = await provision(mistaken);
    expect(rejected.error).toContain('the workspace’s credential is missing or refused');
    const elsewhere = await makeCrew(config);
    await giveCredential(elsewhere, REGISTRY_USER.password, 'registry.example');
    expect(await provision(elsewhere)).toMatchObject({ status: 'failed', config_hash: refused.config_hash });
    const hashes = new Set([built, refused, rejected].map(({ config_hash: hash }) => hash));
    expect(hashes.size).toBe(3);
    const builds = await readBuilds(engine.db);
    expect(new Set(builds.filter(({ status }) => status === 'failed').map(({ error_code: code }) => code))).toEqual(
      new Set(['registry_denied']),
    );
    expect(builds.filter(({ status }) => status === 'completed')).toHaveLength(1);

    // Nothing is held against a credential that a registry refused, and uses are written down.
    const credentials = await owner.query<{ id: string; status: string; used: boolean }>(
      'SELECT id, status, last_used_at IS NOT NULL AS used FROM credentials WHERE id = ANY ($1) ORDER BY id',
      [[credentialId, wrongId]],
    );
    expect(credentials.rows.map(({ status, used }) => [status, used])).toEqual([
      ['ACTIVE', true],
      ['ACTIVE', true],
    ]);

    // What was there once is not given by the next build, when the credential is gone.
    await engine.db.transaction({ workspaceIds: [ours.workspaceId] }, (tx) =>
      deleteCredential(tx, credentialId, orchestratorActor()),
    );
    const later = await makeCrew(config, ours.workspaceId);
    expect(await provision(later)).toMatchObject({ status: 'failed', config_hash: refused.config_hash });

    const image = (await engine.docker.inspectImage(built.cached_image!))!;
    const events = await docker.getEvents({ since, until: Math.floor(Date.now() / 1_000) });
    const pieces: Buffer[] = [];
    for await (const piece of events) pieces.push(piece as Buffer);
    const histories = await Promise.all(
      builds.map((build) =>
        engine.temporal.client.workflow.getHandle(workflowId('build', addressOf(build))).fetchHistory(),
      ),
    );
    const texts: Record<string, string> = {
      image: JSON.stringify([
        image,
        await docker.getImage(image.id).history(),
        await docker.getImage(image.id).inspect(),
      ]),
      events: Buffer.concat(pieces).toString('utf8'),
      histories: JSON.stringify(histories),
      control: await readFile(engine.logFile('control'), 'utf8'),
      host: await readFile(engine.logFile('docker-host'), 'utf8'),
      rows: await everyRow(owner),
    };
    expect(texts.events).toContain(built.config_hash!);
    expect(texts.rows).toContain(built.config_hash!);
    for (const password of PASSWORDS) {
      const forms = [password, Buffer.from(`${REGISTRY_USER.username}:${password}`, 'utf8').toString('base64')];
      for (const form of forms.flatMap((text) => [text, Buffer.from(text).toString('base64').slice(0, -4)])) {
        for (const [where, text] of Object.entries(texts)) expect(text.includes(form), where).toBe(false);
      }
    }
  },
  180_000,
  OWN_REGISTRY_MISSING,
);

dockerTest(
  'a private base image that is on the host is given to nobody whose credential is missing or refused',
  async () => {
    const registryPlaces = createRegistryPlaces({ mirrors: { 'ghcr.io': registry.guarded }, listed: [] });
    const deps = { ...(await testBuildDeps({ mirrors: {} })), registryPlaces };
    const target = await testTarget(deps, { image: privateImage });
    const credentialsOf = (password: string) => new Map([[registry.guarded, { ...REGISTRY_USER, password }]]);
    const pull = (credentials?: ReturnType<typeof credentialsOf>) =>
      pullBase(deps, target, { ...testRun(), ...(credentials === undefined ? {} : { credentials }) });
    const { imageId } = await pull(credentialsOf(REGISTRY_USER.password));
    const digest = (await engine.docker.inspectImage(imageId))!.digests.find((name) =>
      name.startsWith(registry.guarded),
    );
    const denied = { code: 'registry_denied', message: expect.stringContaining(`registry ${registry.guarded} `) };
    await expect(pull()).rejects.toMatchObject(denied);
    await expect(pull(credentialsOf(PASSWORDS[1]!))).rejects.toMatchObject(denied);
    const byDigest = await testTarget(deps, { image: digest! });
    await expect(pullBase(deps, byDigest, testRun())).rejects.toMatchObject(denied);

    // Crews that start from it, nothing built, are held to the same.
    const crewImage = (wanted: string, password?: string) =>
      requireCrewImage(
        {
          ...deps,
          credentialsFor: async () => (password === undefined ? new Map() : credentialsOf(password)),
        },
        wanted,
      );
    expect((await crewImage(privateImage, REGISTRY_USER.password)).image.id).toBe(imageId);
    await expect(crewImage(privateImage)).rejects.toMatchObject(denied);
    await expect(crewImage(digest!, PASSWORDS[1]!)).rejects.toMatchObject(denied);
    // Nor is what was built for a crew to be had by its name or id.
    const [built] = (await readBuilds(engine.db)).filter(({ status }) => status === 'completed');
    const [own] = await engine.docker.listImages({ [BUILD_LABEL.build]: built!.id });
    for (const name of [own!.tags[0]!, own!.id, own!.id.slice(7, 19)]) {
      await expect(crewImage(name)).rejects.toMatchObject({ code: 'registry_denied' });
      const based = { ...target, spec: { ...target.spec, baseImage: name } };
      await expect(pullBase(deps, based, testRun())).rejects.toMatchObject({
        message: expect.stringContaining('image'),
      });
    }
    // Nor by another name, at a registry where hosts might have left it: the image that comes is judged.
    const left = { repository: `${registry.open}/acme/left-${suffix}`, tag: '1' };
    await engine.docker.tagImage(own!.id, left.repository, left.tag);
    await engine.docker.pushImage(left, { signal: AbortSignal.timeout(30_000) });
    await engine.docker.removeImage(`${left.repository}:1`);
    const name = `${registry.guarded}/acme/left-${suffix}:1`;
    try {
      await expect(crewImage(name, REGISTRY_USER.password)).rejects.toMatchObject(denied);
      const based = { ...target, spec: { ...target.spec, baseImage: name } };
      const run = { ...testRun(), credentials: credentialsOf(REGISTRY_USER.password) };
      await expect(pullBase(deps, based, run)).rejects.toMatchObject(denied);
      // It did come.
      expect((await engine.docker.inspectImage(name))!.id).toBe(own!.id);
    } finally {
      await engine.docker.removeImage(name);
    }
  },
  60_000,
  OWN_REGISTRY_MISSING,
);

dockerTest(
  'a crew starts from a private image that nothing is built on when its workspace has the credential, and no other does',
  async () => {
    const start = async (isOurs: boolean) => {
      const crew = await makeCrew({});
      await crew.write(sql`
          UPDATE crews SET devcontainer_config = NULL, runtime_image = ${privateImage} WHERE id = ${crew.crewId}`);
      if (isOurs) await giveCredential(crew, REGISTRY_USER.password);
      const { missionId } = await createTestMission(engine.db, crew, { one: { agent: 'lead' } });
      await startTestMission(engine.db, crew, missionId);
      return eventually(
        () =>
          engine.db.reads.maybeOne<{ container_status: string; container_error: string | null }>(
            [crew.workspaceId],
            sql`SELECT container_status, container_error FROM crews WHERE id = ${crew.crewId}`,
          ),
        (row) => row?.container_status === 'running' || row?.container_status === 'error',
        BUILD_MS,
      );
    };
    expect(await start(true)).toMatchObject({ container_status: 'running' });
    expect(await start(false)).toMatchObject({
      container_status: 'error',
      container_error: expect.stringContaining(`registry ${registry.guarded} does not give image`),
    });
  },
  120_000,
  OWN_REGISTRY_MISSING,
);
