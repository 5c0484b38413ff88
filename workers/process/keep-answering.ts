import { createHostCallAnswerer, type HostCallDeps } from '../../activities/crews/host-calls/answer-host-calls.ts';
import type { WakeBus } from '../../platform/bus/wake-bus.ts';

/**
 * Answers what the API asks this host: when it is told of a call, and whenever it may have missed one.
 */
export async function keepAnswering(
  deps: HostCallDeps & { readonly bus: Pick<WakeBus, 'subscribe'> },
): Promise<{ stop(): Promise<void> }> {
  const answerer = createHostCallAnswerer(deps);
  const look = () => {
    answerer.look().catch((error: unknown) => deps.log.warn({ err: error }, 'calls of the API were not read'));
  };
  await deps.bus.subscribe({
    onWake: (wake) => {
      if (wake.topic === 'host_call' && wake.id === deps.hostId) look();
    },
    onReconnect: look,
  });
  return { stop: () => answerer.close() };
}
