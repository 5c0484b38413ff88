import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import type { KeeperGovernance } from '../../../domain/vault/keeper/keeper-request.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { readGovernance } from '../../../db/vault/keeper/keeper-governance-store.ts';

/**
 * Sets what a workspace wants of the keeper; members that are missing stay. Throws `invalid_request` for a contact who
 * is no member.
 */
export async function changeGovernance(
  tx: Tx,
  workspaceId: string,
  change: Partial<KeeperGovernance>,
  by: { readonly actor: Actor; readonly userId: string | null },
): Promise<KeeperGovernance> {
  const { security_contact_user_id: contact } = change;
  if (contact != null) {
    const member = await tx.maybeOne(sql`
      SELECT 1 FROM memberships WHERE workspace_id = ${workspaceId} AND user_id = ${contact} AND disabled_at IS NULL`);
    if (member === null) throw invalidField('security_contact_user_id', 'names no member of this workspace');
  }
  const columns = Object.fromEntries(
    Object.entries(change).flatMap(([name, value]): [string, Fragment][] => {
      if (value === undefined) return [];
      return [[name, Array.isArray(value) ? sql.fragment`${sql.array(value as string[], 'text')}` : valueOf(value)]];
    }),
  );
  const changed = Object.keys(columns);
  if (changed.length === 0) return readGovernance(tx, workspaceId);
  await tx.execute(sql`
    INSERT INTO keeper_governance (workspace_id) VALUES (${workspaceId}) ON CONFLICT (workspace_id) DO NOTHING`);
  await tx.execute(sql`
    UPDATE keeper_governance
    SET ${assignments({ ...columns, updated_by: valueOf(by.userId), updated_at: sql.fragment`now()` })}
    WHERE workspace_id = ${workspaceId}`);
  tx.journal({
    type: 'keeper.governance_changed',
    severity: 'warn',
    actor: by.actor,
    workspaceId,
    targetType: 'workspace',
    targetId: workspaceId,
    summary: 'what the keeper may allow by itself was changed',
    payload: { changed_fields: changed },
  });
  return readGovernance(tx, workspaceId);
}

function valueOf(value: unknown): Fragment {
  return sql.fragment`${value as string | number | boolean | null}`;
}

/** Deletes the requests that are over, with what was put out. Returns how many; the journal keeps that they were. */
export async function purgeKeeperRequests(tx: Tx, workspaceId: string, actor: Actor): Promise<number> {
  const requests = await tx.execute(sql`
    DELETE FROM keeper_requests
    WHERE workspace_id = ${workspaceId} AND decision NOT IN ('PENDING', 'ESCALATE')
      AND (execution IS NULL OR execution IN ('done', 'failed'))
      AND coalesce(executed_at, decided_at) < now() - interval '2 minutes'`);
  if (requests === 0) return 0;
  tx.journal({
    type: 'keeper.requests_purged',
    severity: 'warn',
    actor,
    workspaceId,
    targetType: 'workspace',
    targetId: workspaceId,
    summary: `${requests} requests to the keeper deleted`,
    payload: { requests },
  });
  return requests;
}
