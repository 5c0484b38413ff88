/** How a process of ours tells that it serves: by its health route, or by an IPC message `{ type: 'ready' }`. */
export type Readiness = 'http' | 'message';

export type StackProcess = {
  /** Names its log, its record, and it in the supervisor's output. */
  name: string;
  /** Entry point, from the root of the checkout. */
  entry: string;
  /** Entry points of what it builds from sources while it runs. */
  builds?: readonly string[];
  readiness: Readiness;
  /** All start together; they stop group by group: intake first, then what works off what was taken in. */
  stopGroup: number;
};

/** Our own processes in the local stack. */
export const stackProcesses: readonly StackProcess[] = [
  { name: 'api', entry: 'api/main.ts', readiness: 'http', stopGroup: 1 },
  { name: 'control', entry: 'workers/control.ts', builds: ['workflows/index.ts'], readiness: 'message', stopGroup: 2 },
  {
    name: 'docker-host',
    entry: 'workers/docker-host.ts',
    builds: ['sidecar/main.ts'],
    readiness: 'message',
    stopGroup: 2,
  },
  { name: 'side-effects', entry: 'workers/side-effects.ts', readiness: 'message', stopGroup: 2 },
];
