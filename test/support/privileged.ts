import { connectDocker } from '../../deploy/local/services/docker-address.ts';
import { TEST_DOCKER_HOST, TEST_RUNTIME_IMAGE } from './test-services.ts';

/**
 * Why the daemon starts no privileged container as root; undefined where it does. One that lacks capabilities itself,
 * as inside another container or a small virtual machine, cannot give all of them away.
 */
export async function whyNotPrivileged(): Promise<string | undefined> {
  const container = await connectDocker(TEST_DOCKER_HOST).createContainer({
    Image: TEST_RUNTIME_IMAGE,
    User: '0',
    Cmd: ['true'],
    HostConfig: { Privileged: true },
  });
  try {
    await container.start();
    return undefined;
  } catch (error) {
    return `this daemon starts no privileged container: ${error instanceof Error ? error.message : 'unknown'}`;
  } finally {
    await container.remove({ force: true });
  }
}
