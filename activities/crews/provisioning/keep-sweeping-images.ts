import type { WakeBus } from '../../../platform/bus/wake-bus.ts';
import { repeat } from '../../../platform/schedule/repeat.ts';
import type { createImageSweeper, ImageSweeperDeps } from './sweep-images.ts';

const EVERY_MS = 30 * 60_000;
/** After one that failed: the daemon or the database was away. */
const AGAIN_MS = 60_000;

/**
 * Sweeps a host's images at boot and every half hour, and removes at once what people give up in between: a wake says
 * that there is something, and one that is lost is made up for by the next sweep.
 */
export function keepSweepingImages(deps: {
  readonly sweeper: ReturnType<typeof createImageSweeper>;
  readonly bus: Pick<WakeBus, 'subscribe'>;
  readonly hostId: string;
  readonly log: ImageSweeperDeps['log'];
}): { stop(): Promise<void> } {
  const { sweeper, log } = deps;
  let stopped = false;
  // One at a time: a sweep and a wake may mean the same image.
  let work: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(run: () => Promise<Result>): Promise<Result> => {
    const done = work.then(run);
    work = done.catch(() => {});
    return done;
  };
  const removeSoon = () => {
    if (stopped) return;
    inTurn(() => sweeper.removeGivenUp()).catch((error: unknown) =>
      log.warn({ err: error }, 'images that were given up are removed later'),
    );
  };
  const sweeping = repeat(async () => {
    try {
      const swept = await inTurn(() => sweeper.sweep());
      if (swept.unreferenced + swept.removed + swept.containers > 0) log.info(swept, 'images swept');
      return { nextInMs: EVERY_MS };
    } catch (error) {
      log.warn({ err: error }, 'images were not swept');
      return { nextInMs: AGAIN_MS };
    }
  });
  void deps.bus.subscribe({
    onWake: (wake) => {
      if (wake.topic === 'image' && wake.id === deps.hostId) removeSoon();
    },
    onReconnect: removeSoon,
  });
  return {
    async stop() {
      stopped = true;
      await sweeping.stop();
      await work;
    },
  };
}
