import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { HostCallKinds, HostCallRefusal } from '../../../domain/kernel/host-calls/host-call.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { AskedHostCall } from '../../../db/kernel/host-calls/host-calls-store.ts';

/** What a host has to say to a call. */
export type HostSays =
  | { readonly status: 'answered'; readonly answer: HostCallKinds[keyof HostCallKinds]['answer'] }
  | { readonly status: 'refused'; readonly answer: { readonly code: HostCallRefusal } };

/** Stores what a host says and wakes who waits for it. A call that was answered, or is gone, stays as it is. */
export async function answerHostCall(
  db: Pick<Database, 'systemTransaction'>,
  call: AskedHostCall,
  says: HostSays,
): Promise<void> {
  const { id, workspace_id: workspaceId } = call;
  await db.systemTransaction({}, async (tx) => {
    const answered = await tx.execute(sql`
      UPDATE host_calls SET status = ${says.status}, answer = ${JSON.stringify(says.answer)}::jsonb,
        expires_at = greatest(expires_at, clock_timestamp() + interval '1 minute')
      WHERE id = ${id} AND status = 'asked'`);
    if (answered > 0) tx.enqueue({ kind: 'wake', topic: 'host_answer', workspaceId, id });
  });
}

/**
 * Says in the journal that the host begins to remove what a call names, before it does: afterwards nobody can tell who
 * removed it. False: nobody wants it any more.
 */
export async function beginDeletion(db: Pick<Database, 'systemTransaction'>, call: AskedHostCall): Promise<boolean> {
  const { id, workspace_id: workspaceId, crew_id: crewId, input } = call;
  return db.systemTransaction({}, async (tx) => {
    const row = await tx.maybeOne<{ actor_type: Actor['type']; actor_id: string | null; was_begun: boolean }>(sql`
      UPDATE host_calls c SET begun_at = coalesce(c.begun_at, clock_timestamp())
      FROM (SELECT begun_at IS NOT NULL AS was_begun FROM host_calls WHERE id = ${id} FOR UPDATE) before
      WHERE c.id = ${id} AND c.status = 'asked' RETURNING c.actor_type, c.actor_id, before.was_begun`);
    if (row === null) return false;
    if (row.was_begun) return true;
    const path = `${input.directory}/${input.path}`;
    tx.journal({
      type: 'file.deleted',
      severity: 'notice',
      actor: { type: row.actor_type, id: row.actor_id } as Actor,
      workspaceId,
      crewId,
      targetType: 'crew',
      targetId: crewId,
      summary: 'a file of the crew is deleted',
      payload: { path },
    });
    return true;
  });
}

/** Calls that nobody waits for any more. */
export async function forgetHostCalls(db: Pick<Database, 'systemTransaction'>, hostId: string): Promise<void> {
  await db.systemTransaction({}, (tx) =>
    tx.execute(sql`
      DELETE FROM host_calls WHERE host_id = ${hostId} AND expires_at < clock_timestamp()
        AND NOT (status = 'asked' AND begun_at > clock_timestamp() - interval '1 hour')`),
  );
}
