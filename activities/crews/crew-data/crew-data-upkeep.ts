import { readdir } from 'node:fs/promises';
import {
  noteCrewData,
  noteUnmeasured,
  recordCrewDisk,
  recordPurgedCrew,
  recordTrimmedRuns,
} from '../../../commands/crews/crew-data/record-crew-data.ts';
import {
  findPurgeableCrews,
  findTrimmableRuns,
  findUnmeasuredCrews,
  type KeptCrew,
} from '../../../db/crews/crew-data/due-crew-data.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { skillsEntry } from '../../work/runs/skills/place-skills.ts';
import { findKeptRuns } from '../../../db/crews/ports/kept-runs.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { removeCrewContainer } from '../containers/crew-container.ts';
import { checkedId } from '../containers/crew-host-paths.ts';
import { purgeCrewData } from '../containers/prepare-crew-host.ts';
import { type MeasureDeps, measureCrew } from './measure-crew.ts';
import { removeInCrew } from './remove-in-crew.ts';

/** What one turn does at most: what is left is the next one's. */
const CREWS_A_TURN = 200;
const RUNS_AT_ONCE = 500;

export interface CrewDataDeps extends MeasureDeps {
  readonly db: Pick<Database, 'systemReads' | 'systemTransaction'>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly hostId: string;
  readonly stackId: string;
  /** How long what a deleted crew had stays. */
  readonly crewKeptMs: number;
  /** How long the directory of a run stays after its end. */
  readonly runKeptMs: number;
  /** Beyond it the journal says so; 0: never. */
  readonly warnBytes: number;
}

/**
 * What this host keeps of crews has an end: purges deleted ones, measures those at work, trims directories of runs that
 * ended long ago. Each step may be repeated: one that a kill cut short is begun again by the next turn, and told of
 * once. `pause` is called after each crew, with how long it took.
 */
export function createCrewDataUpkeep(deps: CrewDataDeps) {
  const { db, hostId, log, stackId } = deps;

  async function purge({ crew_id: crewId }: KeptCrew): Promise<void> {
    // A deleted crew has none any more; whatever is left would be made anew by nobody.
    await removeCrewContainer(deps.docker, { stackId, crewId, upToGeneration: Number.MAX_SAFE_INTEGER });
    await purgeCrewData(deps, { stackId, crewId });
    if (await recordPurgedCrew(db, { hostId, crewId })) log.info({ crew_id: crewId }, 'data of a deleted crew purged');
  }

  async function measure({ crew_id: crewId }: KeptCrew): Promise<void> {
    try {
      const disk = await measureCrew(deps, { stackId, crewId });
      await recordCrewDisk(db, { hostId, crewId, ...disk, limitBytes: deps.warnBytes });
    } catch (error) {
      await noteUnmeasured(db, { hostId, crewId });
      throw error;
    } finally {
      // Whatever it was that could not be counted.
      await trim(crewId);
    }
  }

  async function trim(crewId: string): Promise<void> {
    const due = await findTrimmableRuns(db, { hostId, crewId, keptMs: deps.runKeptMs, limit: RUNS_AT_ONCE });
    // What serves a port still has its directory.
    const kept = await findKeptRuns(db, due);
    const runIds = due.filter((id) => !kept.has(id)).map(checkedId);
    if (runIds.length === 0) return;
    const crew = { stackId, crewId };
    const inputs = runIds.flatMap((id) => [`${id}.input`, id, skillsEntry(id)]);
    await removeInCrew(deps, crew, 'inputs', inputs);
    await removeInCrew(deps, crew, 'records', runIds);
    await removeInCrew(deps, crew, 'runs', runIds);
    await recordTrimmedRuns(db, { hostId, crewId, runIds });
  }

  async function each(
    crews: readonly KeptCrew[],
    what: string,
    work: (crew: KeptCrew) => Promise<void>,
    pause: (tookMs: number) => Promise<void>,
  ): Promise<void> {
    for (const crew of crews) {
      const begunAt = performance.now();
      await work(crew).catch((error: unknown) => log.warn({ err: error, crew_id: crew.crew_id }, what));
      await pause(performance.now() - begunAt);
    }
  }

  return {
    async turn(pause: (tookMs: number) => Promise<void>): Promise<void> {
      const here = await readdir(deps.settings.crewsDir).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      await noteCrewData(db, hostId, here);
      const limit = CREWS_A_TURN;
      const purgeable = await findPurgeableCrews(db, { hostId, keptMs: deps.crewKeptMs, limit });
      await each(purgeable, 'data of a deleted crew is purged later', purge, pause);
      const unmeasured = await findUnmeasuredCrews(db, { hostId, limit });
      await each(unmeasured, 'a crew’s disk is measured later', measure, pause);
    },
  };
}
