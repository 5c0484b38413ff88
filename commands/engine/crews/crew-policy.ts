import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { AutonomyLevel } from '../../../domain/crews/autonomy/autonomy.ts';
import { type BehaviorMode, type CrewPolicy } from '../../../domain/crews/autonomy/crew-policy.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { crewPolicyColumns } from '../../../db/crews/autonomy/crew-policies-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

export interface NewPolicy {
  readonly autonomy_level: AutonomyLevel;
  readonly behavior_mode: BehaviorMode;
  readonly reason: string | null;
}

/**
 * Says how much a crew's agents may do by themselves; the next thing that they do is judged by it. `refuse` sees what
 * holds now, with the crew locked. Throws `not_found` and what `refuse` does.
 */
export async function setCrewPolicy(
  tx: Tx,
  crewId: string,
  policy: NewPolicy,
  by: { readonly userId: string | null; readonly actor: Actor; readonly refuse: (current: CrewPolicy) => void },
): Promise<CrewPolicy> {
  const current = await tx.maybeOne<CrewPolicy & { workspace_id: string }>(sql`
    SELECT ${crewPolicyColumns}, workspace_id FROM crews WHERE id = ${crewId} AND deleted_at IS NULL
    FOR NO KEY UPDATE`);
  if (current === null) throw notFound('crew');
  by.refuse(current);
  const set = await tx.one<CrewPolicy>(sql`
    UPDATE crews SET autonomy_level = ${policy.autonomy_level}, behavior_mode = ${policy.behavior_mode},
      policy_reason = ${policy.reason}, policy_set_by = ${by.userId}, policy_set_at = now(), updated_at = now()
    WHERE id = ${crewId} RETURNING ${crewPolicyColumns}`);
  const { autonomy_level: from, behavior_mode: wasMode } = current;
  if (from !== set.autonomy_level || wasMode !== set.behavior_mode) {
    tx.journal({
      type: 'policy.changed',
      severity: 'notice',
      actor: by.actor,
      workspaceId: current.workspace_id,
      crewId,
      targetType: 'crew',
      targetId: crewId,
      summary: `autonomy ${from} → ${set.autonomy_level}, ${set.behavior_mode}`,
      payload: { from, to: set.autonomy_level, behavior_mode: set.behavior_mode },
    });
  }
  return set;
}
