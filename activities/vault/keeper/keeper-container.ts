import type { ContainerCreateOptions } from 'dockerode';
import type { ContainerState, DockerClient } from '../../../platform/docker/docker-client.ts';
import { DockerError, isDockerError } from '../../../platform/docker/docker-error.ts';
import { AGENTS_DIRECTORIES } from '../../crews/containers/crew-container.ts';
import { holdBindSources, type ProcessIdentity } from '../../crews/containers/bind-sources.ts';
import { LABEL } from '../../crews/containers/crew-container-options.ts';
import { AGENT_UID, checkedId, type CrewHostDirs } from '../../crews/containers/crew-host-paths.ts';

/** On the containers of commands that are run with a secret; what lists crews' containers does not see them. */
const KEEPER_LABEL = 'crewship.keeper';

/**
 * Takes the secret from its standard input into the variable that `$1` names, and becomes the command: no other process
 * has it, and neither the daemon nor the arguments. Where the image can, the command ends by itself a little after its
 * time (`$2` seconds), though nobody is left to end it.
 */
const WRAPPER = `value=$(cat; printf .)
value=\${value%.}
name=$1
limit=$2
shift 2
export "$name=$value"
unset value
if command -v timeout >/dev/null 2>&1; then exec timeout -s KILL "$limit" "$@" </dev/null; fi
exec "$@" </dev/null`;

const MIB = 1_048_576;
const MOST_MEMORY_BYTES = 2_048 * MIB;
const PIDS = 256;
/** What is read beyond what is kept, so that a secret at the end is seen as a whole. */
const READ_AHEAD_BYTES = 65_536;
/** As `timeout` has it. */
const TIMED_OUT = 124;
const LEFT_AFTER_MS = 180_000;
const BACKSTOP_SECONDS = 5;

export interface KeeperCommand {
  readonly stackId: string;
  readonly crewId: string;
  /** Of the request. */
  readonly id: string;
  /** The crew's container, which runs. */
  readonly crewContainerId: string;
  readonly argv: readonly string[];
  readonly envVar: string;
  readonly secret: string;
  readonly limitMs: number;
  readonly outputLimitBytes: number;
}

export interface KeeperContainerDeps {
  readonly docker: DockerClient;
  readonly settings: Pick<CrewHostDirs, 'crewsDir' | 'socketsDir'>;
  readonly identity: ProcessIdentity;
}

const containerName = (command: Pick<KeeperCommand, 'stackId' | 'id'>) =>
  `crewship-${checkedId(command.stackId)}-keeper-${checkedId(command.id)}`;

/**
 * Runs one command in a container of its own: the crew's image, mounts, environment and network, and so its egress by
 * the same policy; processes, memory file systems and limits of its own, so that no agent sees what it holds. The
 * container goes with the command. Returns both outputs as they came, cut a little beyond the limit, and the exit code.
 * Rejects with DockerError, or UnsafeDirectoryError.
 */
export async function runKeeperCommand(
  deps: KeeperContainerDeps,
  command: KeeperCommand,
): Promise<{ readonly stdout: Buffer; readonly stderr: Buffer; readonly exitCode: number }> {
  const { docker } = deps;
  const crew = await docker.inspectContainer(command.crewContainerId);
  if (crew?.running !== true) throw new DockerError('not_running', 'run a command beside a crew');
  const sources = await holdBindSources(deps.settings, deps.identity, command.crewId);
  let containerId: string | undefined;
  try {
    await sources.verifyOwners();
    containerId = await docker.createContainer(optionsOf(command, crew));
    const attached = await docker.attachContainer(containerId);
    try {
      await sources.verify();
      await docker.startContainer(containerId);
      const state = await docker.inspectContainer(containerId);
      await sources.verify();
      if (state?.running === true) await sources.verifyIn(state, AGENTS_DIRECTORIES);
      const readLimit = command.outputLimitBytes + READ_AHEAD_BYTES;
      const [stdout, stderr] = [keep(attached.stdout, readLimit), keep(attached.stderr, readLimit)];
      attached.stdin.end(command.secret);
      const exitCode = await ended(docker, containerId, command.limitMs);
      if (exitCode !== TIMED_OUT) await Promise.all([stdout.end, stderr.end]);
      return { stdout: stdout.read(), stderr: stderr.read(), exitCode };
    } finally {
      attached.detach();
    }
  } finally {
    await Promise.all([sources.close(), containerId === undefined ? undefined : docker.removeContainer(containerId)]);
  }
}

async function ended(docker: DockerClient, containerId: string, limitMs: number): Promise<number> {
  try {
    return await docker.waitContainer(containerId, limitMs);
  } catch (error) {
    if (!isDockerError(error, 'timeout')) throw error;
    return TIMED_OUT;
  }
}

/** The first bytes of a stream; what follows is read and dropped, so that nobody waits for it. */
function keep(stream: NodeJS.ReadableStream, limitBytes: number) {
  const pieces: Buffer[] = [];
  let size = 0;
  const { promise: end, resolve } = Promise.withResolvers<void>();
  stream.on('data', (piece: Buffer) => {
    const kept = piece.subarray(0, limitBytes - size);
    size += kept.length;
    if (kept.length > 0) pieces.push(kept);
  });
  stream
    .once('end', resolve)
    .once('close', resolve)
    .once('error', () => resolve());
  return { end, read: () => Buffer.concat(pieces) };
}

function backstopSeconds({ limitMs }: KeeperCommand): number {
  return Math.ceil(limitMs / 1_000) + BACKSTOP_SECONDS;
}

function optionsOf(command: KeeperCommand, crew: ContainerState): ContainerCreateOptions {
  return {
    name: containerName(command),
    Image: crew.imageId,
    User: `${AGENT_UID}:${AGENT_UID}`,
    WorkingDir: '/workspace',
    Env: [...crew.env],
    Entrypoint: ['/bin/sh', '-c', WRAPPER, 'keeper', command.envVar, String(backstopSeconds(command))],
    Cmd: [...command.argv],
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Labels: { [KEEPER_LABEL]: command.stackId, [LABEL.crew]: command.crewId },
    HostConfig: {
      NetworkMode: `container:${crew.id}`,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Init: true,
      IpcMode: 'private',
      Memory: Math.min(crew.memoryBytes, MOST_MEMORY_BYTES),
      MemorySwap: Math.min(crew.memoryBytes, MOST_MEMORY_BYTES),
      NanoCpus: 1e9,
      PidsLimit: PIDS,
      OomScoreAdj: 500,
      Tmpfs: { '/tmp': `rw,noexec,nosuid,nodev,mode=1777,size=${64 * MIB}` },
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
      Mounts: [...crew.mounts],
      LogConfig: { Type: 'none', Config: {} },
    },
  };
}

/**
 * Removes what a worker that died left of commands: all of it for the worker that comes after it, or what is too old
 * for anybody to wait for. Returns how many.
 */
export async function removeLeftCommands(
  docker: DockerClient,
  { stackId, all }: { readonly stackId: string; readonly all: boolean },
  now = Date.now(),
): Promise<number> {
  const left = (await docker.listContainers({ [KEEPER_LABEL]: stackId })).filter(
    ({ createdAt }) => all || now - createdAt.getTime() > LEFT_AFTER_MS,
  );
  for (const { id } of left) await docker.removeContainer(id);
  return left.length;
}
