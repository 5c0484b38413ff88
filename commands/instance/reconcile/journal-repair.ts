import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { WorkflowKind } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { RepairFacts } from '../../../domain/instance/reconcile/reconcile-entries.ts';
import type { Discrepancy } from '../../../domain/instance/reconcile/repair.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

export interface Repair {
  readonly discrepancy: Discrepancy;
  readonly workspaceId: string;
  readonly kind: WorkflowKind | 'container';
  readonly id: string;
  /** The generation, or the state, that was found and the one there is now. */
  readonly from: string | number | null;
  readonly to: string | number | null;
  readonly crewId?: string | null;
  readonly missionId?: string | null;
  readonly taskId?: string | null;
  readonly facts?: RepairFacts;
  /** What is done outside the transaction may be done twice, and is journalled once. */
  readonly transitionId?: string;
}

/** `reconcile.repaired`: the evidence of one repair. */
export function journalRepair(tx: Tx, repair: Repair): void {
  tx.journal({
    ...(repair.transitionId === undefined ? {} : { transitionId: repair.transitionId }),
    type: 'reconcile.repaired',
    severity: 'warn',
    actor: systemActor(),
    workspaceId: repair.workspaceId,
    crewId: repair.crewId ?? null,
    missionId: repair.missionId ?? null,
    taskId: repair.taskId ?? null,
    targetType: repair.kind,
    targetId: repair.id,
    summary: `${repair.kind} repaired: ${repair.discrepancy.replaceAll('_', ' ')}`,
    payload: {
      kind: repair.kind,
      id: repair.id,
      discrepancy: repair.discrepancy,
      from: repair.from,
      to: repair.to,
      ...repair.facts,
    },
  });
}

/** Journals a repair that is then carried out outside; a second time it finds its entry and adds none. */
export async function journalRepairOnce(db: Database, repair: Repair & { transitionId: string }): Promise<boolean> {
  return db.transaction({ workspaceIds: [repair.workspaceId] }, async (tx) => {
    const known = await tx.maybeOne(sql`SELECT 1 FROM transitions WHERE id = ${repair.transitionId}`);
    if (known === null) journalRepair(tx, repair);
    return known === null;
  });
}
