import { connectDocker } from '../../deploy/local/services/docker-address.ts';
import { createDockerClient } from '../../platform/docker/docker-client.ts';
import { TEST_REGISTRY } from './feature-registry.ts';
import { TEST_DOCKER_HOST, TEST_RUNTIME_IMAGE } from './test-services.ts';

const NAME = { repository: `${TEST_REGISTRY}/shared/runtime-layers`, tag: '1' };

/**
 * Has the layers of the runtime image in the tests' registry, as a registry that serves hosts has them. A daemon
 * compresses and sends 117 MB the first time, which takes as long as the machine is busy; from then on an image that is
 * made of these layers sends what it adds. It is a copy that is sent: an image that a registry has under a digest is
 * pulled before it is built on, and nobody else's registry has the runtime image.
 */
export async function shareRuntimeLayers(): Promise<void> {
  const client = createDockerClient(TEST_DOCKER_HOST);
  const container = await connectDocker(TEST_DOCKER_HOST).createContainer({ Image: TEST_RUNTIME_IMAGE, Cmd: ['true'] });
  const { Id: imageId } = (await container.commit({ changes: 'LABEL crewship.test=layers' })) as { Id: string };
  await container.remove();
  await client.tagImage(imageId, NAME.repository, NAME.tag);
  const { digest } = await client.pushImage(NAME, { signal: AbortSignal.timeout(100_000) });
  await client.removeImage(`${NAME.repository}:${NAME.tag}`);
  await client.removeImage(`${NAME.repository}@${digest}`);
}
