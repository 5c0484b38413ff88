import { readFile } from 'node:fs/promises';
import { AGENT_UID } from '../../containers/crew-host-paths.ts';
import { bridgeName } from '../../containers/egress-filter.ts';
import { ensureOwnNetwork, type OwnNetwork } from '../../containers/own-network.ts';
import type { ListedContainer } from '../../../../platform/docker/docker-client.ts';
import { isDockerError } from '../../../../platform/docker/docker-error.ts';
import { type ArchiveEntry, packArchive } from '../../../../platform/oci/tar-archive.ts';
import { BUILD_LABEL, type BuildDeps, BuildError, type BuildSettings, type BuildTarget } from './build-types.ts';

/**
 * What a build keeps lies in a volume of the container's own: it outlives a restart of the container, ends with it, and
 * is no part of the image. Crews' containers have their sockets here, so that even the empty directory is theirs.
 */
export const BUILD_DIR = '/run/crewship';
export const BUILD_PATHS = {
  stepScript: `${BUILD_DIR}/step.sh`,
  features: `${BUILD_DIR}/features`,
  rootSteps: `${BUILD_DIR}/steps`,
  agentSteps: `${BUILD_DIR}/agent-steps`,
  mise: `${BUILD_DIR}/mise`,
  miseHome: `${BUILD_DIR}/mise-home`,
  miseFile: `${BUILD_DIR}/mise-home/tools.toml`,
  caBundle: `${BUILD_DIR}/ca.crt`,
} as const;

const PIDS = 4_096;
const MIB = 1_048_576;
const TEMP = 'provision';
/** Of the names of build containers. */
export const TEMP_CONTAINER_PREFIX = 'crewship-provision-';

/** What Docker gives by default, without what no installation needs. */
const DROPPED_CAPABILITIES = ['NET_RAW', 'MKNOD', 'AUDIT_WRITE', 'SYS_CHROOT', 'NET_BIND_SERVICE'];
/** Programs agree on no name for a file of trusted certificates. */
const CA_VARIABLES = [
  ...['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE', 'PIP_CERT', 'GIT_SSL_CAINFO'],
  ...['CARGO_HTTP_CAINFO', 'AWS_CA_BUNDLE'],
];
/** All of them, naming the mounted bundle. */
export const TRUST_ENV: Readonly<Record<string, string>> = Object.fromEntries(
  CA_VARIABLES.map((name) => [name, BUILD_PATHS.caBundle]),
);

/** An address without a user's name and password. */
function withoutUserInfo(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/]*@/i, '$1');
}

/**
 * Variables of what runs during a build and of nothing later: trust and proxies. Tenants' programs read them, so that
 * none of them holds a secret: a proxy that asks for a password has to know builds by their network.
 */
export function buildOnlyEnv(settings: Pick<BuildSettings, 'proxyEnv' | 'caBundle'>): Readonly<Record<string, string>> {
  const proxies = Object.entries(settings.proxyEnv ?? {}).flatMap(([name, value]) => {
    const address = /^no_proxy$/i.test(name) ? value : withoutUserInfo(value);
    return [
      [name.toUpperCase(), address],
      [name.toLowerCase(), address],
    ];
  });
  // An image may trust more than the public authorities: it is overruled only where the operator says whom to trust.
  const trust = settings.caBundle.hasOperators ? Object.entries(TRUST_ENV) : [];
  return Object.fromEntries([...proxies, ...trust]) as Record<string, string>;
}

/**
 * The build's container, running; undefined when there is none, or none that ever ran. One that was stopped is started
 * again.
 */
export async function findBuildContainer(
  deps: Pick<BuildDeps, 'docker' | 'egressFilter'>,
  buildId: string,
): Promise<{ id: string } | undefined> {
  for (const { id, status } of await listBuildContainers(deps, buildId)) {
    if (status !== 'running' && status !== 'exited') continue;
    if (status === 'exited') {
      await deps.egressFilter.ensure();
      await deps.docker.startContainer(id);
    }
    return { id };
  }
  return undefined;
}

/** The same, or rejects with `container_lost`. */
export async function requireBuildContainer(
  deps: Pick<BuildDeps, 'docker' | 'egressFilter'>,
  buildId: string,
): Promise<{ id: string }> {
  const found = await findBuildContainer(deps, buildId);
  if (found === undefined) throw new BuildError('container_lost', 'the build’s container is gone');
  return found;
}

/**
 * The build's container; where there is none, it is made from the base image, with the files given, whose paths begin
 * at the container's root. It has all of them before it runs.
 */
