import type Docker from 'dockerode';
import { LABEL } from '../activities/crews/containers/crew-container-options.ts';

const MB = 1e6;
/** What a sidecar that was just used gives back is given back by then. */
const IDLE_MS = 5_000;

/** Megabytes of a container's own: what its cgroup is charged without files that the kernel keeps for anybody. */
async function ownMemoryMb(docker: Docker, id: string): Promise<number> {
  const { memory_stats: memory } = await docker.getContainer(id).stats({ stream: false });
  // The first version of cgroups counts them as cache, the second as file.
  const { cache, file } = memory.stats as { cache?: number; file?: number };
  return (memory.usage - (cache ?? file ?? 0)) / MB;
}

/**
 * Of the container in which a crew's sidecar idles, and of one like it in which a Node does nothing at all. The shim of
 * each, a process of the daemon's, is in neither.
 */
export async function idleSidecarMemory(
  docker: Docker,
  crewId: string,
): Promise<{ sidecarMb: number; bareMb: number }> {
  const label = [LABEL.sidecar, `${LABEL.crew}=${crewId}`];
  const [found] = await docker.listContainers({ filters: { label } });
  if (found === undefined) throw new Error('the crew has no sidecar’s container');
  const { Config, HostConfig } = await docker.getContainer(found.Id).inspect();
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const sidecarMb = await ownMemoryMb(docker, found.Id);
  const bare = await docker.createContainer({
    Image: Config.Image,
    User: Config.User,
    Entrypoint: ['/opt/crewship/bin/node', '-e', 'setInterval(() => {}, 1e9)'],
    Cmd: [],
    HostConfig: { ...HostConfig, NetworkMode: 'none' },
  });
  try {
    await bare.start();
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    return { sidecarMb, bareMb: await ownMemoryMb(docker, bare.id) };
  } finally {
    await bare.remove({ force: true });
  }
}
