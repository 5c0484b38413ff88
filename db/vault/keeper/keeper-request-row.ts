import type {
  KeeperDecision,
  KeeperExecution,
  KeeperRequestType,
} from '../../../domain/vault/keeper/keeper-request.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** What commands on a request need to know of it. */
export interface KeeperRequestRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly agent_id: string;
  readonly run_id: string | null;
  readonly mission_id: string | null;
  readonly task_id: string | null;
  readonly acts_for_user_id: string | null;
  readonly credential_id: string;
  readonly credential_name: string;
  readonly security_level: number;
  readonly request_type: KeeperRequestType;
  readonly intent: string;
  readonly command: string | null;
  readonly env_var: string | null;
  readonly decision: KeeperDecision;
  readonly risk_score: number | null;
  readonly execution: KeeperExecution | null;
  readonly generation: number;
}

export const keeperRequestColumns = sql.fragment`
  id, workspace_id, crew_id, agent_id, run_id, mission_id, task_id, acts_for_user_id, credential_id, credential_name,
  security_level, request_type, intent, command, env_var, decision, risk_score, execution, generation`;

/** Locks a request; null for one that is not there. */
export function lockKeeperRequest(tx: Tx, id: string): Promise<KeeperRequestRow | null> {
  return tx.maybeOne<KeeperRequestRow>(sql`
    SELECT ${keeperRequestColumns} FROM keeper_requests WHERE id = ${id} FOR UPDATE`);
}
