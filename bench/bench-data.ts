import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { removeCrewContainer } from '../activities/crews/container/crew-container.ts';
import { purgeCrewData } from '../activities/crews/container/prepare-crew-host.ts';
import { relocatedDirectory } from '../deploy/local/services/postgres-home.ts';
import { type RunningServices, startServices } from '../deploy/local/services/start-services.ts';
import { createDockerClient } from '../platform/docker/docker-client.ts';

/** Makes the data folder, with the agents where the user they run as can read them. Returns their folder. */
export async function prepareBenchData(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
  const toolsDir = path.join(dataDir, 'tools');
  const source = path.join(import.meta.dirname, 'agents');
  await cp(source, toolsDir, { recursive: true });
  await chmod(toolsDir, 0o755);
  for (const name of await readdir(source)) await chmod(path.join(toolsDir, name), 0o644);
  return toolsDir;
}

/**
 * Removes the data folder of a stopped stack and what belongs to it in Docker. Also after a run that was interrupted:
 * processes it left behind are stopped. Rejects while a benchmark runs in the folder.
 */
export async function removeBenchData(dataDir: string, env: NodeJS.ProcessEnv): Promise<void> {
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
  const settings = {
    crewsDir: path.join(hostDir, 'crews'),
    socketsDir: path.join(hostDir, 'sockets'),
    runtimeDir: path.join(hostDir, 'runtime'),
    nodeBinary: process.execPath,
    nofileHardLimit: 1_024,
  };
  const identity = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const crewIds = existsSync(settings.crewsDir) ? await readdir(settings.crewsDir) : [];
  for (const crewId of crewIds) {
    await removeCrewContainer(docker, { stackId, crewId, upToGeneration: Number.MAX_SAFE_INTEGER });
    await purgeCrewData({ docker, settings, identity }, { stackId, crewId, helperImage: services.runtimeImage ?? '' });
  }
}
