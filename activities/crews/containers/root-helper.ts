import type { ContainerCreateOptions } from 'dockerode';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { DockerError } from '../../../platform/docker/docker-error.ts';
import { LABEL } from './crew-container-options.ts';
import type { HelperImage } from './helper-image.ts';

type Mount = NonNullable<NonNullable<ContainerCreateOptions['HostConfig']>['Mounts']>[number];

export const HELPER_LABEL = 'crewship.helper';

const TIMEOUT_MS = 60_000;
/** Where a helper has the one directory that it works on. */
const PLACE = '/mnt/directory';

interface HelpedCrew {
  stackId: string;
  crewId: string;
}

/** What a helper does to its directory: to the directory itself, or to what is in it. */
export type HelperTask =
  | { readonly kind: 'give'; readonly uid: number; readonly gid: number; readonly mode?: number }
  | { readonly kind: 'empty' }
  /** What these names in it are, with all below them; a name that is not there is no error. */
  | { readonly kind: 'remove'; readonly names: readonly string[] };

/** The one directory: a volume by its name, or a directory of the host by its path. */
export type HelpedDirectory = { readonly volume: string } | { readonly path: string };

const labelsOf = ({ stackId, crewId }: HelpedCrew) => ({ [HELPER_LABEL]: stackId, [LABEL.crew]: crewId });

/** Removes the helpers of a crew that workers left when they died: they would keep its volumes in use for good. */
export async function removeRootHelpers(docker: DockerClient, crew: HelpedCrew): Promise<void> {
  for (const { id } of await docker.listContainers(labelsOf(crew))) await docker.removeContainer(id);
}

/** The program, and the capabilities that it takes. What agents wrote is in no word of it that a shell reads. */
function programOf(task: HelperTask): { argv: string[]; capabilities: string[] } {
  // Inode by inode, from open directories, and over no file system but this one.
  if (task.kind === 'empty') {
    const argv = ['/usr/bin/find', PLACE, '-xdev', '-mindepth', '1', '-delete'];
    return { argv, capabilities: ['DAC_OVERRIDE', 'FOWNER'] };
  }
  if (task.kind === 'remove') {
    // A link on the way leads into the directory again, or to what is read-only here.
    const argv = ['/bin/rm', '-rf', '--one-file-system', '--', ...task.names.map((name) => `${PLACE}/${name}`)];
    return { argv, capabilities: ['DAC_OVERRIDE', 'FOWNER'] };
  }
  const chown = `chown ${task.uid}:${task.gid} ${PLACE}`;
  if (task.mode === undefined) return { argv: ['/bin/sh', '-c', chown], capabilities: ['CHOWN'] };
  const argv = ['/bin/sh', '-c', `${chown} && chmod ${task.mode.toString(8)} ${PLACE}`];
  return { argv, capabilities: ['CHOWN', 'FOWNER', 'FSETID'] };
}

/**
 * Does as root, in a container of the operator's image, what this process may not do itself. The container has one
 * directory, no network, and no capability but those that the task takes. Rejects with `rejected` when it fails.
 */
export async function runRootHelper(
  deps: { readonly docker: DockerClient; readonly helperImage: HelperImage },
  helper: HelpedCrew & { readonly directory: HelpedDirectory; readonly task: HelperTask },
): Promise<void> {
  const { docker } = deps;
  const { directory } = helper;
  const { argv, capabilities } = programOf(helper.task);
  const mount: Mount =
    'volume' in directory
      ? { Type: 'volume', Source: directory.volume, Target: PLACE, VolumeOptions: volumeOptions }
      : { Type: 'bind', Source: directory.path, Target: PLACE, BindOptions: { Propagation: 'rprivate' } };
  const id = await docker.createContainer({
    Image: await deps.helperImage.id(),
    User: '0:0',
    Entrypoint: argv,
    Cmd: [],
    Labels: labelsOf(helper),
    HostConfig: {
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      CapAdd: capabilities,
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Memory: 134_217_728,
      PidsLimit: 32,
      LogConfig: { Type: 'none', Config: {} },
      Mounts: [mount],
    },
  });
  try {
    await docker.startContainer(id);
    const exitCode = await docker.waitContainer(id, TIMEOUT_MS);
    if (exitCode !== 0) throw new DockerError('rejected', 'run a helper as root');
  } finally {
    await docker.removeContainer(id);
  }
}

/** The image has nothing to put into a volume. */
const volumeOptions = { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } };
