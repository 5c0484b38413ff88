import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { AssertionResult, ResultStatus, Scenario } from '../../../domain/evidence/testing/scenario.ts';
import type { JobStatus } from '../../../domain/work/jobs/job-status.ts';
import { type Page, type PageRequest, newestFirst, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** A run of scenarios, whose state is its job's. */
export interface TestRun {
  readonly id: string;
  readonly status: JobStatus;
  readonly agent_id: string | null;
  readonly baseline_run_id: string | null;
  readonly size: number;
  readonly passed: number | null;
  readonly failed: number | null;
  readonly created_by: string;
  readonly created_at: string;
}

/** One time that a scenario was played. */
export interface TestResult {
  readonly scenario_id: string;
  readonly name: string;
  readonly attempt: number;
  readonly status: ResultStatus;
  readonly assertions: readonly AssertionResult[];
  readonly error_code: string | null;
  readonly session_id: string | null;
  readonly cost_usd: string;
  readonly duration_ms: number | null;
}

const columns = sql.fragment`
  r.id, j.status, r.agent_id, r.baseline_run_id, r.total AS size, r.passed, r.failed, r.created_by, r.created_at`;
const ORDER = newestFirst('r');

export interface TestRunFilter {
  readonly status: JobStatus | undefined;
  readonly agentId: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Newest first. */
export function listTestRuns(
  reads: ReadPool,
  workspaceId: string,
  { status, agentId, from, to }: TestRunFilter,
  page: PageRequest,
): Promise<Page<TestRun>> {
  const all = [sql.fragment`r.workspace_id = ${workspaceId}`];
  if (status !== undefined) all.push(sql.fragment`j.status = ${status}`);
  if (agentId !== undefined) all.push(sql.fragment`r.agent_id = ${agentId}`);
  if (from !== undefined) all.push(sql.fragment`r.created_at >= ${from}::timestamptz`);
  if (to !== undefined) all.push(sql.fragment`r.created_at < ${to}::timestamptz`);
  const where = sql.join(all, sql.fragment` AND `);
  return readPage<TestRun>(
    reads,
    [workspaceId],
    sql`
      SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total FROM testing_runs r JOIN jobs j ON j.id = r.id
      WHERE ${where} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM testing_runs r JOIN jobs j ON j.id = r.id WHERE ${where}`,
  );
}

/** Throws `not_found`. */
export async function getTestRun(reads: ReadPool, workspaceId: string, id: string): Promise<TestRun> {
  const run = await reads.maybeOne<TestRun>(
    [workspaceId],
    sql`SELECT ${columns} FROM testing_runs r JOIN jobs j ON j.id = r.id
      WHERE r.id = ${id} AND r.workspace_id = ${workspaceId}`,
  );
  if (run === null) throw notFound('test run');
  return run;
}

/** In the order in which they are played. */
export function listTestResults(reads: ReadPool, workspaceId: string, runId: string): Promise<readonly TestResult[]> {
  return reads.any<TestResult>(
    [workspaceId],
    sql`
      SELECT scenario_id, scenario ->> 'name' AS name, attempt, status, assertions, error_code, chat_id AS session_id,
        cost_usd::text AS cost_usd,
        round(extract(epoch FROM finished_at - started_at) * 1000)::bigint AS duration_ms
      FROM testing_results WHERE workspace_id = ${workspaceId} AND run_id = ${runId} ORDER BY place`,
  );
}

/** What is left to be done for a result: to begin, or to look at the turn that it waits for. */
export interface ResultAtWork {
  readonly place: number;
  readonly status: 'pending' | 'running';
  readonly scenario: Scenario;
  readonly step: number;
  readonly chat_id: string | null;
  readonly turn_job_id: string | null;
  readonly turn_status: JobStatus | null;
  readonly turn_error: string | null;
  readonly assertions: readonly AssertionResult[];
}

export interface TestRunAtWork {
  readonly agent_id: string | null;
  readonly created_by: string;
}

export async function getTestRunAtWork(reads: ReadPool, workspaceId: string, id: string): Promise<TestRunAtWork> {
  const run = await reads.maybeOne<TestRunAtWork>(
    [workspaceId],
    sql`SELECT agent_id, created_by FROM testing_runs WHERE id = ${id} AND workspace_id = ${workspaceId}`,
  );
  if (run === null) throw notFound('test run');
  return run;
}

export function listResultsAtWork(
  reads: ReadPool,
  workspaceId: string,
  runId: string,
): Promise<readonly ResultAtWork[]> {
  return reads.any<ResultAtWork>(
    [workspaceId],
    sql`
      SELECT t.place, t.status, t.scenario, t.step, t.chat_id, t.turn_job_id, j.status AS turn_status,
        j.error_code AS turn_error, t.assertions
      FROM testing_results t LEFT JOIN jobs j ON j.id = t.turn_job_id
      WHERE t.workspace_id = ${workspaceId} AND t.run_id = ${runId} AND t.status IN ('pending', 'running')
      ORDER BY t.place`,
  );
}

/** What a turn came to, as assertions see it. */
export interface PlayedTurn {
  readonly text: string;
  readonly tools: readonly string[];
  readonly cost_usd: string;
  readonly duration_ms: number;
}

export async function readPlayedTurn(
  reads: ReadPool,
  workspaceId: string,
  turn: { readonly chatId: string; readonly jobId: string },
): Promise<PlayedTurn> {
  const row = await reads.maybeOne<PlayedTurn>(
    [workspaceId],
    sql`
      SELECT coalesce((SELECT m.content FROM chat_messages m WHERE m.chat_id = ${turn.chatId} AND m.job_id = j.id
          AND m.role = 'assistant' ORDER BY m.seq DESC LIMIT 1), '') AS text,
        (SELECT coalesce(jsonb_agg(DISTINCT e.data ->> 'tool'), '[]') FROM chat_events e
          WHERE e.chat_id = ${turn.chatId} AND e.job_id = j.id AND e.type = 'tool.started') AS tools,
        coalesce((SELECT max((e.data ->> 'cost_usd')::numeric) FROM chat_events e
          WHERE e.chat_id = ${turn.chatId} AND e.job_id = j.id AND e.type = 'usage'), 0)::numeric(30, 6)::text
          AS cost_usd,
        round(extract(epoch FROM j.finished_at - j.created_at) * 1000)::bigint AS duration_ms
      FROM jobs j WHERE j.id = ${turn.jobId} AND j.workspace_id = ${workspaceId}`,
  );
  if (row === null) throw notFound('turn');
  return row;
}

/**
 * Whether what a caller does has to stay without effects outside: its run plays a scenario; of one that names no run,
 * whether its crew plays one now. That is as long as an attempt lives: it is not over when its result is.
 */
export async function playsScenario(
  reads: ReadPool,
  caller: { readonly workspaceId: string; readonly crewId: string; readonly runId: string | null },
): Promise<boolean> {
  const { workspaceId, crewId, runId } = caller;
  const query =
    runId === null
      ? sql`
          SELECT 1 FROM runs r JOIN testing_results t ON t.chat_id = r.chat_id
          WHERE r.crew_id = ${crewId} AND r.workspace_id = ${workspaceId} AND r.status IN ('ADMITTED', 'RUNNING')
          LIMIT 1`
      : sql`
          SELECT 1 FROM runs r JOIN testing_results t ON t.chat_id = r.chat_id
          WHERE r.id = ${runId} AND r.workspace_id = ${workspaceId}`;
  return (await reads.maybeOne([workspaceId], query)) !== null;
}
