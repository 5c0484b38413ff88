import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import Docker from 'dockerode';
import type { BuildDeps, BuildRun, BuildTarget } from '../../activities/crews/provisioning/steps/build-types.ts';
import { installFeatures } from '../../activities/crews/provisioning/steps/install-features.ts';
import { installMise } from '../../activities/crews/provisioning/steps/install-mise.ts';
import { pullBase } from '../../activities/crews/provisioning/steps/pull-base.ts';
import { removeBuildLeftovers } from '../../activities/crews/provisioning/steps/remove-build-leftovers.ts';
import { snapshotBuild } from '../../activities/crews/provisioning/steps/snapshot-build.ts';
import { tagBuild } from '../../activities/crews/provisioning/steps/tag-build.ts';
import { validateBuild } from '../../activities/crews/provisioning/steps/validate-build.ts';
import { type BuildSpecOptions, buildSpecOf } from '../../domain/crews/provisioning/build-spec.ts';
import { readDevcontainerConfig } from '../../domain/crews/provisioning/read-devcontainer-config.ts';
import { createDockerClient } from '../../platform/docker/docker-client.ts';
import { parseNetwork } from '../../domain/kernel/addresses/ip-address.ts';
import { createOciClient } from '../../platform/oci/oci-client.ts';
import { createRegistryPlaces } from '../../platform/oci/registry-places.ts';
import { packArchive } from '../../platform/oci/tar-archive.ts';
import { installCaBundle } from '../../platform/provisioning/ca-bundle.ts';
import { findMise } from '../../platform/provisioning/find-mise.ts';
import { configHash } from '../../platform/provisioning/config-hash.ts';
import { TEST_MIRRORS } from './feature-registry.ts';
import { testEgressFilter } from './test-egress-filter.ts';
import { TEST_DOCKER_HOST, TEST_RUNTIME_IMAGE } from './test-services.ts';

/** What the steps of builds are called with in tests: the real daemon, the test's registry, the real mise. */
export async function testBuildDeps(settings: Partial<BuildDeps['settings']> = {}): Promise<BuildDeps> {
  const binary = await findMise(undefined);
  const docker = createDockerClient(TEST_DOCKER_HOST);
  return {
    docker,
    registry: createOciClient({ mirrors: TEST_MIRRORS }),
    registryPlaces: createRegistryPlaces({ mirrors: TEST_MIRRORS, listed: [] }),
    mise: binary === undefined ? undefined : { binary },
    egressFilter: testEgressFilter({ docker, stackId: 'test-steps', allowed: [parseNetwork(await bridgeAddress())!] }),
    settings: {
      stackId: 'test-steps',
      mirrors: TEST_MIRRORS,
      pullPolicy: 'always',
      memoryMb: 1_024,
      cpus: 2,
      caBundle: await installCaBundle(path.join(os.tmpdir(), 'crewship-test-ca'), undefined),
      networkPool: '10.213.0.0/16',
      miseEnv: { MISE_USE_VERSIONS_HOST: '0' },
      ...settings,
    },
  };
}

/** A build of a configuration on top of the tests' base image. Each call is another build. */
export async function testTarget(
  deps: BuildDeps,
  config: object,
  options: Partial<BuildSpecOptions> = {},
): Promise<BuildTarget> {
  const { architecture } = await deps.docker.version();
  const text = JSON.stringify({ image: TEST_RUNTIME_IMAGE, ...config });
  const spec = buildSpecOf(readDevcontainerConfig(text), null, { architecture, ...options });
  return { buildId: `b${randomBytes(8).toString('hex')}`, configHash: configHash(spec, null), spec };
}

export interface TestRun extends BuildRun {
  readonly lines: string[];
}

export function testRun(signal: AbortSignal = new AbortController().signal): TestRun {
  const lines: string[] = [];
  return { signal, lines, onLog: (line) => lines.push(line) };
}

/** All six steps, one after the other. */
export async function runBuild(deps: BuildDeps, target: BuildTarget, run: BuildRun) {
  const features = await validateBuild(deps, target, run);
  const base = await pullBase(deps, target, run);
  await installFeatures(deps, target, base, features, run);
  const { env } = await installMise(deps, target, base, features, run);
  const { imageId, sizeBytes } = await snapshotBuild(deps, target, base, features, env, run);
  const { tag } = await tagBuild(deps, target, imageId);
  return { features, base, env, imageId, sizeBytes, tag };
}

/** Removes all that a test's builds made, their images too. */
export async function removeTestBuilds(deps: BuildDeps, targets: readonly BuildTarget[]): Promise<void> {
  for (const { buildId } of targets) {
    await removeBuildLeftovers(deps, buildId);
    for (const { id, tags } of await deps.docker.listImages({ 'crewship.build': buildId })) {
      for (const tag of tags.length > 0 ? tags : [id]) await deps.docker.removeImage(tag);
    }
  }
}

/** Serves a tool for mise's `http:` backend where build containers can reach it. */
export interface ToolServer {
  /** What stands in the operator's table of aliases. */
  readonly backend: string;
  /** How often the tool was fetched. */
  readonly fetched: () => number;
  close(): void;
}

export async function serveTool(
  name: string,
  script: string,
  host: string,
  /** Called when the tool is asked for; the answer waits for it. */
  beforeAnswer: () => Promise<void> = async () => {},
): Promise<ToolServer> {
  const content = Buffer.from(script, 'utf8');
  const archive = gzipSync(
    await packArchive([
      { kind: 'directory', path: 'bin', mode: 0o755 },
      { kind: 'file', path: `bin/${name}`, mode: 0o755, content },
    ]),
  );
  const checksum = createHash('sha256').update(archive).digest('hex');
  let count = 0;
  const server: Server = createServer((request, response) => {
    if (request.method === 'GET') count += 1;
    void beforeAnswer().then(() => {
      const body = request.method === 'HEAD' ? undefined : archive;
      response.writeHead(200, { 'content-length': archive.length }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://${host}:${port}/${name}-{{version}}.tar.gz`;
  return {
    backend: `http:${name}[url=${url},bin_path=bin,checksum=sha256:${checksum}]`,
    fetched: () => count,
    close: () => server.close(),
  };
}

/** The address by which containers of the daemon's own bridge reach this machine. */
export async function bridgeAddress(): Promise<string> {
  const docker = new Docker({ socketPath: TEST_DOCKER_HOST.replace('unix://', '') });
  const network = (await docker.getNetwork('bridge').inspect()) as Docker.NetworkInspectInfo;
  return network.IPAM!.Config![0]!.Gateway!;
}

/**
 * Runs a script in a container as crews have them, but for its volumes: no network, no capabilities, nothing writable.
 */
export async function runInImage(deps: BuildDeps, imageId: string, script: string): Promise<string> {
  const id = await deps.docker.createContainer({
    Image: imageId,
    Entrypoint: ['/bin/sh', '-c', 'exec sleep 600'],
    Cmd: [],
    Labels: { 'crewship.stack': deps.settings.stackId },
    HostConfig: {
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Init: true,
      Tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=16777216' },
    },
  });
  try {
    await deps.docker.startContainer(id);
    const ran = await deps.docker.runExec(
      { containerId: id, argv: ['/bin/sh', '-c', script], user: '1001:1001' },
      { timeoutMs: 20_000 },
    );
    if (ran.exitCode !== 0) throw new Error(`exit code ${ran.exitCode}: ${ran.stderr}`);
    return ran.stdout;
  } finally {
    await deps.docker.removeContainer(id);
  }
}
