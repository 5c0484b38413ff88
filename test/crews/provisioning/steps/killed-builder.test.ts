import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { afterAll, expect } from 'vitest';
import { BuildError, type BuildTarget } from '../../../../activities/crews/provisioning/steps/build-types.ts';
import { findBuildContainer } from '../../../../activities/crews/provisioning/steps/build-container.ts';
import { installFeatures } from '../../../../activities/crews/provisioning/steps/install-features.ts';
import { pullBase } from '../../../../activities/crews/provisioning/steps/pull-base.ts';
import { removeBuildLeftovers } from '../../../../activities/crews/provisioning/steps/remove-build-leftovers.ts';
import { snapshotBuild } from '../../../../activities/crews/provisioning/steps/snapshot-build.ts';
import { validateBuild } from '../../../../activities/crews/provisioning/steps/validate-build.ts';
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
const children: ChildProcess[] = [];
const deps = await testBuildDeps();
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await removeTestBuilds(deps, targets);
});

interface Message {
  readonly line?: string;
  readonly imageId?: string;
  readonly error?: string;
}

/** Builds in another process and kills it with -9 as soon as `reached` says so. */
async function buildAndKill(target: BuildTarget, reached: Promise<void> | ((line: string) => boolean)): Promise<void> {
  const child = fork(path.join(import.meta.dirname, 'build-process.ts'), { stdio: 'ignore' });
  children.push(child);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = () => child.kill('SIGKILL');
  const { promise: failed, reject } = Promise.withResolvers<never>();
  child.on('message', (message: Message) => {
    if (message.error !== undefined || message.imageId !== undefined) {
      reject(new Error(`the build ended before it was killed: ${message.error ?? 'completed'}`));
    }
    if (typeof reached === 'function' && message.line !== undefined && reached(message.line)) kill();
  });
  if (typeof reached !== 'function') void reached.then(kill);
  child.send(target);
  await Promise.race([exited, failed]);
}

dockerTest(
  'a build whose process is killed in each of its steps goes on where it was, and does nothing twice',
  async () => {
    const name = `slow-${randomBytes(4).toString('hex')}`;
    await publishFeatures({
      'common-utils': COMMON_UTILS,
      [name]: { install: 'echo installed >>/opt/runs; echo half-way; sleep 1; echo finished >>/opt/runs' },
    });
    const { promise: toolWanted, resolve: wantTool } = Promise.withResolvers<void>();
    const { promise: toolReleased, resolve: releaseTool } = Promise.withResolvers<void>();
    const tool = await serveTool('once', '#!/bin/sh\necho once\n', await bridgeAddress(), () => {
      wantTool();
      return toolReleased;
    });
    const target = await testTarget(
      deps,
      {
        features: { [`${TEST_PUBLISHER}/${name}:1`]: {} },
        mise: { tools: { once: '1.0.0' } },
        postCreateCommand: 'once >>hook; echo hook half-way; sleep 1; once >>hook',
      },
      { miseAliases: { once: tool.backend } },
    );
    targets.push(target);

    await buildAndKill(target, (line) => line === 'half-way');
    await buildAndKill(target, toolWanted);
    releaseTool();
    await buildAndKill(target, (line) => line === 'hook half-way');
    await buildAndKill(target, (line) => line === 'making the image');
    const run = testRun();
    const { imageId } = await runBuild(deps, target, run).finally(tool.close);

    expect(tool.fetched()).toBe(1);
    expect(await runInImage(deps, imageId, 'cat /opt/runs /home/agent/hook')).toBe('installed\nfinished\nonce\nonce\n');
    // Who comes later sees all of it.
    expect(run.lines).toContain('half-way');
  },
  90_000,
  REGISTRY_MISSING,
);

/** It may be removed while it stops: whoever finds it stopped does that. */
async function stopContainer({ buildId }: BuildTarget): Promise<void> {
  const container = await findBuildContainer(deps, buildId);
  await deps.docker.stopContainer(container!.id, 0).catch(() => undefined);
}

dockerTest(
  'what was killed in the container is not taken for done: features begin again, and so must the build after them',
  async () => {
    const name = `killed-${randomBytes(4).toString('hex')}`;
    await publishFeatures({
      'common-utils': COMMON_UTILS,
      [name]: { install: 'echo half-way; echo x >>/opt/runs; sleep 2; echo done >>/opt/runs' },
    });
    const target = await testTarget(deps, {
      features: { [`${TEST_PUBLISHER}/${name}:1`]: {} },
      postCreateCommand: 'echo hook; exec sleep 600',
    });
    targets.push(target);
    const features = await validateBuild(deps, target, testRun());
    const base = await pullBase(deps, target, testRun());
    const run = testRun();
    let stopped: Promise<void> | undefined;
    await installFeatures(deps, target, base, features, {
      ...run,
      onLog(line) {
        run.lines.push(line);
        if (line === 'half-way') stopped ??= stopContainer(target);
      },
    });
    await stopped;
    expect(run.lines.filter((line) => line === 'half-way')).toHaveLength(2);
    expect(run.lines).toContain('the build’s container was lost; it is made anew');

    const cancel = new AbortController();
    const hook = testRun(cancel.signal);
    const hanging = snapshotBuild(
      deps,
      target,
      base,
      features,
      {},
      {
        ...hook,
        onLog: (line) => line === 'hook' && cancel.abort(new Error('cancelled')),
      },
    );
    await expect(hanging).rejects.toThrow('cancelled');
    await removeBuildLeftovers(deps, target.buildId);
    expect(await deps.docker.listContainers({ 'crewship.build': target.buildId })).toEqual([]);
    const gone = snapshotBuild(deps, target, base, features, {}, testRun());
    await expect(gone).rejects.toMatchObject({ code: 'container_lost', retryable: true });
    await expect(gone).rejects.toBeInstanceOf(BuildError);
  },
  60_000,
  REGISTRY_MISSING,
);
