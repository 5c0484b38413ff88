import type { ContainerCreateOptions } from 'dockerode';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { DockerError } from '../../../platform/docker/docker-error.ts';
import { LABEL } from './crew-container-options.ts';

type Mounts = NonNullable<NonNullable<ContainerCreateOptions['HostConfig']>['Mounts']>;

export const HELPER_LABEL = 'crewship.helper';

const TIMEOUT_MS = 60_000;

interface HelpedCrew {
  stackId: string;
  crewId: string;
}

const labelsOf = ({ stackId, crewId }: HelpedCrew) => ({ [HELPER_LABEL]: stackId, [LABEL.crew]: crewId });

/** Removes the helpers of a crew that workers left when they died: they would keep its volumes in use for good. */
export async function removeRootHelpers(docker: DockerClient, crew: HelpedCrew): Promise<void> {
  for (const { id } of await docker.listContainers(labelsOf(crew))) await docker.removeContainer(id);
}

/**
 * Runs a script as root in a container that has only the given mounts, no network, and the capabilities that
 * changing owners takes. For what this process may not do itself. Rejects with `rejected` when the script fails.
 */
export async function runRootHelper(
  docker: DockerClient,
  helper: HelpedCrew & { image: string; script: string; mounts: Mounts },
): Promise<void> {
  const id = await docker.createContainer({
    Image: helper.image,
    User: '0:0',
    Entrypoint: ['/bin/sh', '-c', helper.script],
    Cmd: [],
    Labels: labelsOf(helper),
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
