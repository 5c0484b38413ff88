import { randomBytes } from 'node:crypto';
import { afterAll, expect } from 'vitest';
import type { BuildTarget } from '../../../activities/provisioning/steps/build-types.ts';
import { removeBuildLeftovers } from '../../../activities/provisioning/steps/remove-build-leftovers.ts';
import { tagBuild } from '../../../activities/provisioning/steps/tag-build.ts';
import { readImageExtras } from '../../../domain/provisioning/image-extras.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { COMMON_UTILS, publishFeatures, REGISTRY_MISSING, TEST_PUBLISHER } from '../../support/feature-registry.ts';
import {
  bridgeAddress,
  removeTestBuilds,
  runBuild,
  runInImage,
  serveTool,
  testBuildDeps,
  testRun,
  testTarget,
} from '../../support/test-builds.ts';

const targets: BuildTarget[] = [];
const deps = await testBuildDeps();
afterAll(() => removeTestBuilds(deps, targets));

dockerTest(
  'features that depend on each other, a tool, variables and hooks become an image that the agent uses',
  async () => {
    const suffix = randomBytes(4).toString('hex');
    const [library, program] = [`lib-${suffix}`, `program-${suffix}`];
    await publishFeatures({
      'common-utils': COMMON_UTILS,
      [library]: {
        metadata: {
          options: { greeting: { type: 'string', default: 'none' } },
          containerEnv: { LIB_HOME: '/opt/lib-home', PATH: '/opt/lib-home/bin:$' + '{PATH}' },
          privileged: true,
          capAdd: ['SYS_ADMIN'],
          mounts: [{ source: 'cache-$' + '{devcontainerId}', target: '/var/cache/lib', type: 'volume' }],
        },
        install: `mkdir -p /opt/lib-home/bin
          printf '%s from %s\\n' "$GREETING" "$_REMOTE_USER" >/opt/lib-home/greeting
          printf '#!/bin/sh\\ncat "$LIB_HOME/greeting"\\n' >/opt/lib-home/bin/lib-tool
          chmod +x /opt/lib-home/bin/lib-tool`,
      },
      [program]: {
        metadata: {
          dependsOn: { [`${TEST_PUBLISHER}/${library}:1`]: { greeting: 'hello; $(id) "x"' } },
          options: { 'install-place': { type: 'string', default: '/usr/local/bin' } },
          postCreateCommand: 'id -u > /home/agent/feature-hook',
          postStartCommand: ['program', 'started'],
        },
        install: `printf '#!/bin/sh\\nlib-tool\\n' >"$INSTALL_PLACE/program"; chmod +x "$INSTALL_PLACE/program"`,
      },
    });
    const tool = await serveTool('greeter', '#!/bin/sh\necho greeter at $0\n', await bridgeAddress());
    const target = await testTarget(
      deps,
      {
        features: { [`${TEST_PUBLISHER}/${program}:1`]: {} },
        mise: { tools: { greeter: '1.0.0' }, env: { GREETER_MODE: 'loud' } },
        containerEnv: { OURS: "it's $HOME" },
        postCreateCommand: {
          b: ['sh', '-c', 'greeter >> "$HOME/crew-hook"'],
          a: 'program > "$HOME/crew-hook"; id -u >> crew-hook',
        },
      },
      { miseAliases: { greeter: tool.backend } },
    );
    targets.push(target);
    const run = testRun();
    const built = await runBuild(deps, target, run).finally(tool.close);

    expect(built.features.map(({ ref }) => ref)).toEqual([
      `${TEST_PUBLISHER}/common-utils:2`,
      `${TEST_PUBLISHER}/${library}:1`,
      `${TEST_PUBLISHER}/${program}:1`,
    ]);
    expect(run.lines).toContain(`feature ${TEST_PUBLISHER}/${library}:1 asks for privileged: ignored`);
    expect(built.tag).toBe(`crewship-cache:${target.configHash.slice(0, 12)}`);
    const output = await runInImage(
      deps,
      built.imageId,
      'id -u; id -un; program; greeter; cat /home/agent/feature-hook /home/agent/crew-hook; echo "$OURS $GREETER_MODE $LIB_HOME"; ls -A /run/crewship; env',
    );
    expect(output.split('\n').slice(0, 10)).toEqual([
      '1001',
      'agent',
      'hello; $(id) "x" from agent',
      'greeter at /opt/crewship-mise/installs/greeter/1.0.0/bin/greeter',
      '1001',
      'hello; $(id) "x" from agent',
      '1001',
      'greeter at /opt/crewship-mise/installs/greeter/1.0.0/bin/greeter',
      "it's $HOME loud /opt/lib-home",
      expect.stringMatching(/=/),
    ]);
    expect(output).not.toMatch(/MISE_|_REMOTE_USER|GREETING/);

    const image = (await deps.docker.inspectImage(built.tag))!;
    expect(image).toMatchObject({ id: built.imageId, user: '1001:1001', entrypoint: [] });
    expect(image.labels['crewship.config_hash']).toBe(target.configHash);
    expect(readImageExtras(image.labels['crewship.image'])).toMatchObject({
      postStart: [{ name: '', argv: ['program', 'started'] }],
      mounts: [{ source: 'cache-crew', target: '/var/cache/lib' }],
      capAdd: [],
    });
    // All of it again finds what is there, and what is left goes without the image.
    expect(await runBuild(deps, target, testRun())).toMatchObject({ imageId: built.imageId, tag: built.tag });
    expect(tool.fetched()).toBe(1);
    await removeBuildLeftovers(deps, target.buildId);
    expect(await deps.docker.listContainers({ 'crewship.build': target.buildId })).toEqual([]);
    expect((await deps.docker.inspectImage(built.tag))!.id).toBe(built.imageId);
    // A name that another hash has is not taken.
    const alike = target.configHash.slice(0, 12) + '0'.repeat(52);
    const other = await tagBuild(deps, { configHash: alike }, built.base.imageId);
    expect(other.tag).toBe(`crewship-cache:${alike.slice(0, 16)}`);
    await deps.docker.removeImage(other.tag);
    expect((await deps.docker.inspectImage(built.tag))!.id).toBe(built.imageId);
  },
  60_000,
  REGISTRY_MISSING,
);
