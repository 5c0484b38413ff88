import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { getCACertificates } from 'node:tls';
import { afterAll, expect } from 'vitest';
import type { BuildTarget } from '../../../../activities/crews/provisioning/steps/build-types.ts';
import { removeBuildLeftovers } from '../../../../activities/crews/provisioning/steps/remove-build-leftovers.ts';
import { tagBuild } from '../../../../activities/crews/provisioning/steps/tag-build.ts';
import { readImageExtras } from '../../../../domain/crews/provisioning/image-extras.ts';
import { installCaBundle } from '../../../../platform/provisioning/ca-bundle.ts';
import { dockerTest } from '../../../support/docker-test.ts';
import { COMMON_UTILS, publishFeatures, REGISTRY_MISSING, TEST_PUBLISHER } from '../../../support/feature-registry.ts';
import {
  bridgeAddress,
  removeTestBuilds,
  runBuild,
  runInImage,
  serveTool,
  testBuildDeps,
  testRun,
  testTarget,
} from '../../../support/test-builds.ts';

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
      'id -u; id -un; program; greeter; cat /home/agent/feature-hook /home/agent/crew-hook; echo "$OURS ' +
        '$GREETER_MODE $LIB_HOME"; ls -A /run/crewship; env',
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

dockerTest(
  'proxies and the operator’s certificates are there while it builds, not in the image, and no password anywhere',
  async () => {
    const name = `seen-${randomBytes(4).toString('hex')}`;
    await publishFeatures({
      'common-utils': COMMON_UTILS,
      [name]: {
        install: 'echo "proxy is $https_proxy"; head -n 1 "$SSL_CERT_FILE"; grep -c BEGIN "$PIP_CERT" >/dev/null',
      },
    });
    const directory = await mkdtemp(path.join(os.tmpdir(), 'crewship-ca-'));
    const operators = path.join(directory, 'operators.pem');
    await writeFile(operators, getCACertificates('bundled')[0]!);
    const closed = await testBuildDeps({
      caBundle: await installCaBundle(directory, operators),
      proxyEnv: { HTTPS_PROXY: 'http://us:pr0xy-password@proxy.example:3128' },
    });
    const target = await testTarget(closed, {
      features: { [`${TEST_PUBLISHER}/${name}:1`]: {} },
      postCreateCommand: '[ -n "$HTTPS_PROXY" ] && [ -r "$NODE_EXTRA_CA_CERTS" ]',
    });
    targets.push(target);
    const run = testRun();
    const { imageId } = await runBuild(closed, target, run);
    expect(run.lines).toContain('proxy is http://proxy.example:3128');
    expect(run.lines).toContain('-----BEGIN CERTIFICATE-----');
    expect(await runInImage(closed, imageId, 'env; ls -A /run/crewship')).not.toMatch(/proxy|CERT|ca\.crt/i);
    await rm(directory, { recursive: true });
  },
  60_000,
  REGISTRY_MISSING,
);

dockerTest(
  'what ends with another code than 0 ends the build, by name, and is not tried again',
  async () => {
    const name = `broken-${randomBytes(4).toString('hex')}`;
    await publishFeatures({
      'common-utils': COMMON_UTILS,
      [name]: { install: 'echo "it is broken"; exit 9' },
    });
    const feature = `${TEST_PUBLISHER}/${name}:1`;
    const broken = await testTarget(deps, { features: { [feature]: {} } });
    const hook = await testTarget(deps, { postCreateCommand: { fine: 'true', wrong: ['sh', '-c', 'exit 3'] } });
    const tool = await testTarget(deps, { mise: { tools: { 'no-such-tool-of-ours': '1' } } });
    targets.push(broken, hook, tool);
    const run = testRun();
    const failed = { code: 'feature_failed', retryable: false, message: `feature ${feature} failed with exit code 9` };
    await expect(runBuild(deps, broken, run)).rejects.toMatchObject(failed);
    expect(run.lines.at(-1)).toBe('it is broken');
    await expect(runBuild(deps, broken, testRun())).rejects.toMatchObject(failed);
    await expect(runBuild(deps, hook, testRun())).rejects.toMatchObject({
      code: 'post_create_failed',
      message: 'postCreateCommand “wrong” failed with exit code 3',
    });
    await expect(runBuild(deps, tool, testRun())).rejects.toMatchObject({ code: 'mise_failed' });
  },
  60_000,
  REGISTRY_MISSING,
);
