import os from 'node:os';
import path from 'node:path';
import { localDataDir } from '../deploy/local/data-dir.ts';
import { type RunningServices, startServices } from '../deploy/local/services/start-services.ts';
import { onStopSignals } from '../deploy/local/stop-signals.ts';
import { attemptGroup } from './attempt-group.ts';
import { type BenchStack, openBenchStack } from './bench-stack.ts';
import { crewList } from './crew-list.ts';
import { crewStart } from './crew-start.ts';
import { type Figure, formatFigures } from './figure.ts';
import { journalList } from './journal-list.ts';
import { longPolls } from './long-polls.ts';
import { keeper } from './keeper.ts';
import { costRecord, journalEmit } from './ledger-writes.ts';
import { llmProxy } from './llm-proxy.ts';
import { millionEntries } from './million-entries.ts';
import { missionScale } from './mission-scale.ts';
import { missionStart } from './mission-start.ts';
import { parkedMissions } from './parked-missions.ts';
import { signIns } from './sign-ins.ts';
import { stackStart } from './stack-start.ts';
import { taskDispatch } from './task-dispatch.ts';
import { taskStart } from './task-start.ts';

/** `npm run bench [-- name…] [-- --json]`: what the product promises in figures, measured on the real stack. */
const BENCHMARKS: Readonly<Record<string, (bench: BenchStack) => Promise<Figure[]>>> = {
  'stack-start': stackStart,
  'crew-list': crewList,
  'sign-ins': signIns,
  'journal-list': journalList,
  'million-entries': millionEntries,
  'cost-record': costRecord,
  'journal-emit': journalEmit,
  'llm-proxy': llmProxy,
  keeper,
  'task-dispatch': taskDispatch,
  'task-start': taskStart,
  'attempt-group': attemptGroup,
  'crew-start': crewStart,
  'mission-start': missionStart,
  'mission-scale': missionScale,
  'parked-missions': parkedMissions,
  // Loaded when it is its turn: its parts read where the registry is when they are loaded.
  provision: async (bench) => (await import('./provision.ts')).provision(bench),
  // Last: it leaves Temporal with thousands of workflows to close.
  'long-polls': longPolls,
};

// Standard output holds the figures alone.
const log = (line: string) => console.error(line);
const args = process.argv.slice(2).filter((arg) => arg !== '--');
const asJson = args.includes('--json');
const names = args.filter((arg) => arg !== '--json');
const unknown = names.filter((name) => !(name in BENCHMARKS));
if (unknown.length > 0) {
  log(`no such benchmark: ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}`);
  process.exit(2);
}
const wanted = Object.keys(BENCHMARKS).filter((name) => names.length === 0 || names.includes(name));

let stopped = false;
let bench: BenchStack | undefined;
let registry: RunningServices | undefined;
onStopSignals(
  () => {
    stopped = true;
    log('Stopping after the benchmark under way (Ctrl-C again kills at once)…');
  },
  () => {
    bench?.stack.kill();
    process.exit(130);
  },
);

try {
  const figures: Figure[] = [];
  log(`${os.availableParallelism()} cores, ${describeLoad()} before the start`);
  if (wanted.includes('provision') && process.env.CREWSHIP_TEST_REGISTRY === undefined) {
    const dataDir = path.join(localDataDir(process.env), 'bench-registry');
    registry = await startServices({ dataDir, parts: ['registry'], log, env: process.env });
    process.env.CREWSHIP_TEST_REGISTRY = registry.registry;
  }
  bench = await openBenchStack({
    twice: wanted.includes('stack-start'),
    countStatements: wanted.includes('parked-missions'),
    env: wanted.includes('provision') ? (await import('./provision.ts')).PROVISION_ENV : {},
    log,
  });
  for (const name of wanted) {
    if (stopped) break;
    const since = performance.now();
    figures.push(...(await BENCHMARKS[name]!(bench)));
    log(`${name}: measured in ${((performance.now() - since) / 1_000).toFixed(1)} s, ${describeLoad()}`);
  }
  console.log(asJson ? JSON.stringify(figures, undefined, 2) : formatFigures(figures));
  await bench.close();
  await registry?.stop();
  process.exit(stopped ? 130 : 0);
} catch (error) {
  console.error((error as Error).stack);
  await bench?.close().catch((failure: Error) => log(failure.message));
  await registry?.stop().catch((failure: Error) => log(failure.message));
  process.exit(1);
}

/** Figures of a machine that does something else beside are not to be trusted; this shows it. */
function describeLoad(): string {
  return `load ${os.loadavg()[0]!.toFixed(1)}`;
}
