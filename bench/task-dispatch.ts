import type { BenchStack } from './bench-stack.ts';
import { atMost, type Figure } from './figure.ts';
import { percentile } from './percentile.ts';
import { taskChain } from './task-chain.ts';

/** From the end of a dependency to the start of the next exec, less what the exec itself takes to start. */
export async function taskDispatch(bench: BenchStack): Promise<Figure[]> {
  const chain = await taskChain(bench);
  const bareMs = percentile(chain.bareStartMs, 50);
  return [
    atMost({
      name: 'task-dispatch',
      value: percentile(chain.execStartMs, 50) - bareMs,
      unit: 'ms p50',
      target: 120,
      limit: bareMs,
      limitName: 'bare docker exec, which comes on top',
    }),
  ];
}
