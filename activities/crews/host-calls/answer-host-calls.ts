import { lstat } from 'node:fs/promises';
import path from 'node:path';
import {
  answerHostCall,
  beginDeletion,
  forgetHostCalls,
  type HostSays,
} from '../../../commands/kernel/host-calls/answer-host-call.ts';
import { type AskedHostCall, readAskedHostCalls } from '../../../db/kernel/host-calls/host-calls-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import {
  CREW_FILES_ROOTS,
  type CrewFilesRoot,
  type HostCallAnswer,
} from '../../../domain/kernel/host-calls/host-call.ts';
import { listDirectory } from '../../../platform/host-files/list-directory.ts';
import {
  HostFileError,
  nameIn,
  openAnyBeneath,
  openDirectoryBeneath,
  problemOf,
} from '../../../platform/host-files/safe-open.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { AttemptGroups } from '../../work/runs/groups/attempt-groups.ts';
import { UnsafeDirectoryError } from '../containers/bind-sources.ts';
import { checkedId, crewPaths } from '../containers/crew-host-paths.ts';
import type { MeasureDeps } from '../crew-data/measure-crew.ts';
import { removeInCrew } from '../crew-data/remove-in-crew.ts';

const AT_ONCE = 4;
const MAX_LISTED = 1_000;
const MAX_PROCESSES = 400;

export interface HostCallDeps extends MeasureDeps {
  readonly db: Pick<Database, 'systemReads' | 'systemTransaction'>;
  readonly groups: Pick<AttemptGroups, 'list'>;
  readonly hostId: string;
  readonly stackId: string;
  readonly log: Pick<Logger, 'warn'>;
}

/**
 * Carries out what this host is asked. `look` takes what is asked and not being answered here, a few at a time, until
 * nothing is left: a call that a killed worker left is taken by the next one, as each may be done twice.
 */
export function createHostCallAnswerer(deps: HostCallDeps) {
  const underWay = new Map<string, Promise<void>>();
  /** Whose answers could not be stored: the next worker's, or nobody's once they are past their time. */
  const given = new Set<string>();
  let closed = false;

  async function look(): Promise<void> {
    const room = AT_ONCE - underWay.size;
    if (closed || room <= 0) return;
    const butFor = [...underWay.keys(), ...given];
    const calls = await readAskedHostCalls(deps.db, { hostId: deps.hostId, limit: room, butFor });
    // Others may have begun while it was read. Each that ends makes room for the next.
    await Promise.all(calls.filter(({ id }) => !underWay.has(id)).map((call) => begin(call).then(look)));
  }

  function begin(call: AskedHostCall): Promise<void> {
    const work = carryOut(deps, call)
      .then((says) => answerHostCall(deps.db, call, says))
      .catch((error: unknown) => {
        given.add(call.id);
        deps.log.warn({ err: error, call_id: call.id }, 'a call of the API was not answered');
      })
      .finally(() => underWay.delete(call.id));
    underWay.set(call.id, work);
    return work;
  }

  return {
    async look(): Promise<void> {
      await look();
      await forgetHostCalls(deps.db, deps.hostId);
    },
    async close(): Promise<void> {
      closed = true;
      await Promise.allSettled(underWay.values());
    },
  };
}

async function carryOut(deps: HostCallDeps, call: AskedHostCall): Promise<HostSays> {
  try {
    return { status: 'answered', answer: await answerOf(deps, call) };
  } catch (error) {
    if (error instanceof HostFileError) {
      const code = error.code === 'missing' || error.code === 'not_regular' ? error.code : 'unreadable';
      return { status: 'refused', answer: { code } };
    }
    if (error instanceof UnsafeDirectoryError) return { status: 'refused', answer: { code: 'no_directory' } };
    deps.log.warn({ err: error, call_id: call.id, kind: call.kind }, 'a call of the API failed');
    return { status: 'refused', answer: { code: 'failed' } };
  }
}

async function answerOf(deps: HostCallDeps, call: AskedHostCall) {
  const { kind, input, crew_id: crewId } = call;
  switch (kind) {
    case 'processes':
      return listProcesses(deps, { runId: input.run_id!, containerId: input.container_id! });
    case 'list_files':
      return listFiles(deps, crewId, placeOf(input));
    case 'delete_file':
      return deleteFile(deps, call, placeOf(input));
  }
}

interface Place {
  readonly directory: CrewFilesRoot;
  readonly path: string;
}

function placeOf({ directory, path: below }: Record<string, string>): Place {
  const root = CREW_FILES_ROOTS.find((name) => name === directory);
  if (root === undefined || below === undefined) throw new HostFileError('unreadable');
  return { directory: root, path: below };
}

async function listProcesses(
  deps: HostCallDeps,
  { runId, containerId }: { runId: string; containerId: string },
): Promise<HostCallAnswer<'processes'>> {
  const groups = await deps.groups.list(containerId);
  const processes = (groups ?? [])
    .filter(({ id }) => id === runId)
    .flatMap((group) => group.processes.map((process) => ({ ...process, kept: group.kind === 'kept' })));
  return {
    up: groups !== null,
    processes: processes.slice(0, MAX_PROCESSES),
    truncated: processes.length > MAX_PROCESSES,
  };
}

/** From the host's own directory on, through no link. */
function relativeTo(deps: HostCallDeps, crewId: string, { directory, path: below }: Place): string {
  const root = path.relative(deps.settings.crewsDir, crewPaths(deps.settings, checkedId(crewId))[directory]);
  return below === '' ? root : `${root}/${below}`;
}

async function listFiles(deps: HostCallDeps, crewId: string, place: Place): Promise<HostCallAnswer<'list_files'>> {
  const found = await openAnyBeneath(deps.settings.crewsDir, relativeTo(deps, crewId, place));
  try {
    const { isDirectory, sizeBytes: size } = found;
    if (!isDirectory) return { is_dir: false, size, entries: [], truncated: false };
    const { entries, isTruncated } = await listDirectory(found.handle, MAX_LISTED);
    return {
      is_dir: true,
      size: 0,
      entries: entries.map((entry) => ({ name: entry.name, is_dir: entry.isDirectory, size: entry.sizeBytes })),
      truncated: isTruncated,
    };
  } finally {
    await found.handle.close();
  }
}

/** What a worker before this one had begun may be gone already. */
async function deleteFile(
  deps: HostCallDeps,
  call: AskedHostCall,
  place: Place,
): Promise<HostCallAnswer<'delete_file'>> {
  const crewId = call.crew_id;
  if (!call.is_begun) await refuseMissing(deps, crewId, place);
  if (!(await beginDeletion(deps.db, call))) throw new HostFileError('missing');
  await removeInCrew(deps, { stackId: deps.stackId, crewId }, place.directory, [place.path]);
  return {};
}

async function refuseMissing(deps: HostCallDeps, crewId: string, place: Place): Promise<void> {
  const relative = relativeTo(deps, crewId, place);
  const directory = await openDirectoryBeneath(deps.settings.crewsDir, path.dirname(relative));
  try {
    await lstat(nameIn(directory, path.basename(relative))).catch((error: unknown) => {
      throw problemOf(error);
    });
  } finally {
    await directory.close();
  }
}
