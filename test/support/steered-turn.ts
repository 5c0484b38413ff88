import { type Query, sql } from '../../db/kernel/sql.ts';
import { newId } from '../../platform/ids/ids.ts';

/** Makes a run one of a turn into which these people wrote, one after the other. */
export async function writeIntoTurn(
  write: (statement: Query) => Promise<unknown>,
  run: { readonly id: string; readonly workspaceId: string },
  userIds: readonly [string, ...string[]],
): Promise<void> {
  const [chatId, jobId] = [newId(), newId()];
  await write(sql`
    INSERT INTO chats (id, workspace_id, crew_id, agent_id, user_id, owner_user_id, visibility, mode, origin)
    SELECT ${chatId}, workspace_id, crew_id, agent_id, ${userIds[0]}, ${userIds[0]}, 'private', 'GROUP', 'UI'
    FROM runs WHERE id = ${run.id}`);
  await write(sql`
    INSERT INTO jobs (id, workspace_id, kind, driver, status, input, progress_step, progress_total, attempt, event_seq)
    VALUES (${jobId}, ${run.workspaceId}, 'chat.turn', 'own', 'queued', '{}', 0, 1, 0, 0)`);
  await write(sql`UPDATE runs SET chat_id = ${chatId}, job_id = ${jobId}, trigger_type = 'CHAT' WHERE id = ${run.id}`);
  for (const [index, userId] of userIds.entries()) {
    await write(sql`
      INSERT INTO chat_messages (id, workspace_id, chat_id, seq, role, content, author_user_id, job_id)
      VALUES (${newId()}, ${run.workspaceId}, ${chatId}, ${index + 1}, 'user', 'Go on', ${userId}, ${jobId})`);
  }
}
