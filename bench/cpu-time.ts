import { readdirSync, readFileSync } from 'node:fs';
import { stackProcesses } from '../deploy/local/processes.ts';
import type { BenchStack } from './bench-stack.ts';

/** Of Linux's /proc, whatever the machine's. */
const TICKS_PER_SECOND = 100;

/** CPU time that each part of the stack has used since it started, in milliseconds; a part that is elsewhere is 0. */
export interface CpuTime {
  /** Our own processes. */
  readonly product: number;
  readonly temporal: number;
  /** The server with all its backends, those that have ended too. */
  readonly postgres: number;
  /** This process. */
  readonly bench: number;
}

interface ProcessStat {
  readonly parent: number;
  readonly ownMs: number;
  readonly endedChildrenMs: number;
}

/** Null when the process is gone. */
function readStat(pid: number): ProcessStat | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the name, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ms = (place: number) => (Number(fields[place]) * 1_000) / TICKS_PER_SECOND;
    return { parent: Number(fields[1]), ownMs: ms(11) + ms(12), endedChildrenMs: ms(13) + ms(14) };
  } catch {
    return null;
  }
}

function treeMs(root: number | undefined): number {
  if (root === undefined) return 0;
  const top = readStat(root);
  if (top === null) return 0;
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? [])
    .filter(({ parent }) => parent === root);
  return top.ownMs + top.endedChildrenMs + children.reduce((sum, { ownMs }) => sum + ownMs, 0);
}

/** CPU time of one process since it started, in milliseconds; 0 when it is gone. */
export function cpuMsOf(pid: number | undefined): number {
  return pid === undefined ? 0 : (readStat(pid)?.ownMs ?? 0);
}

export function readCpuTime(bench: BenchStack): CpuTime {
  const { stack } = bench;
  const part = (name: string) => stack.services.context.records.findLive(name)?.identity.pid;
  return {
    product: stackProcesses.reduce((sum, { name }) => sum + cpuMsOf(stack.processId(name)), 0),
    temporal: cpuMsOf(part('temporal')),
    postgres: treeMs(part('postgres')),
    bench: cpuMsOf(process.pid),
  };
}

export function usedSince(before: CpuTime, bench: BenchStack): CpuTime {
  const now = readCpuTime(bench);
  return {
    product: now.product - before.product,
    temporal: now.temporal - before.temporal,
    postgres: now.postgres - before.postgres,
    bench: now.bench - before.bench,
  };
}
