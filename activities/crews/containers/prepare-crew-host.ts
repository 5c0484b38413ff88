import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { removeIn } from '../../../platform/host-files/remove-beneath.ts';
import { openDirectoryBeneath } from '../../../platform/host-files/safe-open.ts';
import { writeFileAtomically } from '../../../platform/host-files/write-file-atomically.ts';
import { type BindSources, holdBindSources, type ProcessIdentity, SOCKET_DIR_MODE } from './bind-sources.ts';
import {
  type CrewContainerSettings,
  type CrewContainerSpec,
  configuredVolumes,
  crewVolumeNames,
  LABEL,
} from './crew-container-options.ts';
import { AGENT_UID, type CrewPaths, crewPaths, SIDECAR_UID } from './crew-host-paths.ts';
import type { EgressFilter } from './egress-filter.ts';
import type { HelperImage } from './helper-image.ts';
import { type HelpedDirectory, type HelperTask, removeRootHelpers, runRootHelper } from './root-helper.ts';

export interface PrepareDeps {
  docker: DockerClient;
  settings: CrewContainerSettings;
  identity: ProcessIdentity;
  helperImage: HelperImage;
  egressFilter: Pick<EgressFilter, 'ensure'>;
}

/** Raised when the helpers have more to do for crews that were prepared before. */
const HELPER_LAYOUT = 4;

interface Job {
  readonly directory: HelpedDirectory;
  readonly task: HelperTask;
}

async function preparedVolumes(marker: string): Promise<string | undefined> {
  try {
    return await readFile(marker, 'utf8');
  } catch {
    return undefined;
  }
}

/** What this process, which is not root, has given to their users. */
function directoryJobs(paths: CrewPaths, { uid, gid }: ProcessIdentity): Job[] {
  const give = (path: string, owner: { uid: number; gid: number }, mode?: number): Job => ({
    directory: { path },
    task: { kind: 'give', ...owner, ...(mode === undefined ? {} : { mode }) },
  });
  const agents = { uid: AGENT_UID, gid: AGENT_UID };
  return [
    ...[paths.workspace, paths.output].map((path) => give(path, agents)),
    // This process reads there by its group.
    give(paths.runs, { uid: 0, gid }, 0o751),
    give(paths.records, { uid: 0, gid }, 0o750),
    // This process's group: files from other crews are placed in the one, the sidecar's socket is reached in the other.
    give(paths.crew, { uid: AGENT_UID, gid }, 0o2775),
    give(paths.ports, { uid: SIDECAR_UID, gid }, 0o2750),
    give(paths.sockets, { uid, gid: SIDECAR_UID }, SOCKET_DIR_MODE),
  ];
}

/**
 * Makes the crew's directories and volumes, gives them to their users, and holds the directories: the caller closes
 * what is returned. Idempotent. A fresh volume belongs to root; a short-lived helper container for each hands it over,
 * once (~0.7 s); the marker remembers for which volumes that is done. Rejects with UnsafeDirectoryError.
 */
export async function prepareCrewHost(deps: PrepareDeps, spec: CrewContainerSpec): Promise<BindSources> {
  const { docker, identity, settings } = deps;
  const paths = crewPaths(settings, spec.crewId);
  const held = await holdBindSources(settings, identity, spec.crewId);
  try {
    const labels = { [LABEL.stack]: spec.stackId, [LABEL.workspace]: spec.workspaceId, [LABEL.crew]: spec.crewId };
    const names = crewVolumeNames(spec.stackId, spec.crewId);
    const volumes = await Promise.all(
      [names.home, names.tools, ...configuredVolumes(spec)].map(async (name) => ({
        name,
        createdAt: (await docker.ensureVolume(name, labels)).createdAt,
      })),
    );
    const prepared = { volumes, uid: identity.uid };
    const current = JSON.stringify(identity.uid === 0 ? prepared : { ...prepared, layout: HELPER_LAYOUT });
    if ((await preparedVolumes(paths.volumesMarker)) !== current) {
      const toAgents = { kind: 'give', uid: AGENT_UID, gid: AGENT_UID } as const;
      await runJobs(deps, spec, held, [
        ...volumes.map(({ name }) => ({ directory: { volume: name }, task: toAgents })),
        ...(identity.uid === 0 ? [] : directoryJobs(paths, identity)),
      ]);
      await writeFileAtomically(paths.volumesMarker, current, 0o600);
    }
    return held;
  } catch (error) {
    await held.close();
    throw error;
  }
}

const JOBS_AT_ONCE = 4;

/** A container for each; what it was given is looked at again before and after. */
async function runJobs(
  deps: Pick<PrepareDeps, 'docker' | 'helperImage'>,
  { stackId, crewId }: { stackId: string; crewId: string },
  held: BindSources,
  jobs: readonly Job[],
): Promise<void> {
  await held.verify();
  for (let first = 0; first < jobs.length; first += JOBS_AT_ONCE) {
    const ended = await Promise.allSettled(
      jobs.slice(first, first + JOBS_AT_ONCE).map((job) => runRootHelper(deps, { stackId, crewId, ...job })),
    );
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
  }
  await held.verify();
}

/**
 * Deletes what a crew has on this host: directories, socket directory, volumes. Its container must be gone. Idempotent.
 * Rejects with UnsafeDirectoryError, and deletes nothing, where one of its directories is none.
 */
export async function purgeCrewData(
  deps: Pick<PrepareDeps, 'docker' | 'identity' | 'helperImage'> & {
    settings: Pick<CrewContainerSettings, 'crewsDir' | 'socketsDir'>;
  },
  crew: { stackId: string; crewId: string },
): Promise<void> {
  const paths = crewPaths(deps.settings, crew.crewId);
  const held = await holdBindSources(deps.settings, deps.identity, crew.crewId);
  try {
    if (deps.identity.uid !== 0) {
      const theirs = [paths.runs, paths.records, paths.workspace, paths.output, paths.crew, paths.ports];
      const empty = theirs.map((path) => ({ directory: { path }, task: { kind: 'empty' } as const }));
      await runJobs(deps, crew, held, empty);
    }
    await removeRootHelpers(deps.docker, crew);
    await held.verify();
  } finally {
    await held.close();
  }
  for (const [base, name] of [
    [deps.settings.crewsDir, path.basename(paths.root)],
    [deps.settings.socketsDir, path.basename(paths.sockets)],
  ] as const) {
    const directory = await openDirectoryBeneath(base, '');
    try {
      // At any depth that agents may have made.
      await removeIn(directory, name);
    } finally {
      await directory.close();
    }
  }
  const labelled = await deps.docker.listVolumes({ [LABEL.stack]: crew.stackId, [LABEL.crew]: crew.crewId });
  const names = new Set([...Object.values(crewVolumeNames(crew.stackId, crew.crewId)), ...labelled]);
  for (const name of names) await deps.docker.removeVolume(name);
}
