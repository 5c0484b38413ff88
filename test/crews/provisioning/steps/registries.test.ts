import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import Docker from 'dockerode';
import { afterAll, expect } from 'vitest';
import { validateBuild } from '../../../../activities/crews/provisioning/steps/validate-build.ts';
import { pullBase } from '../../../../activities/crews/provisioning/steps/pull-base.ts';
import { packArchive } from '../../../../platform/oci/tar-archive.ts';
import { dockerTest } from '../../../support/docker-test.ts';
import {
  COMMON_UTILS,
  publishFeatures,
  REGISTRY_MISSING,
  TEST_PUBLISHER,
  TEST_REGISTRY,
} from '../../../support/feature-registry.ts';
import { testBuildDeps, testRun, testTarget } from '../../../support/test-builds.ts';
import { TEST_DOCKER_HOST, TEST_RUNTIME_IMAGE } from '../../../support/test-services.ts';

const deps = await testBuildDeps();
const images: string[] = [];
afterAll(async () => {
  for (const image of images) await deps.docker.removeImage(image);
});

const suffix = randomBytes(4).toString('hex');
const feature = (name: string) => `${TEST_PUBLISHER}/${name}-${suffix}`;
const nothing = { install: 'true' };

dockerTest(
  'features are resolved with what they depend on, by tag or digest; what cannot be had is named',
  async () => {
    await publishFeatures({
      'common-utils': COMMON_UTILS,
      [`leaf-${suffix}`]: nothing,
      [`tree-${suffix}`]: { ...nothing, metadata: { dependsOn: { [`${feature('leaf')}:1`]: { size: 'xl' } } } },
      [`one-${suffix}`]: { ...nothing, metadata: { dependsOn: { [`${feature('two')}:1`]: {} } } },
      [`two-${suffix}`]: { ...nothing, metadata: { dependsOn: { [`${feature('one')}:1`]: {} } } },
      [`lost-${suffix}`]: { ...nothing, metadata: { dependsOn: { [`${feature('nowhere')}:1`]: {} } } },
      [`stranger-${suffix}`]: { ...nothing, metadata: { dependsOn: { 'evil.io/features/x:1': {} } } },
    });
    const resolve = async (...refs: string[]) => {
      const target = await testTarget(deps, { features: Object.fromEntries(refs.map((ref) => [ref, {}])) });
      return validateBuild(deps, target, testRun());
    };
    const found = await resolve(`${feature('tree')}:1`);
    expect(found.slice(1).map(({ ref, options }) => [ref, options])).toEqual([
      [`${feature('leaf')}:1`, { size: 'xl' }],
      [`${feature('tree')}:1`, {}],
    ]);
    // Once with options that it is depended on with, once without.
    const [, ...both] = await resolve(`${feature('leaf')}:latest`, `${feature('tree')}@${found[2]!.digest}`);
    expect(both.map(({ digest }) => digest)).toEqual([found[1]!.digest, found[1]!.digest, found[2]!.digest]);

    const failure = (ref: string, error: object) => expect(resolve(ref)).rejects.toMatchObject(error);
    await failure(`${feature('one')}:1`, {
      code: 'feature_cycle',
      message: `features depend on each other: ${feature('one')}:1, ${feature('two')}:1`,
    });
    await failure(`${feature('lost')}:1`, {
      code: 'feature_not_found',
      message: `feature ${feature('nowhere')}:1, which ${feature('lost')}:1 depends on, was not found`,
    });
    await failure(`${feature('stranger')}:1`, {
      code: 'invalid_feature',
      message: expect.stringContaining('dependsOn.evil.io/features/x:1 must be of one of the publishers'),
    });
    await failure(`${feature('leaf')}@sha256:${'0'.repeat(64)}`, { code: 'feature_not_found' });
    const elsewhere = await testTarget(deps, {}, { architecture: 'riscv64' });
    await expect(validateBuild(deps, elsewhere, testRun())).rejects.toMatchObject({ code: 'wrong_architecture' });
    const tools = await testTarget(deps, { mise: { tools: { node: '22' } } });
    await expect(validateBuild({ ...deps, mise: undefined }, tools, testRun())).rejects.toMatchObject({
      code: 'mise_missing',
    });
  },
  60_000,
  REGISTRY_MISSING,
);

dockerTest(
  'a base image comes from the mirror as one id; one that was made here is never looked for elsewhere',
  async () => {
    const docker = new Docker({ socketPath: TEST_DOCKER_HOST.replace('unix://', '') });
    const name = `${TEST_REGISTRY}/acme/base-${suffix}`;
    const content = Buffer.from(`image ${suffix}`);
    const tar = await packArchive([{ kind: 'file', path: 'file', mode: 0o644, content }]);
    await finished(docker, await docker.importImage(Readable.from([tar]), { repo: name, tag: '1' }));
    await finished(
      docker,
      await docker.getImage(`${name}:1`).push({ tag: '1', authconfig: { username: '', password: '' } }),
    );
    const made = (await deps.docker.inspectImage(`${name}:1`))!;
    await deps.docker.removeImage(`${name}:1`);
    images.push(`${name}:1`);

    const image = `ghcr.io/acme/base-${suffix}:1`;
    const pull = async (config: object, run = testRun()) => pullBase(deps, await testTarget(deps, config), run);
    const run = testRun();
    expect(await pull({ image }, run)).toEqual({ imageId: made.id });
    expect(run.lines.join('\n')).toContain('Digest: sha256:');
    const digest = (await deps.docker.inspectImage(`${name}:1`))!.digests[0]!.split('@')[1]!;
    images.push(`${name}@${digest}`);
    expect(await pull({ image: `ghcr.io/acme/base-${suffix}@${digest}` })).toEqual({ imageId: made.id });
    await expect(pull({ image: `ghcr.io/acme/none-${suffix}:1` })).rejects.toMatchObject({ code: 'registry_denied' });
    const wrong = `ghcr.io/acme/base-${suffix}@sha256:${'0'.repeat(64)}`;
    await expect(pull({ image: wrong })).rejects.toMatchObject({ code: 'registry_denied' });

    const here = (await deps.docker.inspectImage(TEST_RUNTIME_IMAGE))!;
    expect(await pull({ image: TEST_RUNTIME_IMAGE })).toEqual({ imageId: here.id });
  },
  60_000,
  REGISTRY_MISSING,
);

function finished(docker: Docker, stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) =>
    docker.modem.followProgress(stream, (error, lines: { error?: string }[]) => {
      const failed = error ?? lines?.find((line) => line.error !== undefined)?.error;
      if (failed) reject(failed instanceof Error ? failed : new Error(String(failed)));
      else resolve();
    }),
  );
}
