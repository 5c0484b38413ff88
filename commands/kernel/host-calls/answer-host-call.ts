import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { HostCallKinds, HostCallRefusal } from '../../../domain/kernel/host-calls/host-call.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { AskedHostCall } from '../../../db/kernel/host-calls/host-calls-store.ts';

/** What a host has to say to a call. */
export type HostSays =
  | { readonly status: 'answered'; readonly answer: HostCallKinds[keyof HostCallKinds]['answer'] }
  | { readonly status: 'refused'; readonly answer: { readonly code: HostCallRefusal } };

/**
 * Stores what a host says and wakes who waits for it; with it the journal's entry of what was removed. A call that was
 * answered, or is gone, stays as it is.
 */
export async function answerHostCall(
  db: Pick<Database, 'systemTransaction'>,
  call: AskedHostCall,
  says: HostSays,
): Promise<void> {
  const { id, workspace_id: workspaceId, crew_id: crewId, kind, input } = call;
  await db.systemTransaction({}, async (tx) => {
    const row = await tx.maybeOne<{ actor_type: Actor['type']; actor_id: string | null }>(sql`
      UPDATE host_calls SET status = ${says.status}, answer = ${JSON.stringify(says.answer)}::jsonb,
        expires_at = greatest(expires_at, clock_timestamp() + interval '1 minute')
      WHERE id = ${id} AND status = 'asked' RETURNING actor_type, actor_id`);
    if (row === null) return;
    tx.enqueue({ kind: 'wake', topic: 'host_answer', workspaceId, id });
    if (kind !== 'delete_file' || says.status !== 'answered') return;
    const path = `${input.directory}/${input.path}`;
    tx.journal({
      type: 'file.deleted',
      severity: 'notice',
      actor: { type: row.actor_type, id: row.actor_id } as Actor,
      workspaceId,
      crewId,
      targetType: 'crew',
      targetId: crewId,
      summary: 'a file of the crew was deleted',
      payload: { path },
    });
  });
}

/** Calls that nobody waits for any more. */
export async function forgetHostCalls(db: Pick<Database, 'systemTransaction'>, hostId: string): Promise<void> {
  await db.systemTransaction({}, (tx) =>
    tx.execute(sql`DELETE FROM host_calls WHERE host_id = ${hostId} AND expires_at < clock_timestamp()`),
  );
}
