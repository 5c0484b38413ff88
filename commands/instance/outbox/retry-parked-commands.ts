import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/**
 * Makes parked commands due again, as if they had never been tried, with an entry in their workspace's stream. All or
 * none: throws `not_found` when one of them is not parked. Needs the system login.
 */
export async function retryParkedCommands(tx: Tx, ids: readonly string[], actor: Actor): Promise<void> {
  const wanted = [...new Set(ids)];
  const retried = await tx.any<{
    id: string;
    workspace_id: string | null;
    target: string;
    error_code: string | null;
  }>(sql`
    UPDATE outbox o SET parked_at = NULL, error_code = NULL, attempts = 0, available_at = now()
    FROM (
      SELECT id, error_code FROM outbox WHERE id = ANY(${sql.array(wanted, 'int8')}) AND parked_at IS NOT NULL
      ORDER BY id FOR UPDATE
    ) parked
    WHERE o.id = parked.id RETURNING o.id::text AS id, o.workspace_id, o.target, parked.error_code`);
  if (retried.length !== wanted.length) throw notFound('parked command');
  for (const command of retried) {
    tx.journal({
      type: 'system.command_retried',
      severity: 'notice',
      actor,
      workspaceId: command.workspace_id,
      targetType: 'outbox',
      targetId: command.id,
      summary: `command for ${command.target} is tried again`,
      payload: { command_id: command.id, target: command.target, code: command.error_code },
    });
  }
  tx.touchOutbox();
}
