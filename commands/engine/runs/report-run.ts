import { endRunGrants } from '../keeper/end-run-grants.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { isTerminalRun, type RunStatus, type TerminalRunStatus } from '../../../domain/work/runs/run-status.ts';
import { refuseUnderReview } from '../agents/agent-commands.ts';
import { agentEnded, agentStarted, lockAgent } from '../agents/agent-status.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { addToTotals, settleRunCost } from './run-costs.ts';
import { journalRun, runFacts } from './run-journal.ts';
import { type RunRow, runColumns } from '../../../db/work/runs/run-row.ts';
import { ENTRY_TYPE, lockRun } from './settle-run.ts';

export interface ReportedRun {
  /** Trace id of the run: what the crew calls it by. */
  readonly id: string;
  readonly workspaceId: string;
  readonly crewId: string;
  readonly agentId: string;
  readonly chatId: string | null;
  readonly triggerType: string;
  readonly metadata: JsonObject;
}

interface Reported {
  readonly status: RunStatus;
  /** Whether the run was reported before. */
  readonly repeated: boolean;
}

interface ReportedRow extends RunRow {
  readonly reported: boolean;
}

/**
 * A run that a crew does by itself and reports (docs/contracts/internal-ipc.md, Runs): RUNNING from now, with its
 * `run.started`. One per (workspace, trace id): reporting it again changes nothing and gives the status it has. Throws
 * `not_found` for an agent that is not this crew's, `forbidden` for another's chat, `conflict` for an id that is taken
 * and an agent under review.
 */
export async function reportRunStarted(tx: Tx, report: ReportedRun, actor: Actor): Promise<Reported> {
  const agent = await tx.maybeOne<{ status: string }>(sql`
    SELECT status FROM agents WHERE id = ${report.agentId} AND crew_id = ${report.crewId}
      AND deleted_at IS NULL FOR NO KEY UPDATE`);
  if (agent === null) throw notFound('agent');
  refuseUnderReview(agent);
  const chat =
    report.chatId === null
      ? null
      : await tx.maybeOne<{ mission_id: string | null }>(sql`
          SELECT mission_id FROM chats WHERE id = ${report.chatId} AND crew_id = ${report.crewId}`);
  if (report.chatId !== null && chat === null) throw new CrewshipError('forbidden', 'the chat is not this crew’s');
  // A second report waits here for the first to commit.
  const run = await tx.maybeOne<RunRow>(sql`
    INSERT INTO runs (id, workspace_id, agent_id, crew_id, mission_id, chat_id, trigger_type, triggered_by, status,
      reported, metadata, started_at)
    VALUES (${report.id}, ${report.workspaceId}, ${report.agentId}, ${report.crewId}, ${chat?.mission_id ?? null},
      ${report.chatId}, ${report.triggerType}, ${report.agentId}, 'RUNNING', true, ${sql.jsonb(report.metadata)}, now())
    ON CONFLICT (id) DO NOTHING RETURNING ${runColumns}`);
  if (run === null) return { status: await statusOfRepeated(tx, report), repeated: true };
  journalRun(tx, run, actor, { type: 'run.started', payload: { ...runFacts(run), reported: true } });
  await agentStarted(tx, run, await lockAgent(tx, report.agentId));
  return { status: run.status, repeated: false };
}

async function statusOfRepeated(tx: Tx, report: ReportedRun): Promise<RunStatus> {
  const found = await tx.maybeOne<ReportedRow>(sql`
    SELECT ${runColumns}, reported FROM runs WHERE id = ${report.id} AND crew_id = ${report.crewId}`);
  if (found === null || !found.reported) throw new CrewshipError('conflict', 'this run id is taken');
  return found.status;
}

export interface ReportedEnd {
  readonly status: TerminalRunStatus | 'RUNNING';
  readonly exitCode: number | null;
  readonly errorMessage: string | null;
  /** Members that are added to what was reported at the start. */
  readonly metadata: JsonObject;
}

/**
 * The end of a reported run; RUNNING changes nothing. A run that has ended stays as it is. Returns the status it has.
 * Throws `not_found` for another crew's run, `conflict` for one that the host itself runs: its end is what the host
 * saw.
 */
export async function reportRunEnded(
  tx: Tx,
  ref: { readonly runId: string; readonly crewId: string },
  end: ReportedEnd,
  actor: Actor,
): Promise<RunStatus> {
  const locked = await lockRun(tx, ref.runId);
  if (locked === null || locked.run.crew_id !== ref.crewId) throw notFound('run');
  const { run } = locked;
  const { reported } = await tx.one<{ reported: boolean }>(sql`SELECT reported FROM runs WHERE id = ${run.id}`);
  if (!reported) throw new CrewshipError('conflict', 'this run is ended by its host');
  if (isTerminalRun(run.status) || end.status === 'RUNNING') return run.status;
  const cost = await settleRunCost(tx, run, { tokenCount: 0, costMicros: 0 });
  const failed = end.status === 'FAILED' || end.status === 'TIMEOUT';
  const errorCode = failed ? end.status.toLowerCase() : null;
  await tx.execute(sql`
    UPDATE runs SET status = ${end.status}, exit_code = ${end.exitCode}, error_code = ${errorCode},
      error_message = ${end.errorMessage}, token_count = ${cost.tokenCount}, cost_micros = ${cost.costMicros},
      metadata = metadata || ${sql.jsonb(end.metadata)},
      finished_at = clock_timestamp()
    WHERE id = ${run.id} AND status = 'RUNNING'`);
  journalRun(tx, run, actor, {
    type: ENTRY_TYPE[end.status],
    payload: { ...runFacts(run), reported: true, error_code: errorCode, exit_code: end.exitCode },
  });
  await endRunGrants(tx, run);
  await addToTotals(tx, run, cost);
  await agentEnded(tx, run, run.agent_id === null ? null : await lockAgent(tx, run.agent_id), end.status);
  return end.status;
}
