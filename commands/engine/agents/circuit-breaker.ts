import { type Actor, orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import { type AttemptVerdict, CIRCUIT_COOL_DOWN_MS, CIRCUIT_FAILURES } from '../../../domain/crews/agents/circuit.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type LockedAgent, lockAgent } from './agent-status.ts';

/** The row of the agent is being changed at this moment: its circuit is looked at again after this. */
const BUSY_LOOK_AGAIN_MS = 1_000;
/** Who waits for a trial is told of its end; this is for the telling that a crash or a race has lost. */
const TRIAL_LOOK_AGAIN_MS = 60_000;

const coolDown = sql.fragment`${CIRCUIT_COOL_DOWN_MS} * interval '1 millisecond'`;

/**
 * Agents of a crew whose circuit is not closed: `open` takes nothing, `cooled` takes one attempt. Mostly none.
 * Read without a lock, as whoever asks may hold places already, and agents are locked before those.
 */
export async function openCircuits(tx: Tx, crewId: string): Promise<ReadonlyMap<string, 'open' | 'cooled'>> {
  const rows = await tx.any<{ id: string; cooled: boolean }>(sql`
    SELECT id, circuit_opened_at + ${coolDown} <= clock_timestamp() AS cooled FROM agents
      WHERE crew_id = ${crewId} AND circuit_opened_at IS NOT NULL`);
  return new Map(rows.map((row) => [row.id, row.cooled ? 'cooled' : 'open']));
}

export type TrialClaim = { readonly kind: 'claimed' } | { readonly kind: 'held'; readonly lookAgainInMs: number };

/**
 * The right to try a cooled-down agent, for the rest of this transaction. Never waits for the agent's row: the caller
 * may hold places, which come after it in the order of locks.
 */
export async function claimTrial(tx: Tx, agentId: string): Promise<TrialClaim> {
  const agent = await tx.maybeOne<{ trial: string | null }>(sql`
    SELECT circuit_trial_run_id AS trial FROM agents WHERE id = ${agentId} FOR NO KEY UPDATE SKIP LOCKED`);
  if (agent === null) return { kind: 'held', lookAgainInMs: BUSY_LOOK_AGAIN_MS };
  const live = await tx.maybeOne(sql`
    SELECT 1 FROM runs WHERE id = ${agent.trial} AND status IN ('QUEUED', 'ADMITTED', 'RUNNING')`);
  return live === null ? { kind: 'claimed' } : { kind: 'held', lookAgainInMs: TRIAL_LOOK_AGAIN_MS };
}

/** The attempt that a claim was made for. */
export async function recordTrial(tx: Tx, agentId: string, runId: string): Promise<void> {
  await tx.execute(sql`UPDATE agents SET circuit_trial_run_id = ${runId} WHERE id = ${agentId}`);
}

/**
 * Counts the end of an attempt for its agent, locked: a success closes its circuit, the third failure in a row opens
 * it, and so does a trial that fails. Called in the settling transaction, before its places are given back.
 */
export async function countAttempt(
  tx: Tx,
  runId: string,
  agent: LockedAgent | null,
  verdict: AttemptVerdict,
): Promise<void> {
  if (agent === null) return;
  const wasTrial = agent.circuit_trial_run_id === runId;
  if (verdict === 'success') {
    if (agent.consecutive_failures === 0 && !agent.circuit_is_open) return;
    await closeCircuit(tx, agent.id);
    if (agent.circuit_is_open)
      await announce(tx, agent, orchestratorActor(), {
        type: 'agent.circuit_closed',
        payload: { agent_id: agent.id, reason: 'success', run_id: runId },
      });
  } else if (verdict === 'failure') {
    const failures = agent.consecutive_failures + 1;
    const opens = wasTrial || (!agent.circuit_is_open && failures >= CIRCUIT_FAILURES);
    await tx.execute(sql`
      UPDATE agents SET consecutive_failures = ${failures},
        circuit_opened_at = CASE WHEN ${opens} THEN clock_timestamp() ELSE circuit_opened_at END,
        circuit_trial_run_id = nullif(circuit_trial_run_id, ${runId})
      WHERE id = ${agent.id}`);
    if (opens) {
      await announce(tx, agent, orchestratorActor(), {
        type: 'agent.circuit_opened',
        payload: {
          agent_id: agent.id,
          reason: wasTrial ? 'trial_failed' : 'failures',
          consecutive_failures: failures,
          cool_down_ms: CIRCUIT_COOL_DOWN_MS,
          run_id: runId,
        },
      });
    }
  } else if (wasTrial) {
    await tx.execute(sql`UPDATE agents SET circuit_trial_run_id = NULL WHERE id = ${agent.id}`);
    await tellWaiting(tx, agent);
  }
}

/** Closes an agent's circuit by hand; one that is closed stays so. Throws `not_found`. */
export async function resetCircuit(tx: Tx, agentId: string, actor: Actor): Promise<void> {
  const agent = await lockAgent(tx, agentId);
  if (agent === null) throw notFound('agent');
  await closeCircuit(tx, agent.id);
  if (agent.circuit_is_open) {
    await announce(tx, agent, actor, {
      type: 'agent.circuit_closed',
      payload: { agent_id: agent.id, reason: 'reset' },
    });
  }
}

async function closeCircuit(tx: Tx, agentId: string): Promise<void> {
  await tx.execute(sql`
    UPDATE agents SET consecutive_failures = 0, circuit_opened_at = NULL, circuit_trial_run_id = NULL
    WHERE id = ${agentId}`);
}

type CircuitAgent = Pick<LockedAgent, 'id' | 'workspace_id' | 'crew_id'>;

async function announce(
  tx: Tx,
  agent: CircuitAgent,
  actor: Actor,
  entry: EntryParts<'agent.circuit_opened' | 'agent.circuit_closed'>,
): Promise<void> {
  const verb = entry.type === 'agent.circuit_opened' ? 'opened' : 'closed';
  tx.journal({
    severity: verb === 'opened' ? 'warn' : 'notice',
    actor,
    workspaceId: agent.workspace_id,
    crewId: agent.crew_id,
    agentId: agent.id,
    targetType: 'agent',
    targetId: agent.id,
    summary: `agent circuit ${verb}`,
    ...entry,
  });
  await tellWaiting(tx, agent);
}

/** Missions that hold back a task, or their plan, until the agent's trial is over look at it again. */
async function tellWaiting(tx: Tx, agent: CircuitAgent): Promise<void> {
  const missions = await tx.any<{ id: string; generation: number }>(sql`
    SELECT m.id, m.generation FROM missions m
    WHERE m.crew_id = ${agent.crew_id} AND m.status = 'IN_PROGRESS' AND (
      EXISTS (SELECT 1 FROM tasks t WHERE t.mission_id = m.id AND t.status = 'PENDING' AND t.run_id IS NULL
        AND coalesce(t.assigned_agent_id, m.lead_agent_id) = ${agent.id})
      OR (m.lead_agent_id = ${agent.id} AND m.planning_iteration IS NOT NULL AND m.planning_run_id IS NULL))
    ORDER BY m.id`);
  for (const { id, generation } of missions) {
    tx.enqueue({
      kind: 'workflow',
      workflow: 'mission',
      address: { workspaceId: agent.workspace_id, id, generation },
    });
  }
}
