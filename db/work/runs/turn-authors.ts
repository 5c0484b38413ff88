import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** Who wrote the messages that a run answers; several where somebody else wrote into its turn. */
export function authorsOf(runId: string | null): Fragment {
  return sql.fragment`
    SELECT s.author_user_id FROM runs r JOIN chat_messages s ON s.job_id = r.job_id AND s.role = 'user'
    WHERE r.id = ${runId} AND s.author_user_id IS NOT NULL`;
}

export async function isAuthorOf(tx: Tx, runId: string | null, userId: string): Promise<boolean> {
  return (await tx.maybeOne(sql`SELECT 1 WHERE ${userId} IN (${authorsOf(runId)})`)) !== null;
}

/** Whether a run `r` answers somebody else than whom it was begun for, too. */
export const answersOthers = sql.fragment`EXISTS (
  SELECT FROM chat_messages s
  WHERE s.job_id = r.job_id AND s.role = 'user' AND s.author_user_id <> r.triggered_by)`;
