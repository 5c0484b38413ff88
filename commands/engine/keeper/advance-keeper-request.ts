import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { KeeperDecision } from '../../../domain/vault/keeper/keeper-request.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { lockKeeperRequest } from '../../../db/vault/keeper/keeper-request-row.ts';
import { giveUpKeeperRequest } from './decide-keeper-request.ts';
import { failExecution } from './keeper-execution.ts';

/** What the keeper's workflow does next. */
export type KeeperStep = { readonly status: KeeperDecision | 'GONE'; readonly crewId: string | null } & (
  | { readonly kind: 'closed' }
  /** A judge is asked; `leftMs` is its time. */
  | { readonly kind: 'judge'; readonly leftMs: number }
  /** The command is run on this host. */
  | { readonly kind: 'execute'; readonly hostId: string; readonly leftMs: number }
  /** People decide, or a host that has begun says how it ended. */
  | { readonly kind: 'waiting'; readonly wakeInMs: number }
);

/** One step of a request's workflow on its row; ends what is past its time. */
export function advanceKeeperRequest(db: Database, address: WorkflowAddress): Promise<KeeperStep> {
  return db.transaction(workflowScope(address), async (tx): Promise<KeeperStep> => {
    await giveUpKeeperRequest(tx, address.id);
    const row = await lockKeeperRequest(tx, address.id);
    if (row === null) return { kind: 'closed', status: 'GONE', crewId: null };
    const shown = { status: row.decision, crewId: row.crew_id };
    if (row.generation !== address.generation) return { kind: 'closed', ...shown };
    const left = await tx.one<{ judge: number; people: number; execution: number; host_id: string | null }>(sql`
      SELECT ${msUntil('judge_deadline_at')} AS judge, ${msUntil('answer_deadline_at')} AS people,
        ${msUntil('execution_deadline_at')} AS execution, (
          SELECT c.host_id FROM crews c
          WHERE c.id = r.crew_id AND c.container_status = 'running' AND c.deleted_at IS NULL) AS host_id
      FROM keeper_requests r WHERE r.id = ${row.id}`);
    if (row.decision === 'PENDING') return { kind: 'judge', ...shown, leftMs: left.judge };
    if (row.decision === 'ESCALATE') return { kind: 'waiting', ...shown, wakeInMs: left.people };
    if (row.execution === 'running') return { kind: 'waiting', ...shown, wakeInMs: left.execution };
    if (row.execution !== 'due') return { kind: 'closed', ...shown };
    if (left.host_id !== null) return { kind: 'execute', ...shown, hostId: left.host_id, leftMs: left.execution };
    await failExecution(tx, row, 'crew_not_running');
    return { kind: 'closed', ...shown };
  });
}

function msUntil(column: string) {
  const due = sql.fragment`coalesce(r.${sql.identifier([column])}, now())`;
  return sql.fragment`greatest(1, ceil(extract(epoch FROM ${due} - clock_timestamp()) * 1000))::bigint`;
}
