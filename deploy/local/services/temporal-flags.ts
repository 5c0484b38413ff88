/** What operators search runs by in the Temporal UI; set on every workflow of ours. */
const searchAttributes = {
  CrewshipWorkspaceId: 'Keyword',
  CrewshipCrewId: 'Keyword',
  CrewshipMissionId: 'Keyword',
  CrewshipKind: 'Keyword',
  CrewshipStatus: 'Keyword',
} as const;

/** WAL with one sync per checkpoint: kill -9 loses nothing that was acknowledged, and a commit costs no disk flush. */
const SQLITE_PRAGMAS = ['journal_mode=WAL', 'synchronous=NORMAL'];

/**
 * The dev server polls its internal queues slowly by default: an activity's round trip falls from 101 ms to 17 ms with
 * these, and one partition a task queue spares the forwarding that a single process has no use for.
 */
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxPollRPS=1000',
  'system.enableActivityEagerExecution=true',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
];

/** The arguments of `temporal` for a server whose state outlives it. */
export function temporalServerFlags(options: {
  ip: string;
  port: number;
  uiPort: number;
  databaseFile: string;
}): string[] {
  const repeat = (flag: string, values: readonly string[]) => values.flatMap((value) => [flag, value]);
  return [
    'server',
    'start-dev',
    `--ip=${options.ip}`,
    `--port=${options.port}`,
    `--ui-port=${options.uiPort}`,
    `--db-filename=${options.databaseFile}`,
    '--log-level=warn',
    ...repeat('--sqlite-pragma', SQLITE_PRAGMAS),
    ...repeat('--dynamic-config-value', DYNAMIC_CONFIG),
    ...repeat(
      '--search-attribute',
      Object.entries(searchAttributes).map(([name, type]) => `${name}=${type}`),
    ),
  ];
}
