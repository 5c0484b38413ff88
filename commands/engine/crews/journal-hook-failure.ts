import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';

/** Says once that a post-start hook of a crew's container failed. Nothing else comes of it. */
export async function journalHookFailure(
  db: Database,
  address: WorkflowAddress,
  hook: { hookId: string; name: string; reason: 'failed' | 'timeout' | 'lost'; exitCode: number | null },
): Promise<void> {
  const transitionId = `crew-${address.id}-${address.generation}:${hook.hookId}`;
  await db.transaction(workflowScope(address), async (tx) => {
    if ((await tx.maybeOne(sql`SELECT 1 FROM transitions WHERE id = ${transitionId}`)) !== null) return;
    tx.journal({
      transitionId,
      type: 'container.hook_failed',
      severity: 'warn',
      actor: orchestratorActor(),
      workspaceId: address.workspaceId,
      crewId: address.id,
      targetType: 'crew',
      targetId: address.id,
      summary: 'post-start hook failed',
      payload: {
        hook: 'post_start',
        name: hook.name.slice(0, 100),
        reason: hook.reason,
        exit_code: hook.exitCode,
        generation: address.generation,
        output: `records/${hook.hookId}/output`,
      },
    });
  });
}
