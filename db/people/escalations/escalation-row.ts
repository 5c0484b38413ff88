import type {
  EscalationAction,
  EscalationStatus,
  EscalationType,
} from '../../../domain/people/escalations/escalation.ts';
import type { SealContext } from '../../../platform/crypto/key-ring.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';
import { lockMission, type MissionRow } from '../../work/missions/mission-row.ts';

/** What commands on an escalation need to know of it. */
export interface EscalationRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly agent_id: string | null;
  readonly mission_id: string | null;
  readonly task_id: string | null;
  readonly run_id: string | null;
  readonly chat_id: string | null;
  readonly type: EscalationType;
  /** What a CREDENTIAL escalation is about. */
  readonly credential_id: string | null;
  readonly status: EscalationStatus;
  readonly action: EscalationAction | null;
  readonly generation: number;
  readonly deadline_at: string;
  readonly answer_deadline_at: string;
  readonly agent_gave_up_at: string | null;
}

export const escalationColumns = sql.fragment`
  id, workspace_id, crew_id, agent_id, mission_id, task_id, run_id, chat_id, type, credential_id, status, action,
  generation, deadline_at, answer_deadline_at, agent_gave_up_at`;

/** Where the sealed answer to a CREDENTIAL opens. */
export function resolutionContext(escalation: { readonly id: string; readonly workspace_id: string }): SealContext {
  return { workspaceId: escalation.workspace_id, ownerId: escalation.id, field: 'resolution' };
}

/** Reads and locks an escalation, and before it, in the order every command keeps, the mission that it is asked in. */
export async function lockEscalation(
  tx: Tx,
  id: string,
): Promise<{ escalation: EscalationRow; mission: MissionRow | null } | null> {
  const known = await tx.maybeOne<{ mission_id: string | null }>(sql`
    SELECT mission_id FROM escalations WHERE id = ${id}`);
  if (known === null) return null;
  const mission = known.mission_id === null ? null : await lockMission(tx, known.mission_id);
  const escalation = await tx.maybeOne<EscalationRow>(sql`
    SELECT ${escalationColumns} FROM escalations WHERE id = ${id} FOR UPDATE`);
  return escalation === null ? null : { escalation, mission };
}
