import { stackProcesses } from '../deploy/local/processes.ts';
import type { BenchStack } from './bench-stack.ts';
import { atMost, type Figure } from './figure.ts';

/** The second start of the whole local stack, from nothing running to all of it healthy. */
export async function stackStart(bench: BenchStack): Promise<Figure[]> {
  const { stack, parts } = bench.startMs;
  if (parts === null) throw new Error('the stack was started once only');
  return [
    atMost({
      name: 'stack-start',
      value: stack / 1_000,
      unit: 's',
      target: 10,
      limit: parts / 1_000,
      limitName: `the parts alone, without our ${stackProcesses.length} processes`,
    }),
  ];
}
