import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { EscalationConfig } from '../../../domain/crews/crews/crew.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { openEscalation } from '../escalations/open-escalation.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockMission } from '../../../db/work/missions/mission-row.ts';

export interface ConfidenceReport {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly agentId: string;
  /** The run that asks, proven by its token; null: the agent's newest running task. */
  readonly runId: string | null;
  /** 0 to 1. */
  readonly confidence: number;
  readonly reason: string | null;
}

export type ConfidenceAction = 'none' | 'notified' | 'escalated';

interface RunningTask {
  readonly id: string;
  readonly mission_id: string;
  readonly run_id: string;
  readonly agent_slug: string;
  readonly escalation_config: EscalationConfig | null;
}

/**
 * What an agent thinks of the task it is working on (docs/contracts/internal-ipc.md, Confidence). Below the crew's
 * `require_approval_below` people are asked, once a task; below `notify_threshold` they are told. Throws `not_found`
 * without a running task.
 */
export async function reportConfidence(
  tx: Tx,
  report: ConfidenceReport,
  actor: Actor,
): Promise<{ taskId: string; action: ConfidenceAction }> {
  const known = await findRunningTask(tx, report);
  if (known === null) throw notFound('running task');
  await lockMission(tx, known.mission_id);
  // The task may have ended while the lock was waited for.
  const task = await findRunningTask(tx, report);
  if (task === null || task.mission_id !== known.mission_id) throw notFound('running task');
  await tx.execute(sql`
    UPDATE tasks SET confidence = ${report.confidence}, updated_at = now() WHERE id = ${task.id}`);
  const action = await actOn(tx, task, report, actor);
  tx.journal({
    type: action === 'none' ? 'task.confidence' : 'task.confidence_low',
    severity: action === 'none' ? 'info' : 'warn',
    actor,
    workspaceId: report.workspaceId,
    crewId: report.crewId,
    agentId: report.agentId,
    missionId: task.mission_id,
    taskId: task.id,
    targetType: 'task',
    targetId: task.id,
    summary: `confidence reported: ${action}`,
    payload: { confidence: report.confidence, action },
    traceId: task.run_id,
  });
  return { taskId: task.id, action };
}

function findRunningTask(tx: Tx, report: ConfidenceReport): Promise<RunningTask | null> {
  const ofRun = report.runId === null ? sql.fragment`` : sql.fragment`AND r.id = ${report.runId}`;
  return tx.maybeOne<RunningTask>(sql`
    SELECT t.id, t.mission_id, r.id AS run_id, a.slug AS agent_slug, c.escalation_config
    FROM runs r JOIN tasks t ON t.id = r.task_id AND t.run_id = r.id AND t.status = 'IN_PROGRESS'
      JOIN agents a ON a.id = r.agent_id AND a.deleted_at IS NULL JOIN crews c ON c.id = r.crew_id
    WHERE r.agent_id = ${report.agentId} AND r.crew_id = ${report.crewId} AND r.status = 'RUNNING' ${ofRun}
    ORDER BY r.started_at DESC, r.id DESC LIMIT 1`);
}

async function actOn(tx: Tx, task: RunningTask, report: ConfidenceReport, actor: Actor): Promise<ConfidenceAction> {
  const thresholds = task.escalation_config ?? {};
  if (report.confidence < (thresholds.require_approval_below ?? 0)) {
    const asked = await tx.maybeOne(sql`
      SELECT 1 FROM escalations WHERE task_id = ${task.id} AND metadata->>'source' = 'report_confidence' LIMIT 1`);
    if (asked !== null) return 'notified';
    await openEscalation(
      tx,
      {
        workspaceId: report.workspaceId,
        crewId: report.crewId,
        fromSlug: task.agent_slug,
        chatId: task.mission_id,
        runId: task.run_id,
        type: 'TEXT',
        reason: `Confidence ${report.confidence} is below what this crew accepts without asking.`,
        context: report.reason,
        metadata: { source: 'report_confidence', confidence: report.confidence },
        agentWaits: false,
      },
      actor,
    );
    return 'escalated';
  }
  return report.confidence < (thresholds.notify_threshold ?? 0) ? 'notified' : 'none';
}
