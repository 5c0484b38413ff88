/** What ended a command that did not end well, as far as its host saw it (docs/contracts/missions.md, Runs). */
export type LimitHit = 'out_of_memory' | 'disk_full' | 'too_many_processes' | 'killed_by_signal';

/** How a command ended, and what of its container it ran into meanwhile. */
export interface SeenEnd {
  readonly exitCode: number;
  /** Null: it ended by itself, as far as is known. */
  readonly signal: number | null;
  /** File systems without room at its end. */
  readonly full: readonly string[];
  /** Processes of it that the kernel ended for want of memory. */
  readonly oomKills: number;
  /** Processes that it could not start, as the container had as many as it may. */
  readonly refusedForks: number;
}

export interface ContainerLimits {
  /** Null: not known. */
  readonly memoryMb: number | null;
  readonly processes: number;
}

export interface HitLimit {
  readonly code: LimitHit;
  /** Names the limit, and where there is one the setting that moves it. */
  readonly message: string;
}

const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  31: 'SIGSYS',
};

/** What is emptied with the container, which keeps it in memory. */
const IN_MEMORY = ['/tmp', '/dev/shm', '/secrets'];

function wayOut(full: readonly string[]): string {
  const ways = [
    ...(full.some((place) => IN_MEMORY.includes(place))
      ? ['a container-restart of the crew empties what is in memory']
      : []),
    ...(full.some((place) => !IN_MEMORY.includes(place)) ? ['deleting files of the crew makes room'] : []),
  ];
  return ways.join(', and ');
}

/** Of several, the one that explains the others. Null for a command that ended well, or by itself. */
export function limitHit(end: SeenEnd, limits: ContainerLimits): HitLimit | null {
  if (end.exitCode === 0) return null;
  const how = `exit code ${end.exitCode}`;
  if (end.oomKills > 0) {
    const limit = limits.memoryMb === null ? 'memory limit' : `memory limit of ${limits.memoryMb} MB`;
    const message = `the crew’s ${limit} was reached (${how}): container_memory_mb of the crew raises it`;
    return { code: 'out_of_memory', message };
  }
  if (end.full.length > 0) {
    const message = `no room is left on ${end.full.join(', ')} (${how}): ${wayOut(end.full)}`;
    return { code: 'disk_full', message };
  }
  if (end.refusedForks > 0) {
    const message = `the crew’s limit of ${limits.processes} processes was reached (${how})`;
    return { code: 'too_many_processes', message };
  }
  if (end.signal === null) return null;
  return { code: 'killed_by_signal', message: `ended by ${SIGNALS[end.signal] ?? `signal ${end.signal}`} (${how})` };
}
