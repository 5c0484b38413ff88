import type { ContainerState, DockerClient, ListedContainer } from '../../../platform/docker/docker-client.ts';
import { DockerError, isDockerError } from '../../../platform/docker/docker-error.ts';
import { type BindSources, UnsafeDirectoryError } from './bind-sources.ts';
import { type CrewContainerSpec, crewContainerName, crewContainerOptions, LABEL } from './crew-container-options.ts';
import { ensureCrewNetwork, removeCrewNetwork } from './crew-network.ts';
import { type PrepareDeps, prepareCrewHost } from './prepare-crew-host.ts';

export interface CrewContainer {
  containerId: string;
  /** The daemon's time of this start, RFC 3339. Another value means: restarted, every exec in it is gone. */
  startedAt: string;
  /** Started by this call: nothing of ours runs inside yet. */
  created: boolean;
  /** What it was really made from, whatever the image's tags name by now. */
  imageId: string;
  /** Runs, but was made from another spec (another image or other limits). Only with `onDrift: 'keep'`. */
  drifted: boolean;
}

export interface ListedCrewContainer {
  containerId: string;
  crewId: string;
  workspaceId: string;
  generation: number;
  status: string;
}

const CREATE_ATTEMPTS = 5;

/** What agents work in has these; the sockets are in the sidecar's container. */
export const AGENTS_DIRECTORIES = ['runs', 'records', 'inputs', 'workspace', 'output', 'crew'] as const;

function generationOf(container: ListedContainer): number {
  return Number(container.labels[LABEL.generation] ?? -1);
}

/**
 * The crew's container of this generation, running. Creating twice finds the first: the name is derived from the crew
 * and its generation. A running one with the same spec is re-attached; one of another spec is replaced, which ends
 * what runs inside, or kept with `onDrift: 'keep'`. Containers of older generations are removed first.
 *
 * Rejects with DockerError: `stale_generation` when a newer generation's container exists, `image_missing`,
 * `not_running` when it ended at once, `unavailable`, `timeout`; or with UnsafeDirectoryError or EgressFilterError.
 */
export async function ensureCrewContainer(
  deps: PrepareDeps,
  spec: CrewContainerSpec,
  { onDrift = 'replace' }: { onDrift?: 'replace' | 'keep' } = {},
): Promise<CrewContainer> {
  const { docker, settings } = deps;
  const options = crewContainerOptions(settings, spec);
  const name = crewContainerName(spec);
  const specHash = options.Labels?.[LABEL.spec];

  for (let attempt = 1; attempt <= CREATE_ATTEMPTS; attempt += 1) {
    const { containers: all, sidecars } = await containersOf(docker, spec);
    if (all.some((item) => generationOf(item) > spec.generation)) {
      throw new DockerError('stale_generation', 'ensure crew container');
    }
    const older = all.filter((item) => item.name !== name);
    const olderSidecars = sidecars.filter((item) => generationOf(item) < spec.generation);
    for (const item of [...olderSidecars, ...older]) await docker.removeContainer(item.id);
    if (older.length > 0 && spec.network === 'none') await removeCrewNetwork(docker, spec);

    let current = all.find((item) => item.name === name);
    const drifted = current !== undefined && current.labels[LABEL.spec] !== specHash;
    if (current !== undefined && drifted && (onDrift === 'replace' || current.status !== 'running')) {
      await docker.removeContainer(current.id);
      current = undefined;
    }
    if (current?.status === 'running') {
      const state = await docker.inspectContainer(current.id);
      if (state?.running) {
        return { containerId: state.id, startedAt: state.startedAt, created: false, imageId: state.imageId, drifted };
      }
      continue;
    }

    const sources = await prepareCrewHost(deps, spec);
    let containerId = current?.id;
    try {
      if (spec.network === 'own') {
        await ensureCrewNetwork(docker, settings.networkPool, spec);
        await deps.egressFilter.ensure();
      }
      containerId ??= await docker.createContainer(options);
      const state = await startOnSources(docker, containerId, sources);
      return { containerId, startedAt: state.startedAt, created: true, imageId: state.imageId, drifted: false };
    } catch (error) {
      if (!isDockerError(error, 'conflict', 'not_found') || attempt === CREATE_ATTEMPTS) throw error;
      // Another call created or removed it in between, or its network is gone: it is made once more.
      if (containerId !== undefined) await docker.removeContainer(containerId);
    } finally {
      await sources.close();
    }
  }
  throw new DockerError('conflict', 'ensure crew container');
}

