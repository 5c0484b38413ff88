import { chmod, chown, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { writeFileAtomically } from '../../../platform/host-files/write-file-atomically.ts';
import {
  type CrewContainerSettings,
  type CrewContainerSpec,
  configuredVolumes,
  crewVolumeNames,
  LABEL,
} from './crew-container-options.ts';
import { AGENT_UID, type CrewPaths, crewPaths, SIDECAR_UID } from './crew-host-paths.ts';
import { removeRootHelpers, runRootHelper } from './root-helper.ts';

/** Who this process is on the host. Root sets owners itself; anyone else has a helper container do it. */
export interface ProcessIdentity {
  uid: number;
  gid: number;
}

export interface PrepareDeps {
  docker: DockerClient;
  settings: CrewContainerSettings;
  identity: ProcessIdentity;
}

// Set-group-id: sockets made inside belong to the sidecar's group, also when the API may not give files away.
const SOCKET_DIR_MODE = 0o2750;
// The sidecar's alone: it makes its socket there, and replaces it.
const PORTS_DIR_MODE = 0o700;
/** Raised when the helper has more to do for crews that were prepared before. */
const HELPER_LAYOUT = 2;

async function makeDirectories(paths: CrewPaths): Promise<void> {
  // Only the daemon, which is root, needs to pass here; other users of the host stay out.
  await mkdir(paths.root, { recursive: true, mode: 0o700 });
  await mkdir(paths.inputs, { recursive: true, mode: 0o755 });
  for (const dir of [paths.runs, paths.workspace, paths.output, paths.crew]) {
    await mkdir(dir, { recursive: true, mode: 0o755 });
  }
  await mkdir(paths.sockets, { recursive: true, mode: 0o700 });
  await mkdir(paths.ports, { recursive: true, mode: 0o700 });
}

async function setOwnersAsRoot(paths: CrewPaths): Promise<void> {
  for (const dir of [paths.runs, paths.workspace, paths.output, paths.crew]) await chown(dir, AGENT_UID, AGENT_UID);
  await chown(paths.sockets, 0, SIDECAR_UID);
  await chmod(paths.sockets, SOCKET_DIR_MODE);
  await chown(paths.ports, SIDECAR_UID, SIDECAR_UID);
  await chmod(paths.ports, PORTS_DIR_MODE);
}

async function preparedVolumes(marker: string): Promise<string | undefined> {
  try {
    return await readFile(marker, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Makes the crew's directories and volumes and gives them to their users. Idempotent. A fresh volume belongs to root;
 * a short-lived helper container hands it over, once (~0.7 s); the marker remembers for which volumes that is done.
 */
export async function prepareCrewHost(deps: PrepareDeps, spec: CrewContainerSpec): Promise<void> {
  const { docker, identity } = deps;
  const paths = crewPaths(deps.settings, spec.crewId);
  await makeDirectories(paths);
  if (identity.uid === 0) await setOwnersAsRoot(paths);

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
  if ((await preparedVolumes(paths.volumesMarker)) === current) return;

  const agent = `${AGENT_UID}:${AGENT_UID}`;
  const mounts = volumes.map(({ name }, index) => ({
    Type: 'volume' as const,
    Source: name,
    Target: `/mnt/volumes/${index}`,
  }));
  const script = [`chown ${agent} ${mounts.map(({ Target }) => Target).join(' ')}`];
  if (identity.uid !== 0) {
    script.push(
      `chown ${agent} /mnt/crew/runs /mnt/crew/workspace /mnt/crew/output /mnt/crew/crew`,
      `chown ${identity.uid}:${SIDECAR_UID} /mnt/sockets`,
      `chmod ${SOCKET_DIR_MODE.toString(8)} /mnt/sockets`,
      // This process's group: files from other crews are placed in the one, the sidecar's socket is reached in the other.
      `chown ${AGENT_UID}:${identity.gid} /mnt/crew/crew && chmod 2775 /mnt/crew/crew`,
      `chown ${SIDECAR_UID}:${identity.gid} /mnt/sockets/ports && chmod 2750 /mnt/sockets/ports`,
    );
  }
  const binds =
    identity.uid === 0
      ? []
      : [
          { Type: 'bind' as const, Source: paths.root, Target: '/mnt/crew' },
          { Type: 'bind' as const, Source: paths.sockets, Target: '/mnt/sockets' },
        ];
  await runRootHelper(docker, {
    image: spec.image,
    stackId: spec.stackId,
    crewId: spec.crewId,
    script: script.join(' && '),
    mounts: [...mounts, ...binds],
  });
  await writeFileAtomically(paths.volumesMarker, current, 0o600);
}

/**
 * Deletes what a crew has on this host: directories, socket directory, volumes. Its container must be gone. Idempotent.
 */
export async function purgeCrewData(
  deps: Pick<PrepareDeps, 'docker' | 'identity'> & { settings: Pick<CrewContainerSettings, 'crewsDir' | 'socketsDir'> },
  crew: { stackId: string; crewId: string; helperImage: string },
): Promise<void> {
  const paths = crewPaths(deps.settings, crew.crewId);
  if (deps.identity.uid !== 0) {
    await mkdir(paths.root, { recursive: true, mode: 0o700 });
    await mkdir(paths.sockets, { recursive: true, mode: 0o700 });
    const theirs = ['runs', 'workspace', 'output', 'crew'].map((name) => `/mnt/crew/${name}`);
    await runRootHelper(deps.docker, {
      image: crew.helperImage,
      stackId: crew.stackId,
      crewId: crew.crewId,
      script: `rm -rf ${theirs.join(' ')} /mnt/sockets/ports`,
      mounts: [
        { Type: 'bind', Source: path.resolve(paths.root), Target: '/mnt/crew' },
        { Type: 'bind', Source: path.resolve(paths.sockets), Target: '/mnt/sockets' },
      ],
    });
  }
  await removeRootHelpers(deps.docker, crew);
  await rm(paths.root, { recursive: true, force: true });
  await rm(paths.sockets, { recursive: true, force: true });
  const labelled = await deps.docker.listVolumes({ [LABEL.stack]: crew.stackId, [LABEL.crew]: crew.crewId });
  const names = new Set([...Object.values(crewVolumeNames(crew.stackId, crew.crewId)), ...labelled]);
  for (const name of names) await deps.docker.removeVolume(name);
}
