import type { DockerClient } from '../../platform/docker/docker-client.ts';
import { TEST_REGISTRY } from './feature-registry.ts';
import { TEST_RUNTIME_IMAGE } from './test-services.ts';

const REPOSITORY = `${TEST_REGISTRY}/shared/runtime-base`;

/**
 * Has the layers of the runtime image in the tests' registry, as a registry that serves hosts has them. A daemon
 * compresses and sends 117 MB the first time, which takes as long as the machine is busy; from then on an image that is
 * made of these layers sends what it adds.
 */
export async function shareRuntimeLayers(docker: DockerClient): Promise<void> {
  await docker.tagImage(TEST_RUNTIME_IMAGE, REPOSITORY, '1');
  await docker.pushImage({ repository: REPOSITORY, tag: '1' }, { signal: AbortSignal.timeout(100_000) });
}
