import { removeBeneath } from '../../../platform/host-files/remove-beneath.ts';
import { HostFileError } from '../../../platform/host-files/safe-open.ts';
import { holdBindSources } from '../containers/bind-sources.ts';
import { crewPaths } from '../containers/crew-host-paths.ts';
import { runRootHelper } from '../containers/root-helper.ts';
import type { MeasureDeps } from './measure-crew.ts';

/**
 * Removes what is at these paths below one of a crew's directories, with all below them: links are removed and not
 * followed. A path where nothing is is no error. Rejects with HostFileError, UnsafeDirectoryError or DockerError.
 */
export async function removeInCrew(
  deps: MeasureDeps,
  crew: { stackId: string; crewId: string },
  directory: 'runs' | 'records' | 'inputs' | 'workspace' | 'output' | 'crew',
  paths: readonly string[],
): Promise<void> {
  const root = crewPaths(deps.settings, crew.crewId)[directory];
  const held = await holdBindSources(deps.settings, deps.identity, crew.crewId);
  try {
    await held.verify();
    if (deps.identity.uid === 0) {
      for (const path of paths) await removeBeneath(root, path).catch(unlessMissing);
      return;
    }
    // What agents made is theirs, and this process is not root.
    await runRootHelper(deps, { ...crew, directory: { path: root }, task: { kind: 'remove', names: paths } });
    await held.verify();
  } finally {
    await held.close();
  }
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof HostFileError) || error.code !== 'missing') throw error;
}
