import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { CONTAINER_LAYOUT, LABEL } from './crew-container-options.ts';

/**
 * Removes the stack's crew containers that an older release made otherwise than attempts need now: what ran in them is
 * lost and replaced. Returns how many there were.
 */
export async function removeOldContainers(docker: DockerClient, stackId: string): Promise<number> {
  const all = await docker.listContainers({ [LABEL.stack]: stackId });
  const old = all.filter(
    ({ labels }) =>
      labels[LABEL.crew] !== undefined &&
      labels[LABEL.sidecar] === undefined &&
      labels[LABEL.layout] !== CONTAINER_LAYOUT,
  );
  for (const { id } of old) await docker.removeContainer(id);
  return old.length;
}
