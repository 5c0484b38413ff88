import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { TerminalRunStatus } from '../../../domain/work/runs/run-status.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { isTurn } from '../runs/run-journal.ts';
import type { RunRow } from '../../../db/work/runs/run-row.ts';

type RunOfAgent = Pick<
  RunRow,
  'id' | 'workspace_id' | 'crew_id' | 'agent_id' | 'mission_id' | 'trigger_type' | 'chat_id' | 'job_id'
>;

/** What the runs of an agent change of it, as it is now that it is locked. */
export interface LockedAgent {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string | null;
  readonly status: string;
  readonly consecutive_failures: number;
  readonly circuit_is_open: boolean;
  readonly circuit_trial_run_id: string | null;
}

/**
 * Locks an agent, after its crew. A statement of its own: an UPDATE that joins a locking subquery of its own table
 * finds the newest version by the lock and an older one by its snapshot, and can then wait for who waits for it.
 */
export async function lockAgent(tx: Tx, agentId: string): Promise<LockedAgent | null> {
  return tx.maybeOne<LockedAgent>(sql`
    SELECT id, workspace_id, crew_id, status, consecutive_failures, circuit_opened_at IS NOT NULL AS circuit_is_open,
      circuit_trial_run_id
    FROM agents WHERE id = ${agentId} FOR NO KEY UPDATE`);
}

/** The run's agent, locked, is at work; one under review stays so. */
export async function agentStarted(tx: Tx, run: RunOfAgent, agent: LockedAgent | null): Promise<void> {
  await setStatus(tx, run, agent, sql.fragment`'RUNNING'`);
}

/** The run's agent, locked, has one run less: it is at work while another one runs. */
export async function agentEnded(
  tx: Tx,
  run: RunOfAgent,
  agent: LockedAgent | null,
  runStatus: TerminalRunStatus,
): Promise<void> {
  await setStatus(
    tx,
    run,
    agent,
    sql.fragment`CASE
      WHEN EXISTS (SELECT 1 FROM runs WHERE agent_id = ${run.agent_id} AND status = 'RUNNING') THEN 'RUNNING'
      WHEN ${runStatus} IN ('FAILED', 'TIMEOUT') THEN 'ERROR' ELSE 'IDLE' END`,
  );
}

/** Writes and journals what `next` makes of the agent's status, if that is a change; one under review stays so. */
async function setStatus(tx: Tx, run: RunOfAgent, agent: LockedAgent | null, next: Fragment): Promise<void> {
  if (agent === null || agent.status === 'PENDING_REVIEW') return;
  const change = await tx.maybeOne<{ to: string }>(sql`
    UPDATE agents SET status = ${next} WHERE id = ${agent.id} AND status <> ${next} RETURNING status AS "to"`);
  if (change === null) return;
  tx.journal({
    type: 'agent.status_change',
    actor: orchestratorActor(),
    workspaceId: run.workspace_id,
    crewId: run.crew_id,
    agentId: agent.id,
    missionId: run.mission_id,
    targetType: 'agent',
    targetId: agent.id,
    summary: `agent ${agent.status} → ${change.to}`,
    payload: { agent_id: agent.id, from: agent.status, to: change.to, ...(isTurn(run) ? {} : { run_id: run.id }) },
    // Everybody sees that an agent is busy, not with whose conversation.
    traceId: isTurn(run) ? null : run.id,
  });
}
