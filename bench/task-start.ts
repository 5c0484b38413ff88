import type { BenchStack } from './bench-stack.ts';
import { atMost, type Figure } from './figure.ts';
import { percentile } from './percentile.ts';
import { taskChain } from './task-chain.ts';

/** From a task being ready to the first output of its agent in the database, the container being up. */
export async function taskStart(bench: BenchStack): Promise<Figure[]> {
  const chain = await taskChain(bench);
  return [
    atMost({
      name: 'task-start',
      value: percentile(chain.firstOutputMs, 99),
      unit: 'ms p99',
      target: 300,
      limit: percentile(chain.bareOutputMs, 99),
      limitName: 'first output of a bare docker exec',
    }),
  ];
}
