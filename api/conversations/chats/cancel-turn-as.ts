import { cancelTurn } from '../../../commands/engine/turns/cancel-turn.ts';
import { findTurnIn } from '../../../db/conversations/chats/read-turn.ts';
import type { ChatViewer } from '../../../db/conversations/chats/sessions-store.ts';
import { findJob } from '../../../db/work/jobs/job-row.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type ChatRole, hasChatRole } from '../../../domain/conversations/chats/chat.ts';
import { type Actor, type Role, roleAllows } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { isJobOver, type JobStatus } from '../../../domain/work/jobs/job-status.ts';

/** Which turn: by its job, its run, or the session in which it is under way. */
export interface NamedTurn {
  readonly jobId?: string | undefined;
  readonly chatId?: string | undefined;
  readonly runId?: string | undefined;
}

/**
 * Cancels a turn for who owns its session, writes to it, or manages the workspace. One that is over stays as it is and
 * says so. Throws `not_found`, `forbidden`, `wrong_state` for a session in which nothing was ever asked.
 */
export async function cancelTurnAs(
  tx: Tx,
  caller: ChatViewer & { readonly role: Role; readonly actor: Actor },
  named: NamedTurn,
  reason: string | null,
): Promise<{ readonly job_id: string; readonly status: JobStatus; readonly wasOver: boolean }> {
  const { workspaceId, userId } = caller;
  const manages = roleAllows(caller.role, { action: 'manage' });
  const turn = await findTurnIn(tx, workspaceId, named);
  const where = turn?.chat_id ?? named.chatId;
  const role = where === undefined ? null : await roleIn(tx, where, userId);
  if (role === null && !(manages && turn !== null)) throw notFound('turn');
  if (turn === null) throw wrongState('session', 'idle', 'no turn of this session is there to cancel');
  if (role !== null && !hasChatRole(role, 'editor') && !manages) {
    throw new CrewshipError('forbidden', 'a viewer of a session cancels none of its turns');
  }
  const job = (await findJob(tx, turn.job_id))!;
  if (isJobOver(job.status)) return { job_id: job.id, status: job.status, wasOver: true };
  await cancelTurn(tx, job, caller.actor, reason);
  const now = (await findJob(tx, job.id))!;
  return { job_id: now.id, status: now.status, wasOver: false };
}

async function roleIn(tx: Tx, chatId: string, userId: string): Promise<ChatRole | null> {
  const row = await tx.maybeOne<{ role: ChatRole | null }>(sql`
    SELECT crewship_chat_role(id, ${userId}) AS role FROM chats
    WHERE id = ${chatId} AND mode <> 'MISSION' AND deleted_at IS NULL`);
  return row?.role ?? null;
}
