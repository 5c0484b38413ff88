import type { BenchStack } from './bench-stack.ts';
import { atMost, type Figure } from './figure.ts';
import { percentile } from './percentile.ts';
import { taskChain } from './task-chain.ts';

/**
 * From the end of a dependency to the daemon's `exec_start` of the next task, less the same for a bare exec. The daemon
 * says so before the process runs, so what a process takes to appear is in neither; `task-start` has it.
 */
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
      limitName: 'bare docker exec to the same event, already subtracted',
    }),
  ];
}
