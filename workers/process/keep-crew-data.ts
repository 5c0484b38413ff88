import { setTimeout as pause } from 'node:timers/promises';
import { createCrewDataUpkeep, type CrewDataDeps } from '../../activities/crews/crew-data/crew-data-upkeep.ts';
import { repeat, type Repeated } from '../../platform/schedule/repeat.ts';

const EVERY_MS = 60_000;
/** Of the time, at most this part goes into looking at crews' data. */
const SHARE = 0.1;

/** Purges, measures and trims what crews have on this host, by the clock of this process and at a bounded pace. */
export function keepCrewData(deps: CrewDataDeps): Repeated {
  const stopping = new AbortController();
  const { signal } = stopping;
  const upkeep = createCrewDataUpkeep(deps);
  const turns = repeat(async () => {
    try {
      await upkeep.turn((tookMs) => pause(tookMs * (1 / SHARE - 1), undefined, { signal }));
    } catch (error) {
      if (!signal.aborted) deps.log.warn({ err: error }, 'crews’ data is looked at later');
    }
    return { nextInMs: EVERY_MS };
  });
  return {
    stop() {
      stopping.abort();
      return turns.stop();
    },
  };
}
