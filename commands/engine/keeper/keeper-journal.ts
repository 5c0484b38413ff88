import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { EntryFrame } from '../../../domain/evidence/journal/new-journal-entry.ts';
import type { KeeperRequestRow } from '../../../db/vault/keeper/keeper-request-row.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** Who decides what no person decides. */
export function keeperActor(): Actor {
  return { ...orchestratorActor(), type: 'keeper' };
}

/** What every entry about a request says of it. */
export function askedOf(row: KeeperRequestRow) {
  return {
    request_id: row.id,
    credential_id: row.credential_id,
    request_type: row.request_type,
    security_level: row.security_level,
  };
}

/** Whose an entry about a request is. */
export function frameOf(row: KeeperRequestRow, actor: Actor): Omit<EntryFrame, 'summary'> {
  return {
    actor,
    workspaceId: row.workspace_id,
    crewId: row.crew_id,
    agentId: row.agent_id,
    missionId: row.mission_id,
    taskId: row.task_id,
    traceId: row.run_id,
    targetType: 'keeper_request',
    targetId: row.id,
  };
}

/** The next step of a request that this transaction holds. Returns its number. */
export async function noteStep(
  tx: Tx,
  row: Pick<KeeperRequestRow, 'id' | 'workspace_id'>,
  step: {
    readonly state: string;
    readonly actor: Actor;
    readonly reason?: string | null;
    readonly riskScore?: number | null;
  },
): Promise<number> {
  const { seq } = await tx.one<{ seq: number }>(sql`
    INSERT INTO keeper_request_events (workspace_id, request_id, seq, state, actor_type, actor_id, reason, risk_score)
    SELECT ${row.workspace_id}, ${row.id}, coalesce(max(seq), 0) + 1, ${step.state}, ${step.actor.type},
      ${step.actor.id}, ${step.reason ?? null}, ${step.riskScore ?? null}::integer
    FROM keeper_request_events WHERE request_id = ${row.id} RETURNING seq`);
  return seq;
}

/** The row changed: those who wait for it and its workflow, where it has one, look again. */
export function tellKeeper(tx: Tx, row: Pick<KeeperRequestRow, 'id' | 'workspace_id' | 'generation'>): void {
  const { id, workspace_id: workspaceId, generation } = row;
  tx.enqueue({ kind: 'wake', topic: 'keeper', workspaceId, id });
  tx.enqueue({ kind: 'workflow', workflow: 'keeper', address: { workspaceId, id, generation } });
}
