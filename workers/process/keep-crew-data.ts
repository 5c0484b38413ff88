import { setTimeout as pause } from 'node:timers/promises';
import { createCrewDataUpkeep, type CrewDataDeps } from '../../activities/crews/crew-data/crew-data-upkeep.ts';
import { repeat, type Repeated } from '../../platform/schedule/repeat.ts';

const EVERY_MS = 60_000;
/** Of the time, at most this part goes into looking at crews' data. */
const SHARE = 0.1;
/** One crew that takes long is not paid for by all that come after it. */
const LONGEST_PAUSE_MS = 60_000;

/** Purges, measures and trims what crews have on this host, by the clock of this process and at a bounded pace. */
export function keepCrewData(deps: CrewDataDeps): Repeated {
  const stopping = new AbortController();
  const { signal } = stopping;
  const upkeep = createCrewDataUpkeep(deps);
  const turns = repeat(async () => {
    try {
      const restMs = (tookMs: number) => Math.min(LONGEST_PAUSE_MS, tookMs * (1 / SHARE - 1));
      await upkeep.turn((tookMs) => pause(restMs(tookMs), undefined, { signal }));
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