/**
 * Starts the container if its bind sources are what they must be, and has it be them that it was given: one that was
 * given anything else is removed. Rejects with UnsafeDirectoryError, or DockerError.
 */
async function startOnSources(
  docker: DockerClient,
  containerId: string,
  sources: BindSources,
): Promise<ContainerState> {
  await sources.verifyOwners();
  await sources.verify();
  await docker.startContainer(containerId);
  try {
    const state = await docker.inspectContainer(containerId);
    if (!state?.running) throw new DockerError('not_running', 'ensure crew container');
    await sources.verify();
    await sources.verifyIn(state, AGENTS_DIRECTORIES);
    return state;
  } catch (error) {
    if (error instanceof UnsafeDirectoryError) await docker.removeContainer(containerId);
    throw error;
  }
}

/** The containers of a crew on this host, and those of its sidecars. */
async function containersOf(
  docker: DockerClient,
  crew: { stackId: string; crewId: string },
): Promise<{ containers: ListedContainer[]; sidecars: ListedContainer[] }> {
  const all = await docker.listContainers({ [LABEL.stack]: crew.stackId, [LABEL.crew]: crew.crewId });
  return {
    containers: all.filter((item) => !isSidecar(item)),
    sidecars: all.filter(isSidecar),
  };
}

function isSidecar(container: ListedContainer): boolean {
  return container.labels[LABEL.sidecar] !== undefined;
}

/**
 * Kills and removes the crew's containers up to a generation, and its network with the last of them. Volumes and
 * directories stay. Idempotent. The sidecars go first: whoever is killed in between finds the crew's container, and
 * with it what is left to do.
 */
export async function removeCrewContainer(
  docker: DockerClient,
  crew: { stackId: string; crewId: string; upToGeneration: number },
): Promise<{ removed: number }> {
  const { containers: listed, sidecars } = await containersOf(docker, crew);
  const isOld = (item: ListedContainer): boolean => generationOf(item) <= crew.upToGeneration;
  const all = listed.filter(isOld);
  for (const item of [...sidecars.filter(isOld), ...all]) await docker.removeContainer(item.id);
  if (all.length === listed.length) await removeCrewNetwork(docker, crew);
  return { removed: all.length };
}

export async function inspectCrewContainer(
  docker: DockerClient,
  containerId: string,
): Promise<{ running: boolean; startedAt: string; generation: number } | undefined> {
  const state = await docker.inspectContainer(containerId);
  if (state === undefined) return undefined;
  return {
    running: state.running,
    startedAt: state.startedAt,
    generation: Number(state.labels[LABEL.generation] ?? -1),
  };
}

/**
 * Removes one crew container and the sidecars of its generation, whatever the generation of its crew. Idempotent.
 */
export async function removeOneCrewContainer(
  docker: DockerClient,
  container: { stackId: string; crewId: string; generation: number; containerId: string },
): Promise<void> {
  const { sidecars } = await containersOf(docker, container);
  for (const item of sidecars) {
    if (generationOf(item) === container.generation) await docker.removeContainer(item.id);
  }
  await docker.removeContainer(container.containerId);
}

/** Every crew container of the stack on this host, whatever its state: what the reconciler compares with the rows. */
export async function listCrewContainers(docker: DockerClient, stackId: string): Promise<ListedCrewContainer[]> {
  return (await listWithSidecars(docker, stackId)).containers;
}

/** The same, and the containers of sidecars. */
export async function listWithSidecars(
  docker: DockerClient,
  stackId: string,
): Promise<{ containers: ListedCrewContainer[]; sidecars: ListedCrewContainer[] }> {
  const all = await docker.listContainers({ [LABEL.stack]: stackId });
  return { containers: asListed(all.filter((item) => !isSidecar(item))), sidecars: asListed(all.filter(isSidecar)) };
}

function asListed(all: readonly ListedContainer[]): ListedCrewContainer[] {
  // The stack's other containers, in which images are built, are no crew's.
  return all.flatMap((item) => {
    const crewId = item.labels[LABEL.crew];
    if (crewId === undefined) return [];
    const { id: containerId, status } = item;
    return [
      { containerId, crewId, workspaceId: item.labels[LABEL.workspace] ?? '', generation: generationOf(item), status },
    ];
  });
}
