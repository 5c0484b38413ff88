import { type Actor, orchestratorActor } from '../../domain/access/authority.ts';
import { type AttemptVerdict, CIRCUIT_COOL_DOWN_MS, CIRCUIT_FAILURES } from '../../domain/agents/circuit.ts';
import { notFound } from '../../domain/errors/crewship-error.ts';
import { type Fragment, sql } from '../kernel/sql.ts';
import type { Tx } from '../kernel/transaction.ts';
import type { RunRow } from '../runs/run-row.ts';

/** The row of the agent is being changed at this moment: its circuit is looked at again after this. */
const BUSY_LOOK_AGAIN_MS = 1_000;
/** Who waits for a trial is told of its end; this is for the telling that a crash or a race has lost. */
const TRIAL_LOOK_AGAIN_MS = 60_000;

const coolDown = sql.fragment`${CIRCUIT_COOL_DOWN_MS} * interval '1 millisecond'`;
const rfc3339 = sql.fragment`'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** The agent's circuit as the API shows it; the table's alias is `a`. */
export const circuitColumn: Fragment = sql.fragment`
  jsonb_build_object(
    'state', CASE WHEN a.circuit_opened_at IS NULL THEN 'closed'
      WHEN a.circuit_opened_at + ${coolDown} <= now() THEN 'half_open' ELSE 'open' END,
    'consecutive_failures', a.consecutive_failures,
    'opened_at', to_char(a.circuit_opened_at AT TIME ZONE 'UTC', ${rfc3339}),
    'retry_at', to_char((a.circuit_opened_at + ${coolDown}) AT TIME ZONE 'UTC', ${rfc3339})
  ) AS circuit`;

/**
 * Agents of a crew whose circuit is not closed: `open` takes nothing, `cooled` takes one attempt. Mostly none.
 * Read without a lock, as whoever asks may hold places already, and agents are locked before those.
 */
export async function openCircuits(tx: Tx, crewId: string): Promise<ReadonlyMap<string, 'open' | 'cooled'>> {
  const rows = await tx.any<{ id: string; cooled: boolean }>(sql`
    SELECT id, circuit_opened_at + ${coolDown} <= clock_timestamp() AS cooled FROM agents WHERE crew_id = ${crewId} AND circuit_opened_at IS NOT NULL`);
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

interface Changed {
  readonly consecutive_failures: number;
  readonly was_open: boolean;
  readonly was_trial: boolean;
}

/**
 * Counts the end of an attempt for its agent: a success closes its circuit, the third failure in a row opens it, and so
 * does a trial that fails. Called in the settling transaction, before its places are given back.
 */
export async function countAttempt(tx: Tx, run: RunRow, verdict: AttemptVerdict): Promise<void> {
  if (run.agent_id === null) return;
  if (verdict === 'success') {
    const closed = await changeCircuit(
      tx,
      run,
      sql.fragment`consecutive_failures = 0, circuit_opened_at = NULL, circuit_trial_run_id = NULL`,
      sql.fragment`a.consecutive_failures > 0 OR a.circuit_opened_at IS NOT NULL`,
    );
    if (closed?.was_open)
      await announce(tx, agentOf(run), 'closed', orchestratorActor(), { reason: 'success', run_id: run.id });
  } else if (verdict === 'failure') {
    const opens = sql.fragment`
      CASE WHEN a.circuit_trial_run_id = ${run.id} OR (a.circuit_opened_at IS NULL AND a.consecutive_failures + 1 >= ${CIRCUIT_FAILURES})
        THEN clock_timestamp() ELSE a.circuit_opened_at END`;
    const failed = await changeCircuit(
      tx,
      run,
      sql.fragment`consecutive_failures = a.consecutive_failures + 1, circuit_opened_at = ${opens},
        circuit_trial_run_id = nullif(a.circuit_trial_run_id, ${run.id})`,
      sql.fragment`true`,
    );
    const opened =
      failed !== null && (failed.was_trial || (!failed.was_open && failed.consecutive_failures >= CIRCUIT_FAILURES));
    if (opened) {
      await announce(tx, agentOf(run), 'opened', orchestratorActor(), {
        reason: failed.was_trial ? 'trial_failed' : 'failures',
        consecutive_failures: failed.consecutive_failures,
        cool_down_ms: CIRCUIT_COOL_DOWN_MS,
        run_id: run.id,
      });
    }
  } else {
    const freed = await changeCircuit(
      tx,
      run,
      sql.fragment`circuit_trial_run_id = NULL`,
      sql.fragment`a.circuit_trial_run_id = ${run.id}`,
    );
    if (freed !== null) await tellWaiting(tx, agentOf(run));
  }
}

/** Closes an agent's circuit by hand; one that is closed stays so. Throws `not_found`. */
export async function resetCircuit(tx: Tx, agentId: string, actor: Actor): Promise<void> {
  const agent = await tx.maybeOne<CircuitAgent & { was_open: boolean }>(sql`
    UPDATE agents a SET consecutive_failures = 0, circuit_opened_at = NULL, circuit_trial_run_id = NULL
    FROM (SELECT id, circuit_opened_at FROM agents WHERE id = ${agentId} AND deleted_at IS NULL FOR NO KEY UPDATE) old
    WHERE a.id = old.id
    RETURNING a.id, a.workspace_id, a.crew_id, old.circuit_opened_at IS NOT NULL AS was_open`);
  if (agent === null) throw notFound('agent');
  if (agent.was_open) await announce(tx, agent, 'closed', actor, { reason: 'reset' });
}

async function changeCircuit(tx: Tx, run: RunRow, set: Fragment, when: Fragment): Promise<Changed | null> {
  return tx.maybeOne<Changed>(sql`
    UPDATE agents a SET ${set}
    FROM (SELECT id, circuit_opened_at, circuit_trial_run_id FROM agents WHERE id = ${run.agent_id} FOR NO KEY UPDATE) old
    WHERE a.id = old.id AND (${when})
    RETURNING a.consecutive_failures, old.circuit_opened_at IS NOT NULL AS was_open,
      old.circuit_trial_run_id IS NOT DISTINCT FROM ${run.id} AS was_trial`);
}

interface CircuitAgent {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string | null;
}

function agentOf(run: RunRow): CircuitAgent {
  return { id: run.agent_id!, workspace_id: run.workspace_id, crew_id: run.crew_id };
}

async function announce(
  tx: Tx,
  agent: CircuitAgent,
  verb: 'opened' | 'closed',
  actor: Actor,
  payload: Readonly<Record<string, string | number>>,
): Promise<void> {
  tx.journal({
    type: `agent.circuit_${verb}`,
    severity: verb === 'opened' ? 'warn' : 'notice',
    actor,
    workspaceId: agent.workspace_id,
    crewId: agent.crew_id,
    agentId: agent.id,
    targetType: 'agent',
    targetId: agent.id,
    summary: `agent circuit ${verb}`,
    payload: { agent_id: agent.id, ...payload },
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
      actor: 'mission',
      address: { workspaceId: agent.workspace_id, id, generation },
    });
  }
}
