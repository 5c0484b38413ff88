import { DEFAULT_GOVERNANCE, type KeeperGovernance } from '../../../domain/vault/keeper/keeper-request.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Query, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const governanceOf = (workspaceId: string): Query => sql`
  SELECT enabled, hard_gate, escalate_from, require_second_approver, auto_lease_seconds, deny_notify_min_risk,
    judge_timeout_seconds, watch_spec, watch_presets, security_contact_user_id
  FROM keeper_governance WHERE workspace_id = ${workspaceId}`;

/** What counts in a workspace: its own, else the defaults. */
export async function readGovernance(tx: Tx, workspaceId: string): Promise<KeeperGovernance> {
  return (await tx.maybeOne<KeeperGovernance>(governanceOf(workspaceId))) ?? DEFAULT_GOVERNANCE;
}

/** The same, outside a transaction. */
export async function getGovernance(reads: ReadPool, workspaceId: string): Promise<KeeperGovernance> {
  return (await reads.maybeOne<KeeperGovernance>([workspaceId], governanceOf(workspaceId))) ?? DEFAULT_GOVERNANCE;
}
