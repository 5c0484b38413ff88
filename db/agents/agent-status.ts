import { orchestratorActor } from '../../domain/access/authority.ts';
import type { TerminalRunStatus } from '../../domain/runs/run-status.ts';
import { type Fragment, sql } from '../kernel/sql.ts';
import type { Tx } from '../kernel/transaction.ts';
import type { RunRow } from '../runs/run-row.ts';

type RunOfAgent = Pick<RunRow, 'id' | 'workspace_id' | 'crew_id' | 'agent_id' | 'mission_id'>;

/** The run's agent is at work; one under review stays so. */
export function agentStarted(tx: Tx, run: RunOfAgent): Promise<void> {
  return setStatus(tx, run, sql.fragment`CASE WHEN old.status = 'PENDING_REVIEW' THEN old.status ELSE 'RUNNING' END`);
}

/** The run's agent has one run less: it is at work while another one runs. */
export function agentEnded(tx: Tx, run: RunOfAgent, runStatus: TerminalRunStatus): Promise<void> {
  return setStatus(
    tx,
    run,
    sql.fragment`CASE
      WHEN old.status = 'PENDING_REVIEW' THEN old.status
      WHEN EXISTS (SELECT 1 FROM runs WHERE agent_id = ${run.agent_id} AND status = 'RUNNING') THEN 'RUNNING'
      WHEN ${runStatus} IN ('FAILED', 'TIMEOUT') THEN 'ERROR' ELSE 'IDLE' END`,
  );
}

/** Writes and journals what `next` makes of the agent's status, if that is a change. */
async function setStatus(tx: Tx, run: RunOfAgent, next: Fragment): Promise<void> {
  if (run.agent_id === null) return;
  const change = await tx.maybeOne<{ from: string; to: string }>(sql`
    UPDATE agents a SET status = ${next}
    FROM (SELECT id, status FROM agents WHERE id = ${run.agent_id} FOR NO KEY UPDATE) old
    WHERE a.id = old.id AND a.status <> ${next} RETURNING old.status AS "from", a.status AS "to"`);
  if (change === null) return;
  tx.journal({
    type: 'agent.status_change',
    actor: orchestratorActor(),
    workspaceId: run.workspace_id,
    crewId: run.crew_id,
    agentId: run.agent_id,
    missionId: run.mission_id,
    targetType: 'agent',
    targetId: run.agent_id,
    summary: `agent ${change.from} → ${change.to}`,
    payload: { agent_id: run.agent_id, from: change.from, to: change.to, run_id: run.id },
    traceId: run.id,
  });
}