export async function ensureBuildContainer(
  deps: BuildDeps,
  target: BuildTarget,
  baseImageId: string,
  files: () => Promise<readonly ArchiveEntry[]>,
): Promise<{ id: string }> {
  const found = await findBuildContainer(deps, target.buildId);
  if (found !== undefined) return found;
  await ensureOwnNetwork(deps.docker, deps.settings.networkPool, buildNetwork(deps.settings.stackId, target.buildId));
  await deps.egressFilter.ensure();
  try {
    await deps.docker.createContainer(containerOptions(deps, target, baseImageId));
  } catch (error) {
    // Made before, by the container's name: by a call that died, or is about to do the same.
    if (!isDockerError(error, 'conflict')) throw error;
  }
  for (const { id } of await listBuildContainers(deps, target.buildId)) {
    await deps.docker.putArchive(id, '/', await packArchive([...(await initialFiles()), ...(await files())]));
    await deps.docker.startContainer(id);
    return { id };
  }
  throw new BuildError('container_lost', 'the build’s container is gone');
}

export async function listBuildContainers(
  deps: Pick<BuildDeps, 'docker'>,
  buildId: string,
): Promise<readonly ListedContainer[]> {
  return deps.docker.listContainers({ [BUILD_LABEL.temp]: TEMP, [BUILD_LABEL.build]: buildId });
}

/** Of its container, and of the network that this has to itself. */
function buildName(stackId: string, buildId: string): string {
  return `${TEMP_CONTAINER_PREFIX}${stackId}-${buildId}`;
}

/** A build's own: no build sees another's. */
function buildNetwork(stackId: string, buildId: string): OwnNetwork {
  const name = buildName(stackId, buildId);
  const labels = { [BUILD_LABEL.temp]: TEMP, [BUILD_LABEL.build]: buildId, [BUILD_LABEL.stack]: stackId };
  return { name, bridge: bridgeName(stackId, 'build', name), labels };
}

/** The networks of the stack's builds, or those of one. */
export async function listBuildNetworks(
  { docker }: Pick<BuildDeps, 'docker'>,
  labels: Readonly<Record<string, string>>,
): Promise<readonly { name: string; buildId: string; bridge: string }[]> {
  const networks = await docker.listNetworks({ [BUILD_LABEL.temp]: TEMP, ...labels });
  return networks.map(({ name, bridge, labels: has }) => ({ name, bridge, buildId: has[BUILD_LABEL.build] ?? '' }));
}

function containerOptions({ settings, mise }: BuildDeps, target: BuildTarget, baseImageId: string) {
  const memoryBytes = settings.memoryMb * MIB;
  const readOnly = (source: string, targetPath: string) => ({
    Type: 'bind' as const,
    Source: source,
    Target: targetPath,
    ReadOnly: true,
  });
  return {
    name: buildName(settings.stackId, target.buildId),
    Image: baseImageId,
    User: '0:0',
    // No variables: what the container is made with would be in the image.
    Entrypoint: ['/bin/sh', '-c', 'exec sleep 2147483647'],
    Cmd: [],
    WorkingDir: '/',
    Healthcheck: { Test: ['NONE'] },
    Labels: {
      [BUILD_LABEL.temp]: TEMP,
      [BUILD_LABEL.build]: target.buildId,
      [BUILD_LABEL.configHash]: target.configHash,
      [BUILD_LABEL.stack]: settings.stackId,
    },
    HostConfig: {
      NetworkMode: buildName(settings.stackId, target.buildId),
      CapDrop: DROPPED_CAPABILITIES,
      Init: true,
      Memory: memoryBytes,
      MemorySwap: memoryBytes,
      NanoCpus: Math.round(settings.cpus * 1e9),
      PidsLimit: PIDS,
      OomScoreAdj: 500,
      LogConfig: { Type: 'none', Config: {} },
      RestartPolicy: { Name: 'no' },
      Mounts: [
        { Type: 'volume' as const, Source: '', Target: BUILD_DIR },
        ...(mise === undefined ? [] : [readOnly(mise.binary, BUILD_PATHS.mise)]),
        readOnly(settings.caBundle.file, BUILD_PATHS.caBundle),
      ],
    },
  };
}

async function initialFiles(): Promise<ArchiveEntry[]> {
  const content = await readFile(new URL('./step.sh', import.meta.url));
  const directory = (path: string, uid?: number): ArchiveEntry => ({
    kind: 'directory',
    path: path.slice(1),
    mode: 0o755,
    ...(uid === undefined ? {} : { uid }),
  });
  return [
    { kind: 'file', path: BUILD_PATHS.stepScript.slice(1), mode: 0o755, content },
    directory(BUILD_PATHS.features),
    directory(BUILD_PATHS.rootSteps),
    directory(BUILD_PATHS.agentSteps, AGENT_UID),
    directory(BUILD_PATHS.miseHome, AGENT_UID),
  ];
}
