import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { Crew, CrewFields } from '../../../domain/crews/crews/crew.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { cancelApprovalsOf } from '../approvals/approval-commands.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { cancelMissionsOfCrew } from '../missions/mission-commands.ts';
import { revokeExposuresOfCrew } from '../ports/port-exposure-commands.ts';
import { dropProvision, type ImagePolicy, provisionChangedCrew } from '../provisioning/provision-commands.ts';
import { setSlotCapacity } from '../runs/queue-runs.ts';
import { checkImageConfig } from './check-image-config.ts';
import { tellCrew } from './advance-crew.ts';
import { crewColumns, crewSlugConflict, getCrewIn } from '../../../db/crews/crews/crews-store.ts';

/**
 * Creates a crew and its slot scope. With `images` the image that its configuration wants is asked for; otherwise its
 * first start does that. `held`: nothing runs for it until it is approved, no build either. Throws `conflict` when the
 * slug is taken, and what {@link checkImageConfig} does.
 */
export async function createCrew(
  tx: Tx,
  workspaceId: string,
  fields: CrewFields,
  actor: Actor,
  { images, held = false }: { readonly images?: ImagePolicy; readonly held?: boolean } = {},
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
      VALUES (${id}, ${workspaceId}, ${actor.type === 'user' ? actor.id : null}, ${held},
        ${sql.join(Object.values(columns), sql.fragment`, `)})`);
  } catch (error) {
    throw crewSlugConflict(error);
  }
  await tx.execute(sql`
    INSERT INTO slot_scopes (kind, id, workspace_id, capacity)
    VALUES ('crew', ${id}, ${workspaceId}, ${fields.max_concurrent_runs})`);
  await tx.effects.placeTaken(tx, { kind: 'crew' });
  tx.journal(
    auditEntry('created', { actor, workspaceId, crewId: id, targetType: 'crew', targetId: id, label: fields.slug }),
  );
  if (images !== undefined && !held && fields.devcontainer_config !== null) {
    await provisionChangedCrew(tx, id, { ...images, actor });
  }
  return getCrewIn(tx, id);
}

/** What a container lives by or is made of. */
const CONTAINER_FIELDS = [
  'container_ttl_hours',
  'container_memory_mb',
  'container_cpus',
  'network_mode',
  'runtime_image',
  'devcontainer_config',
] as const satisfies readonly (keyof CrewFields)[];

/**
 * Changes a crew; the row is locked first, so that `change` sees what it changes. `images` as with {@link createCrew},
 * for a configuration that is new. Throws `not_found`, `conflict` when the
 * slug is taken, and what {@link checkImageConfig} does.
 */
export async function updateCrew(
  tx: Tx,
  crewId: string,
  change: (current: Crew) => Partial<CrewFields>,
  actor: Actor,
  images?: ImagePolicy,
): Promise<Crew> {
  await lockLiveCrew(tx, crewId);
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
  // Its workflow may sleep for as long as the old limit says, or without end; an idle container that is outdated goes
  // now.
  if (CONTAINER_FIELDS.some((field) => patch[field] !== undefined)) await tellCrew(tx, crewId);
  if (patch.max_concurrent_runs !== undefined) {
    await setSlotCapacity(tx, {
      kind: 'crew',
      id: crewId,
      capacity: patch.max_concurrent_runs,
      hostId: current.host_id,
    });
  }
  if (patch.autonomy_level !== undefined && patch.autonomy_level !== current.autonomy_level) {
    await tx.execute(sql`
      UPDATE crews SET policy_set_by = ${actor.type === 'user' ? actor.id : null}, policy_set_at = now(),
        policy_reason = NULL,
        behavior_mode = CASE WHEN ${patch.autonomy_level} = 'full' THEN 'warn' ELSE behavior_mode END
      WHERE id = ${crewId}`);
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
      payload: { changed_fields: changedFields },
    }),
  );
  if (patch.devcontainer_config !== undefined || patch.mise_config !== undefined) {
    // What is being built is of the old one until the new one's key is known.
    await tx.execute(sql`UPDATE crews SET config_hash = NULL WHERE id = ${crewId}`);
    if (images !== undefined) await provisionChangedCrew(tx, crewId, { ...images, actor });
  }
  return getCrewIn(tx, crewId);
}

/**
 * Soft-deletes a crew and its agents, cancels its live missions and has its container taken down, in one transaction;
 * missions and their evidence stay. The slug is free again at once: uniqueness counts live rows only.
 */
export async function deleteCrew(tx: Tx, crewId: string, actor: Actor): Promise<void> {
  const crew = await getCrewIn(tx, crewId);
  // Missions before their crew, as every command locks them. A mission that was being created meanwhile is seen once
  // the crew is locked: creating one holds the crew's row.
  await cancelMissionsOfCrew(tx, crewId, actor);
  await lockLiveCrew(tx, crewId);
  await cancelMissionsOfCrew(tx, crewId, actor);
  const agents = await tx.any<{ id: string; slug: string }>(sql`
    UPDATE agents SET deleted_at = now(), updated_at = now() WHERE crew_id = ${crewId} AND deleted_at IS NULL
    RETURNING id, slug`);
  const agentIds = agents.map(({ id }) => id);
  await cancelApprovalsOf(tx, 'agent', agentIds, actor);
  await cancelApprovalsOf(tx, 'crew', [crewId], actor);
  await revokeExposuresOfCrew(tx, crewId, actor);
  await tx.execute(sql`DELETE FROM crew_connections WHERE from_crew_id = ${crewId} OR to_crew_id = ${crewId}`);
  await dropProvision(tx, crewId, actor);
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

async function lockLiveCrew(tx: Tx, crewId: string): Promise<void> {
  const row = await tx.maybeOne(sql`SELECT 1 FROM crews WHERE id = ${crewId} AND deleted_at IS NULL FOR NO KEY UPDATE`);
  if (row === null) throw notFound('crew');
}
