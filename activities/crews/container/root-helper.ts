import type { ContainerCreateOptions } from 'dockerode';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { DockerError } from '../../../platform/docker/docker-error.ts';

type Mounts = NonNullable<NonNullable<ContainerCreateOptions['HostConfig']>['Mounts']>;

export const HELPER_LABEL = 'crewship.helper';

const TIMEOUT_MS = 60_000;

/**
 * Runs a script as root in a container that has only the given mounts, no network, and the capabilities that
 * changing owners takes. For what this process may not do itself. Rejects with `rejected` when the script fails.
 */
export async function runRootHelper(
  docker: DockerClient,
  helper: { image: string; stackId: string; script: string; mounts: Mounts },
): Promise<void> {
  const id = await docker.createContainer({
    Image: helper.image,
    User: '0:0',
    Entrypoint: ['/bin/sh', '-c', helper.script],
    Cmd: [],
    Labels: { [HELPER_LABEL]: helper.stackId },
    HostConfig: {
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      CapAdd: ['CHOWN', 'FOWNER', 'DAC_OVERRIDE', 'FSETID'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Memory: 134_217_728,
      PidsLimit: 32,
      LogConfig: { Type: 'none', Config: {} },
      Mounts: helper.mounts,
    },
  });
  try {
    await docker.startContainer(id);
    const exitCode = await docker.waitContainer(id, TIMEOUT_MS);
    if (exitCode !== 0) throw new DockerError('rejected', 'set owners');
  } finally {
    await docker.removeContainer(id);
  }
}
