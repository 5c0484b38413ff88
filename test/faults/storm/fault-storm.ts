import { chmod, cp, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { createCrewship } from '../../../clients/typescript/src/index.ts';
import { type RunningStack, startStack } from '../../../deploy/local/stack.ts';
import { ownPartsEnvironment, removeStackData } from '../../../deploy/local/stack-data.ts';
import { createTemporalClient } from '../../../platform/temporal/temporal-client.ts';
import { checkJournal } from './check-journal.ts';
import { checkAttempts, checkLines, checkNothingLeft, checkOutcomes, readAttempts } from './check-rows.ts';
import { answerQuestions, createCrews, startMission, type StartedMission, untilSettled } from './drive-missions.ts';
import { createDurableClient, type DurableClient } from './durable-client.ts';
import { killsOf, planStrikes } from './kill-schedule.ts';
import { createKiller, type Kill } from './killer.ts';
import { createRandom } from './random.ts';
import { readLines } from './read-lines.ts';
import { planMissions } from './storm-missions.ts';
import { type Restarts, watchRestarts } from './restarts.ts';
import { installWitness, readWitness } from './transition-witness.ts';

export interface StormSize {
  readonly missions: number;
  readonly tasks: number;
  readonly kills: number;
  readonly workspaces: number;
  readonly crews: number;
}

/** In `npm test` and CI. */
export const SMALL_STORM: StormSize = { missions: 20, tasks: 10, kills: 30, workspaces: 2, crews: 4 };
/** By hand: `npm run test:faults -- --full`. */
export const FULL_STORM: StormSize = { missions: 100, tasks: 10, kills: 200, workspaces: 3, crews: 6 };

export interface StormReport {
  readonly seed: number;
  readonly size: StormSize;
  /** What should not be; empty: the test passed. */
  readonly violations: readonly string[];
  readonly kills: readonly Kill[];
  readonly restarts: readonly Restarts[];
  readonly missions: { readonly settled: number; readonly review: number; readonly failed: number };
  readonly tasks: { readonly completed: number; readonly failed: number };
  readonly attempts: {
    readonly all: number;
    /** Attempts whose process vanished. */
    readonly lost: number;
    readonly lostOnPurpose: number;
    /** Attempts that followed another one of their task. */
    readonly repeats: number;
    readonly lines: number;
  };
  readonly transitions: number;
  readonly answeredQuestions: number;
  readonly requests: {
    readonly answered: number;
    readonly replayed: number;
    readonly unreachable: number;
    readonly refused: number;
  };
  /** From the first start to the last check; from the first kill to the last; until all was settled. */
  readonly seconds: { readonly all: number; readonly kills: number; readonly settled: number };
}

export interface StormOptions {
  readonly seed: number;
  readonly size: StormSize;
  /** Of the storm's own stack; emptied before. Kept when something is wrong: its logs say why. */
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
}

const AGENTS_PER_CREW = 3;
/** Missions begin until this share of the kills is done, so that some are at every stage at any moment. */
const BEGIN_UNTIL = 0.7;
/** More than any timeout by which something that died is missed. */
const STALLED_MS = 60_000;
const QUIET_DEADLINE_MS = 60_000;
const ADMIN = { full_name: 'Storm Admin', email: 'storm@example.com' };

/**
 * Runs missions on a stack of its own while everything is killed with -9 again and again, and holds what came of it
 * against the rules: see the checks. Rejects only when the storm itself could not be carried out.
 */
export async function runFaultStorm(options: StormOptions): Promise<StormReport> {
  const { log, dataDir, seed, size } = options;
  const since = performance.now();
  const env: NodeJS.ProcessEnv = { ...ownPartsEnvironment(options.env), CREWSHIP_POSTGRES_SETTINGS: undefined };
  await removeStackData(dataDir, env);
  env.CREWSHIP_TOOLS_DIR = await installAgent(path.join(dataDir, 'tools'));
  const watch = watchRestarts(log);
  const stack = await startStack({ dataDir, log: watch.log, env });
  let report: StormReport | undefined;
  try {
    log(`seed ${seed}: ${size.missions} missions of ${size.tasks} tasks, ${size.kills} kills`);
    report = await storm(options, stack, watch, since);
    return report;
  } finally {
    await stack.stop();
    if (report?.violations.length === 0) await removeStackData(dataDir, env);
    else log(`what was left of it is in ${dataDir}`);
  }
}

async function storm(
  options: StormOptions,
  stack: RunningStack,
  watch: ReturnType<typeof watchRestarts>,
  since: number,
): Promise<StormReport> {
  const { log, seed, size } = options;
  const specs = planMissions(createRandom(seed), { ...size, agents: AGENTS_PER_CREW });
  const strikes = planStrikes(createRandom(seed + 1), size.kills);
  const killer = createKiller({
    records: stack.services.context.records,
    random: createRandom(seed + 2),
    isUp: watch.isUp,
    log,
  });
  const ownerUrl = stack.services.databaseUrl ?? '';
  await withOwner(ownerUrl, installWitness);
  const client = createDurableClient(stack.apiUrl, await bootstrap(stack.apiUrl));
  const violations: string[] = [];

  const firstKillAt = performance.now();
  const killing = killer.run(strikes);
  killing.catch(() => {});
  const planned = strikes.reduce((sum, strike) => sum + killsOf(strike), 0);
  const crews = await createCrews(client, { ...size, agents: AGENTS_PER_CREW });
  const answering = new AbortController();
  const questions = answerQuestions(client, crews, answering.signal);
  questions.catch(() => {});
  const missions = await Promise.all(
    specs.map(async (spec, number) => {
      await killer.reached(Math.floor((number * planned * BEGIN_UNTIL) / specs.length));
      return startMission(client, crews[spec.crew]!, spec);
    }),
  );
  await killing;
  const killsMs = performance.now() - firstKillAt;
  log(`the last of ${killer.kills.length} kills is done; waiting for the missions`);
  const workspaceIds = [...new Set(crews.map((crew) => crew.workspaceId))];
  await untilSettled(client, workspaceIds, STALLED_MS).catch((error: Error) => violations.push(error.message));
  const settledMs = performance.now() - firstKillAt;
  answering.abort();
  const answeredQuestions = await questions;

  const checks = await withOwner(ownerUrl, async (owner) => {
    violations.push(...(await untilQuiet(owner, stack)));
    return check(
      owner,
      stack,
      missions,
      crews.map((crew) => crew.id),
    );
  });
  violations.push(...checks.violations, ...wrongAnswers(client));
  const { wrong: _, ...requests } = client.tries;
  return {
    seed,
    size,
    violations,
    kills: killer.kills,
    restarts: watch.restarts(),
    ...checks.counts,
    answeredQuestions,
    requests,
    seconds: { all: toSeconds(performance.now() - since), kills: toSeconds(killsMs), settled: toSeconds(settledMs) },
  };
}

async function check(
  owner: pg.Client,
  stack: RunningStack,
  missions: readonly StartedMission[],
  crewIds: readonly string[],
) {
  const attempts = await readAttempts(owner);
  const hostDir = path.join(stack.services.context.dataDir, 'hosts', 'local');
  const dirs = { crewsDir: path.join(hostDir, 'crews'), socketsDir: path.join(hostDir, 'sockets') };
  const lines = (await Promise.all(crewIds.map((crewId) => readLines(dirs, crewId)))).flat();
  const journal = await checkJournal(owner, await readWitness(owner));
  const violations = [
    ...(await checkOutcomes(owner, missions)),
    ...checkAttempts(missions, attempts),
    ...checkLines(attempts, lines),
    ...(await checkNothingLeft(owner)),
    ...journal.found,
  ];
  const { rows } = await owner.query<{ kind: 'mission' | 'task'; status: string; count: number }>(`
    SELECT 'mission' AS kind, status, count(*)::int AS count FROM missions GROUP BY status
    UNION ALL SELECT 'task', status, count(*)::int FROM tasks GROUP BY status`);
  const count = (kind: string, status: string) =>
    rows.find((row) => row.kind === kind && row.status === status)?.count ?? 0;
  const review = count('mission', 'REVIEW');
  const failed = count('mission', 'FAILED');
  const expected = missions.flatMap(({ spec }) => spec.tasks.map((task) => task.expected));
  return {
    violations,
    counts: {
      missions: { settled: review + failed, review, failed },
      tasks: { completed: count('task', 'COMPLETED'), failed: count('task', 'FAILED') },
      attempts: {
        all: attempts.length,
        lost: attempts.filter((attempt) => attempt.error_code === 'lost').length,
        lostOnPurpose: expected.reduce((sum, task) => sum + task.lost, 0),
        repeats: attempts.filter((attempt) => attempt.predecessor_id !== null).length,
        lines: lines.length,
      },
      transitions: journal.transitions,
    },
  };
}

/** Commands carried out, entries in their places, workflows of what is settled closed. */
async function untilQuiet(owner: pg.Client, stack: RunningStack): Promise<string[]> {
  const temporal = createTemporalClient({
    TEMPORAL_ADDRESS: stack.services.temporalAddress ?? '',
    TEMPORAL_NAMESPACE: 'default',
  });
  try {
    const deadline = performance.now() + QUIET_DEADLINE_MS;
    for (;;) {
      const { rows } = await owner.query<{ commands: number; unsequenced: number }>(`
        SELECT (SELECT count(*)::int FROM outbox WHERE parked_at IS NULL) AS commands,
          (SELECT count(*)::int FROM journal_unsequenced) AS unsequenced`);
      const { commands, unsequenced } = rows[0]!;
      const open: string[] = [];
      for await (const workflow of temporal.client.workflow.list({
        query: `ExecutionStatus = 'Running' AND CrewshipKind IN ('mission', 'run', 'escalation')`,
      })) {
        open.push(workflow.workflowId);
      }
      if (commands === 0 && unsequenced === 0 && open.length === 0) return [];
      if (performance.now() > deadline) {
        return [
          `not quiet: ${commands} commands and ${unsequenced} entries wait; ` +
            `workflows still open: ${open.join(', ') || 'none'}`,
        ];
      }
      await delay(200);
    }
  } finally {
    await temporal.close();
  }
}

function wrongAnswers(client: DurableClient): string[] {
  return client.tries.wrong.map((answer) => `an answer nobody should get: ${answer}`);
}

async function withOwner<Result>(url: string, work: (owner: pg.Client) => Promise<Result>): Promise<Result> {
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  try {
    return await work(owner);
  } finally {
    await owner.end();
  }
}

async function bootstrap(apiUrl: string): Promise<string> {
  const admin = { ...ADMIN, password: crypto.randomUUID() };
  return (await createCrewship({ baseUrl: apiUrl }).request('POST /api/v1/bootstrap', { body: admin })).cli_token;
}

/** Where the user that agents run as can read it. Returns its folder. */
async function installAgent(toolsDir: string): Promise<string> {
  await mkdir(path.dirname(toolsDir), { recursive: true, mode: 0o711 });
  await cp(path.join(import.meta.dirname, 'agent'), toolsDir, { recursive: true });
  await chmod(toolsDir, 0o755);
  await chmod(path.join(toolsDir, 'storm-agent.mjs'), 0o644);
  return toolsDir;
}

function toSeconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
