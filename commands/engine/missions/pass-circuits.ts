import { claimTrial, openCircuits, recordTrial } from '../agents/circuit-breaker.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';

/** What the circuits of their agents make of tasks that are due. */
export interface CircuitVerdict {
  readonly passed: readonly string[];
  /** Tasks whose agent's circuit is open: they fail. */
  readonly refused: readonly string[];
  /** When to look again at tasks that wait for an agent's trial; null when none does. */
  readonly lookAgainInMs: number | null;
  /** Writes down the attempts that try an agent, once they are queued. */
  recordTrials(): Promise<void>;
}

/**
 * Sorts due tasks of a locked mission by their agents' circuits. A cooled-down agent gets one of them; the others wait
 * for how it ends.
 */
export async function passCircuits(tx: Tx, mission: MissionRow, taskIds: readonly string[]): Promise<CircuitVerdict> {
  const circuits = taskIds.length === 0 ? new Map<string, never>() : await openCircuits(tx, mission.crew_id);
  if (circuits.size === 0) return { passed: taskIds, refused: [], lookAgainInMs: null, recordTrials: async () => {} };
  const agents = await agentsOf(tx, mission, taskIds);
  const passed: string[] = [];
  const refused: string[] = [];
  const trials = new Map<string, string>();
  let lookAgainInMs: number | null = null;
  for (const task of agents) {
    const circuit = circuits.get(task.agent_id);
    if (circuit === undefined) passed.push(task.id);
    else if (circuit === 'open') refused.push(task.id);
    else if (!trials.has(task.agent_id)) {
      const claim = await claimTrial(tx, task.agent_id);
      if (claim.kind === 'held') {
        lookAgainInMs = Math.min(lookAgainInMs ?? claim.lookAgainInMs, claim.lookAgainInMs);
      } else {
        trials.set(task.agent_id, task.id);
        passed.push(task.id);
      }
    }
  }
  return {
    passed,
    refused,
    lookAgainInMs,
    async recordTrials() {
      for (const [agentId, taskId] of trials) {
        const task = await tx.maybeOne<{ run_id: string | null }>(sql`SELECT run_id FROM tasks WHERE id = ${taskId}`);
        if (task?.run_id != null) await recordTrial(tx, agentId, task.run_id);
      }
    },
  };
}

/** Of tasks that are due, those that do not wait for how the trial of their agent ends. Nothing is claimed. */
export async function withoutTrials(tx: Tx, mission: MissionRow, taskIds: readonly string[]): Promise<string[]> {
  if (taskIds.length === 0) return [];
  const circuits = await openCircuits(tx, mission.crew_id);
  if (circuits.size === 0) return [...taskIds];
  const agents = await agentsOf(tx, mission, taskIds);
  return agents.filter((task) => circuits.get(task.agent_id) !== 'cooled').map((task) => task.id);
}

async function agentsOf(
  tx: Tx,
  mission: MissionRow,
  taskIds: readonly string[],
): Promise<readonly { id: string; agent_id: string }[]> {
  return tx.any<{ id: string; agent_id: string }>(sql`
    SELECT id, coalesce(assigned_agent_id, ${mission.lead_agent_id}) AS agent_id FROM tasks
    WHERE id = ANY(${sql.array(taskIds, 'text')}) ORDER BY task_order, created_at, id`);
}
