import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { type Agent, type AgentFields, checkAgent } from '../../../domain/crews/agents/agent.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { cancelApprovalsOf } from '../approvals/approval-commands.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { setSlotCapacity } from '../runs/queue-runs.ts';
import { agentColumns, agentConflict, getAgentIn } from '../../../db/crews/agents/agents-store.ts';

/**
 * Creates an agent and its slot scope; under review it gets no work until it is approved. Throws `invalid_request`
 * (rules, unknown crew) and `conflict`.
 */
export async function createAgent(
  tx: Tx,
  workspaceId: string,
  fields: AgentFields,
  actor: Actor,
  status: 'IDLE' | 'PENDING_REVIEW' = 'IDLE',
): Promise<Agent> {
  checkAgent(fields);
  if (fields.crew_id !== null) await lockLiveCrew(tx, fields.crew_id);
  const id = newId();
  const columns = agentColumns(fields);
  try {
    await tx.execute(sql`
      INSERT INTO agents (id, workspace_id, created_by, status, ${sql.join(
        Object.keys(columns).map((name) => sql.identifier([name])),
        sql.fragment`, `,
      )})
      VALUES (${id}, ${workspaceId}, ${actor.type === 'user' ? actor.id : null}, ${status},
        ${sql.join(Object.values(columns), sql.fragment`, `)})`);
  } catch (error) {
    throw agentConflict(error);
  }
  await tx.execute(sql`
    INSERT INTO slot_scopes (kind, id, workspace_id, capacity)
    VALUES ('agent', ${id}, ${workspaceId}, ${fields.max_concurrent_runs})`);
  if (fields.crew_id !== null) await tx.effects.placeTaken(tx, { kind: 'agent', crewId: fields.crew_id });
  recordAgent(tx, 'created', { id, workspaceId, crewId: fields.crew_id, slug: fields.slug }, actor);
  return getAgentIn(tx, id);
}

/** Changes an agent; the row is locked first. A move into another crew is refused while the agent has open work. */
export async function updateAgent(
  tx: Tx,
  agentId: string,
  patch: Partial<AgentFields>,
  actor: Actor,
  check: (current: Agent) => void = () => {},
): Promise<Agent> {
  const before = await getAgentIn(tx, agentId);
  // Crews are locked before agents, by every command.
  if (patch.crew_id != null && patch.crew_id !== before.crew_id) await lockLiveCrew(tx, patch.crew_id);
  await lockAgent(tx, agentId);
  const current = await getAgentIn(tx, agentId);
  check(current);
  checkAgent({ ...current, ...patch });
  const columns = agentColumns(patch);
  const changedFields = Object.keys(columns);
  if (changedFields.length === 0) return current;
  if (patch.crew_id !== undefined && patch.crew_id !== current.crew_id) await refuseOpenWork(tx, agentId);
  if (patch.agent_role === 'AGENT' && current.agent_role === 'LEAD') await refuseOpenWork(tx, agentId);
  try {
    await tx.execute(sql`UPDATE agents SET ${assignments(columns)}, updated_at = now() WHERE id = ${agentId}`);
  } catch (error) {
    throw agentConflict(error);
  }
  const updated = await getAgentIn(tx, agentId);
  if (updated.crew_id !== null && updated.crew_id !== before.crew_id) {
    await tx.effects.placeTaken(tx, { kind: 'agent', crewId: updated.crew_id });
  }
  if (patch.max_concurrent_runs !== undefined) {
    const crew = await tx.maybeOne<{ host_id: string | null }>(
      sql`SELECT host_id FROM crews WHERE id = ${updated.crew_id}`,
    );
    await setSlotCapacity(tx, {
      kind: 'agent',
      id: agentId,
      capacity: patch.max_concurrent_runs,
      hostId: crew?.host_id ?? null,
    });
  }
  recordAgent(
    tx,
    'updated',
    { id: agentId, workspaceId: current.workspace_id, crewId: updated.crew_id, slug: updated.slug, changedFields },
    actor,
  );
  return updated;
}

/** Soft-deletes an agent. Refused while it has open work, which would be left without anyone to do it. */
export async function deleteAgent(tx: Tx, agentId: string, actor: Actor): Promise<void> {
  await lockAgent(tx, agentId);
  const agent = await getAgentIn(tx, agentId);
  await refuseOpenWork(tx, agentId);
  await tx.execute(sql`UPDATE agents SET deleted_at = now(), updated_at = now() WHERE id = ${agentId}`);
  await cancelApprovalsOf(tx, 'agent', [agentId], actor);
  recordAgent(
    tx,
    'deleted',
    { id: agentId, workspaceId: agent.workspace_id, crewId: agent.crew_id, slug: agent.slug },
    actor,
  );
}

async function lockAgent(tx: Tx, agentId: string): Promise<void> {
  const row = await tx.maybeOne(
    sql`SELECT 1 FROM agents WHERE id = ${agentId} AND deleted_at IS NULL FOR NO KEY UPDATE`,
  );
  if (row === null) throw notFound('agent');
}

/** A crew that is being deleted at this moment takes no new agent: deletion holds the row's lock. */
async function lockLiveCrew(tx: Tx, crewId: string): Promise<void> {
  const crew = await tx.maybeOne(sql`SELECT 1 FROM crews WHERE id = ${crewId} AND deleted_at IS NULL FOR SHARE`);
  if (crew === null) throw invalidField('crew_id', 'names no crew of this workspace');
}

async function refuseOpenWork(tx: Tx, agentId: string): Promise<void> {
  const open = await tx.one<{ missions: boolean; tasks: boolean }>(sql`
    SELECT EXISTS (SELECT 1 FROM missions WHERE lead_agent_id = ${agentId}
        AND status IN ('PLANNING', 'IN_PROGRESS', 'REVIEW')) AS missions,
      EXISTS (SELECT 1 FROM tasks t JOIN missions m ON m.id = t.mission_id WHERE t.assigned_agent_id = ${agentId}
        AND m.status IN ('PLANNING', 'IN_PROGRESS')
        AND t.status IN ('PENDING', 'BLOCKED', 'IN_PROGRESS', 'AWAITING_APPROVAL')) AS tasks`);
  if (open.missions) throw new CrewshipError('conflict', 'the agent leads a mission that is not finished');
  if (open.tasks) throw new CrewshipError('conflict', 'the agent has tasks that are not finished');
}

function recordAgent(
  tx: Tx,
  verb: 'created' | 'updated' | 'deleted',
  agent: { id: string; workspaceId: string; crewId: string | null; slug: string; changedFields?: readonly string[] },
  actor: Actor,
): void {
  tx.journal(
    auditEntry(verb, {
      actor,
      workspaceId: agent.workspaceId,
      crewId: agent.crewId,
      agentId: agent.id,
      targetType: 'agent',
      targetId: agent.id,
      label: agent.slug,
      ...(agent.changedFields === undefined ? {} : { payload: { changed_fields: agent.changedFields } }),
    }),
  );
}

/** An agent that an agent made and nobody has approved gets no work. Throws `conflict`. */
export function refuseUnderReview(agent: { readonly status: string }): void {
  if (agent.status === 'PENDING_REVIEW') throw new CrewshipError('conflict', 'the agent is under review');
}
