import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

interface LiveRun {
  readonly id: string;
  readonly workspace_id: string;
  readonly status: 'ADMITTED' | 'RUNNING';
}

/**
 * Has every agent of a crew that is at work ended and started again, in the container that is there: the host ends the
 * process, and the commit that says so (`error_code: restarted`) queues the attempt that names it. Attempts that are
 * about to start read again what they start with. Returns how many are at work. Asking again while they end changes
 * nothing. Throws `not_found`.
 */
export async function restartAgents(tx: Tx, crewId: string, actor: Actor): Promise<{ restarted: number }> {
  const crew = await tx.maybeOne<{ workspace_id: string }>(
    sql`SELECT workspace_id FROM crews WHERE id = ${crewId} AND deleted_at IS NULL`,
  );
  if (crew === null) throw notFound('crew');
  const runs = await tx.any<LiveRun>(sql`
    SELECT id, workspace_id, status FROM runs
    WHERE crew_id = ${crewId} AND status IN ('ADMITTED', 'RUNNING') AND NOT reported AND cancel_requested_at IS NULL
    ORDER BY id FOR UPDATE`);
  await tx.execute(sql`
    UPDATE runs SET restart_requested_at = coalesce(restart_requested_at, clock_timestamp())
    WHERE id = ANY (${sql.array(
      runs.map(({ id }) => id),
      'text',
    )})`);
  const atWork = runs.filter(({ status }) => status === 'RUNNING');
  for (const { id, workspace_id: workspaceId } of atWork) {
    tx.enqueue({ kind: 'workflow', workflow: 'run', address: { workspaceId, id, generation: 0 } });
  }
  tx.journal({
    type: 'crew.agents_restarted',
    severity: 'notice',
    actor,
    workspaceId: crew.workspace_id,
    crewId,
    targetType: 'crew',
    targetId: crewId,
    summary: 'crew agents restarted',
    payload: { restarted: atWork.length, run_ids: atWork.map(({ id }) => id) },
  });
  return { restarted: atWork.length };
}
