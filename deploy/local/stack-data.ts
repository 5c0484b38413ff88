import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { removeCrewContainer } from '../../activities/crews/containers/crew-container.ts';
import { realHostDirs } from '../../activities/crews/containers/crew-host-paths.ts';
import { createHelperImage } from '../../activities/crews/containers/helper-image.ts';
import { purgeCrewData } from '../../activities/crews/containers/prepare-crew-host.ts';
import { createDockerClient } from '../../platform/docker/docker-client.ts';
import type { Environment } from './services/part.ts';
import { relocatedDirectory } from './services/postgres-home.ts';
import { type RunningServices, startServices } from './services/start-services.ts';

/**
 * Never the parts of a stack that the environment names: what is thrown away is filled with rows and worn out first.
 */
const NOT_OURS = [
  'DATABASE_URL',
  'CREWSHIP_APP_DATABASE_URL',
  'CREWSHIP_SYSTEM_DATABASE_URL',
  'REDIS_URL',
  'TEMPORAL_ADDRESS',
  'CREWSHIP_LISTEN_PORT',
];

/** The environment of a stack that has all of its parts to itself but the Docker daemon. */
export function ownPartsEnvironment(env: Environment): Record<string, string | undefined> {
  return { ...env, ...Object.fromEntries(NOT_OURS.map((name) => [name, undefined])) };
}

/**
 * Removes the data folder of a stopped stack and what belongs to it in Docker. Also after a run that was interrupted:
 * processes it left behind are stopped. Rejects while a stack runs in the folder.
 */
export async function removeStackData(dataDir: string, env: Environment): Promise<void> {
  if (existsSync(dataDir)) {
    const services = await startServices({ dataDir, parts: ['docker', 'image'], log: () => {}, env });
    await removeCrews(services).finally(() => services.stop());
  }
  await rm(dataDir, { recursive: true, force: true });
  await rm(relocatedDirectory(dataDir), { recursive: true, force: true });
}

/** Containers, volumes and files of all crews: what their agents wrote may not be ours to delete in another way. */
async function removeCrews(services: RunningServices): Promise<void> {
  const { dataDir, secrets } = services.context;
  const { stackId } = secrets;
  const docker = createDockerClient(services.dockerHost ?? '');
  const hostDir = path.join(dataDir, 'hosts', 'local');
  const settings = await realHostDirs({
    crewsDir: path.join(hostDir, 'crews'),
    socketsDir: path.join(hostDir, 'sockets'),
  });
  const helperImage = createHelperImage({
    docker,
    reference: services.context.env.CREWSHIP_HELPER_IMAGE ?? services.runtimeImage ?? '',
  });
  const identity = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const crewIds = await readdir(settings.crewsDir);
  for (const crewId of crewIds) {
    await removeCrewContainer(docker, { stackId, crewId, upToGeneration: Number.MAX_SAFE_INTEGER });
    await purgeCrewData({ docker, settings, identity, helperImage }, { stackId, crewId });
  }
}
