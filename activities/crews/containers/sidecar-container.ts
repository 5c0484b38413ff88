import type { ContainerCreateOptions } from 'dockerode';
import type { ContainerState, DockerClient } from '../../../platform/docker/docker-client.ts';
import { DockerError, isDockerError } from '../../../platform/docker/docker-error.ts';
import { holdBindSources, type ProcessIdentity } from './bind-sources.ts';
import {
  bind,
  type CrewContainerSettings,
  type CrewContainerSpec,
  crewContainerName,
  LABEL,
} from './crew-container-options.ts';
import { crewPaths, SIDECAR_UID } from './crew-host-paths.ts';
import type { HelperImage } from './helper-image.ts';

const MIB = 1_048_576;
/** Enough for one sidecar that works and some that finish what they carry; an idle one has about a tenth of it. */
const MEMORY_BYTES = 512 * MIB;
const PIDS = 256;
const CREATE_ATTEMPTS = 5;

type CrewRef = Pick<CrewContainerSpec, 'stackId' | 'workspaceId' | 'crewId' | 'generation'>;

/** A crew's container as it was started: another start of it has another network namespace. */
export interface StartedContainer {
  readonly containerId: string;
  readonly startedAt: string;
}

export interface SidecarContainerDeps {
  readonly docker: DockerClient;
  readonly settings: CrewContainerSettings;
  readonly identity: ProcessIdentity;
  readonly helperImage: HelperImage;
}

/** One of a generation, beside the crew's container. */
function sidecarContainerName(crew: Pick<CrewRef, 'stackId' | 'crewId' | 'generation'>): string {
  return `${crewContainerName(crew)}-sidecar`;
}

/**
 * What the sidecars of a crew run in: the operator's image, in which the tenant has nothing, and of the crew's
 * container its network alone. Hardening: docs/contracts/crews-and-agents.md, Container.
 */
function sidecarContainerOptions(
  settings: CrewContainerSettings,
  crew: CrewRef,
  { image, joins }: { readonly image: string; readonly joins: StartedContainer },
): ContainerCreateOptions {
  const hostConfig: ContainerCreateOptions['HostConfig'] & { CgroupnsMode: 'private' } = {
    NetworkMode: `container:${joins.containerId}`,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    ReadonlyRootfs: true,
    Init: true,
    IpcMode: 'private',
    CgroupnsMode: 'private',
    Memory: MEMORY_BYTES,
    // Equal to memory: no swap, where the token could be found.
    MemorySwap: MEMORY_BYTES,
    PidsLimit: PIDS,
    // Before the host's services, after the agents: without it they can do nothing.
    OomScoreAdj: 400,
    Ulimits: [
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'nofile', Soft: settings.nofileHardLimit, Hard: settings.nofileHardLimit },
    ],
    Mounts: [
      // Read-write, because connecting to a socket needs write access to it; the directory's mode keeps its group from
      // making entries.
      bind(crewPaths(settings, crew.crewId).sockets, '/run/crewship'),
      bind(settings.nodeBinary, '/opt/crewship/bin/node', true),
      bind(settings.runtimeDir, '/opt/crewship/runtime', true),
    ],
    LogConfig: { Type: 'none', Config: {} },
    RestartPolicy: { Name: 'no' },
  };
  return {
    name: sidecarContainerName(crew),
    Image: image,
    User: `${SIDECAR_UID}:${SIDECAR_UID}`,
    WorkingDir: '/',
    // The main process only holds the container open: a sidecar is an exec, so that its successor runs beside it.
    Entrypoint: ['/bin/sh', '-c', 'exec sleep 2147483647'],
    Cmd: [],
    StopTimeout: 30,
    StopSignal: 'SIGTERM',
    HostConfig: hostConfig,
    Labels: {
      [LABEL.stack]: crew.stackId,
      [LABEL.workspace]: crew.workspaceId,
      [LABEL.crew]: crew.crewId,
      [LABEL.generation]: String(crew.generation),
      [LABEL.sidecar]: joined(joins),
    },
  };
}

function joined({ containerId, startedAt }: StartedContainer): string {
  return `${containerId}@${startedAt}`;
}

/**
 * The container of the crew's sidecars, running in the network of this start of the crew's container. Creating twice
 * finds the first; one that joined an earlier start is made anew, since it would stay in the network that is gone.
 *
 * Rejects with DockerError: `conflict` when the crew's container does not run, `image_missing`, `not_running` when it
 * ended at once, `unavailable`, `timeout`; or with UnsafeDirectoryError.
 */
export async function ensureSidecarContainer(
  deps: SidecarContainerDeps,
  crew: CrewRef,
  joins: StartedContainer,
): Promise<{ containerId: string; created: boolean }> {
  const { docker, settings } = deps;
  const name = sidecarContainerName(crew);
  for (let attempt = 1; ; attempt += 1) {
    // Asked for beside, as it is needed in the usual case.
    const foundImage = deps.helperImage.id();
    foundImage.catch(() => {});
    const current = await docker.inspectContainer(name);
    const isOurs = current !== undefined && current.labels[LABEL.sidecar] === joined(joins);
    if (isOurs && current.running) return { containerId: current.id, created: false };
    // One that is made and not started yet may be another call's: both start it, and it starts once.
    let containerId = isOurs && current.status === 'created' ? current.id : undefined;
    if (current !== undefined && containerId === undefined) await docker.removeContainer(current.id);
    try {
      containerId ??= await docker.createContainer(
        sidecarContainerOptions(settings, crew, { image: await foundImage, joins }),
      );
      await startOnSockets(deps, crew, containerId);
      return { containerId, created: true };
    } catch (error) {
      // Not for `not_found`: it is removed, and what has its name by now is another call's.
      if (containerId !== undefined && !isDockerError(error, 'not_found')) await docker.removeContainer(containerId);
      // Another call made or removed it in between, or the crew's container is being replaced.
      if (!isDockerError(error, 'conflict', 'not_found') || attempt === CREATE_ATTEMPTS) throw error;
    }
  }
}

/** Starts the container if the crew's socket directory is what it must be, and has it be the one that it was given. */
async function startOnSockets(deps: SidecarContainerDeps, crew: CrewRef, containerId: string): Promise<void> {
  const sources = await holdBindSources(deps.settings, deps.identity, crew.crewId);
  try {
    await sources.verify();
    await deps.docker.startContainer(containerId);
    const state = await runningState(deps.docker, containerId);
    await sources.verify();
    await sources.verifyIn(state, ['sockets']);
  } finally {
    await sources.close();
  }
}

async function runningState(docker: DockerClient, containerId: string): Promise<ContainerState> {
  const state = await docker.inspectContainer(containerId);
  if (!state?.running) throw new DockerError('not_running', 'ensure sidecar container');
  return state;
}
