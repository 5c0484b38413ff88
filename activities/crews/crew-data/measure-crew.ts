import { DockerError } from '../../../platform/docker/docker-error.ts';
import { holdBindSources } from '../containers/bind-sources.ts';
import { bind, LABEL } from '../containers/crew-container-options.ts';
import { crewPaths } from '../containers/crew-host-paths.ts';
import type { PrepareDeps } from '../containers/prepare-crew-host.ts';
import { HELPER_LABEL } from '../containers/root-helper.ts';

/** On the helpers that measure, so that one which a killed worker left is told from those that a start waits for. */
const MEASURES_LABEL = 'crewship.measures';
const TIMEOUT_MS = 5 * 60_000;
const OUTPUT_LIMIT_BYTES = 8 * 1_048_576;
const PLACE = '/mnt';
/** What a helper takes of the host's processors: measuring is never in anybody's way. */
const CPUS = 0.25;

export interface CrewDisk {
  readonly diskBytes: number;
  readonly runs: readonly { readonly id: string; readonly diskBytes: number }[];
}

export type MeasureDeps = Pick<PrepareDeps, 'docker' | 'identity' | 'helperImage'> & {
  readonly settings: Pick<PrepareDeps['settings'], 'crewsDir' | 'socketsDir'>;
};

/**
 * What a crew's directories and volumes take on this host's disk: counted as root, in a container that has them
 * read-only, no network and no capability but to look. Rejects with DockerError, `timeout` for one that takes longer
 * than five minutes to count, or with UnsafeDirectoryError.
 */
export async function measureCrew(deps: MeasureDeps, crew: { stackId: string; crewId: string }): Promise<CrewDisk> {
  const { docker, settings } = deps;
  const labels = { [HELPER_LABEL]: crew.stackId, [LABEL.crew]: crew.crewId, [MEASURES_LABEL]: 'crew' };
  for (const { id } of await docker.listContainers(labels)) await docker.removeContainer(id);
  const paths = crewPaths(settings, crew.crewId);
  const volumes = await docker.listVolumes({ [LABEL.stack]: crew.stackId, [LABEL.crew]: crew.crewId });
  const held = await holdBindSources(settings, deps.identity, crew.crewId);
  try {
    const image = await deps.helperImage.id();
    await held.verify();
    const { exitCode, stdout } = await docker.runContainer(
      {
        Image: image,
        User: '0:0',
        WorkingDir: PLACE,
        // What goes away meanwhile makes it fail; what it counted counts.
        Entrypoint: ['/bin/sh', '-c', 'du -x -B1 -d 1 runs; du -x -B1 -s directories/* volumes/*'],
        Cmd: [],
        Labels: labels,
        HostConfig: {
          NetworkMode: 'none',
          CapDrop: ['ALL'],
          CapAdd: ['DAC_READ_SEARCH'],
          SecurityOpt: ['no-new-privileges'],
          ReadonlyRootfs: true,
          Memory: 268_435_456,
          NanoCpus: CPUS * 1e9,
          PidsLimit: 16,
          LogConfig: { Type: 'none', Config: {} },
          Mounts: mountsOf(paths, volumes),
        },
      },
      { timeoutMs: TIMEOUT_MS, limitBytes: OUTPUT_LIMIT_BYTES },
    );
    await held.verify();
    return readCounts(exitCode, stdout);
  } finally {
    await held.close();
  }
}

function mountsOf(paths: ReturnType<typeof crewPaths>, volumes: readonly string[]) {
  const { records, inputs, workspace, output, crew } = paths;
  const directories = { records, inputs, workspace, output, crew };
  return [
    bind(paths.runs, `${PLACE}/runs`, true),
    ...Object.entries(directories).map(([name, source]) => bind(source, `${PLACE}/directories/${name}`, true)),
    ...volumes.map((name, index) => ({
      Type: 'volume' as const,
      Source: name,
      Target: `${PLACE}/volumes/${index}`,
      ReadOnly: true,
      VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } },
    })),
  ];
}

const RUN = /^runs\/([A-Za-z0-9][A-Za-z0-9_-]{1,63})$/;

function readCounts(exitCode: number, stdout: string): CrewDisk {
  const counts = stdout.split('\n').flatMap((line) => {
    const [, bytes, name = ''] = /^(\d+)\t(.+)$/.exec(line) ?? [];
    return bytes === undefined ? [] : [{ name, bytes: Number(bytes) }];
  });
  const whole = counts.filter(({ name }) => !RUN.test(name));
  if (exitCode > 1 || !whole.some(({ name }) => name === 'runs')) throw new DockerError('rejected', 'measure a crew');
  return {
    diskBytes: whole.reduce((sum, { bytes }) => sum + bytes, 0),
    runs: counts.flatMap(({ name, bytes }) => {
      const id = RUN.exec(name)?.[1];
      return id === undefined ? [] : [{ id, diskBytes: bytes }];
    }),
  };
}
