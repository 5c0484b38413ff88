import { stackProcesses } from '../deploy/local/processes.ts';
import type { BenchStack } from './bench-stack.ts';
import { atMost, type Figure } from './figure.ts';

/** The second start of the whole local stack, from nothing running to all of it healthy. */
export async function stackStart(bench: BenchStack): Promise<Figure[]> {
  return [
    atMost({
      name: 'stack-start',
      value: bench.startedInMs / 1_000,
      unit: 's',
      target: 10,
      limit: bench.partsStartedInMs / 1_000,
      limitName: `the parts alone, without our ${stackProcesses.length} processes`,
    }),
  ];
}
