import type { Actor } from '../../domain/access/authority.ts';
import type { Crew, CrewFields } from '../../domain/crews/crew.ts';
import { notFound } from '../../domain/errors/crewship-error.ts';
import { newId } from '../../platform/ids/ids.ts';
import { cancelApprovalsOf } from '../approvals/approval-commands.ts';
import { auditEntry } from '../journal/audit-entry.ts';
import { assignments } from '../kernel/assignments.ts';
import { sql } from '../kernel/sql.ts';
import type { Tx } from '../kernel/transaction.ts';
import { cancelMissionsOfCrew } from '../missions/mission-commands.ts';
import { revokeExposuresOfCrew } from '../ports/port-exposures.ts';
import { setSlotCapacity } from '../runs/queue-runs.ts';
import { checkImageConfig } from './check-image-config.ts';
import { tellCrew } from './crew-actor.ts';
import { crewColumns, crewSlugConflict, getCrewIn } from './crews-store.ts';

/**
 * Creates a crew and its slot scope; `held`: nothing runs in it until it is approved. Throws `conflict` when the slug is
 * taken, and what {@link checkImageConfig} does.
 */
export async function createCrew(
  tx: Tx,
  workspaceId: string,
  fields: CrewFields,
  actor: Actor,
  held = false,
): Promise<Crew> {
  await checkImageConfig(tx, workspaceId, null, fields);
  const id = newId();
  const columns = crewColumns(fields);
  try {
    await tx.execute(sql`
      INSERT INTO crews (id, workspace_id, created_by, held, ${sql.join(
        Object.keys(columns).map((name) => sql.identifier([name])),
        sql.fragment`, `,
      )})
      VALUES (${id}, ${workspaceId}, ${actor.type === 'user' ? actor.id : null}, ${held}, ${sql.join(Object.values(columns), sql.fragment`, `)})`);
  } catch (error) {
    throw crewSlugConflict(error);
  }
  await tx.execute(sql`
    INSERT INTO slot_scopes (kind, id, workspace_id, capacity)
    VALUES ('crew', ${id}, ${workspaceId}, ${fields.max_concurrent_runs})`);
  tx.journal(
    auditEntry('created', { actor, workspaceId, crewId: id, targetType: 'crew', targetId: id, label: fields.slug }),
  );
  return getCrewIn(tx, id);
}

/**
 * Changes a crew; the row is locked first, so that `change` sees what it changes. Throws `not_found`, `conflict` when the
 * slug is taken, and what {@link checkImageConfig} does.
 */
export async function updateCrew(
  tx: Tx,
  crewId: string,
  change: (current: Crew) => Partial<CrewFields>,
  actor: Actor,
): Promise<Crew> {
  await lockCrew(tx, crewId);
  const current = await getCrewIn(tx, crewId);
  const patch = change(current);
  const columns = crewColumns(patch);
  const changedFields = Object.keys(columns);
  if (changedFields.length === 0) return current;
  await checkImageConfig(tx, current.workspace_id, current, patch);
  try {
    await tx.execute(sql`UPDATE crews SET ${assignments(columns)}, updated_at = now() WHERE id = ${crewId}`);
  } catch (error) {
    throw crewSlugConflict(error);
  }
  // Its actor may sleep for as long as the old limit says, or without end.
  if (patch.container_ttl_hours !== undefined) await tellCrew(tx, crewId);
  if (patch.max_concurrent_runs !== undefined) {
    await setSlotCapacity(tx, {
      kind: 'crew',
      id: crewId,
      capacity: patch.max_concurrent_runs,
      hostId: current.host_id,
    });
  }
  if (patch.autonomy_level !== undefined && patch.autonomy_level !== current.autonomy_level) {
    tx.journal({
      type: 'policy.changed',
      severity: 'notice',
      actor,
      workspaceId: current.workspace_id,
      crewId,
      targetType: 'crew',
      targetId: crewId,
      summary: `autonomy ${current.autonomy_level} → ${patch.autonomy_level}`,
      payload: { from: current.autonomy_level, to: patch.autonomy_level },
    });
  }
  tx.journal(
    auditEntry('updated', {
      actor,
      workspaceId: current.workspace_id,
      crewId,
      targetType: 'crew',
      targetId: crewId,
      label: patch.slug ?? current.slug,
      changedFields,
    }),
  );
  return getCrewIn(tx, crewId);
}

/**
 * Soft-deletes a crew and its agents, cancels its live missions and has its container taken down, in one transaction;
 * missions and their evidence stay. The slug is free again at once: uniqueness counts live rows only.
 */
export async function deleteCrew(tx: Tx, crewId: string, actor: Actor): Promise<void> {
  const crew = await getCrewIn(tx, crewId);
  // Missions before their crew, as every command locks them. A mission that was being created meanwhile is seen once the
  // crew is locked: creating one holds the crew's row.
  await cancelMissionsOfCrew(tx, crewId, actor);
  await lockCrew(tx, crewId);
  await cancelMissionsOfCrew(tx, crewId, actor);
  const agents = await tx.any<{ id: string; slug: string }>(sql`
    UPDATE agents SET deleted_at = now(), updated_at = now() WHERE crew_id = ${crewId} AND deleted_at IS NULL
    RETURNING id, slug`);
  const agentIds = agents.map(({ id }) => id);
  await cancelApprovalsOf(tx, 'agent', agentIds, actor);
  await cancelApprovalsOf(tx, 'crew', [crewId], actor);
  await revokeExposuresOfCrew(tx, crewId, actor);
  await tx.execute(sql`DELETE FROM crew_connections WHERE from_crew_id = ${crewId} OR to_crew_id = ${crewId}`);
  await tx.execute(sql`UPDATE crews SET deleted_at = now(), updated_at = now() WHERE id = ${crewId}`);
  await tellCrew(tx, crewId);
  for (const agent of agents) {
    tx.journal(
      auditEntry('deleted', {
        actor,
        workspaceId: crew.workspace_id,
        crewId,
        agentId: agent.id,
        targetType: 'agent',
        targetId: agent.id,
        label: agent.slug,
      }),
    );
  }
  tx.journal(
    auditEntry('deleted', {
      actor,
      workspaceId: crew.workspace_id,
      crewId,
      targetType: 'crew',
      targetId: crewId,
      label: crew.slug,
      payload: { agents: agents.length },
    }),
  );
}

async function lockCrew(tx: Tx, crewId: string): Promise<void> {
  const row = await tx.maybeOne(sql`SELECT 1 FROM crews WHERE id = ${crewId} AND deleted_at IS NULL FOR NO KEY UPDATE`);
  if (row === null) throw notFound('crew');
}
