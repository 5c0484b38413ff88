import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** E-mail of a user. */
export async function emailOf(systemReads: ReadPool, userId: string): Promise<string> {
  const row = await systemReads.maybeOne<{ email: string }>([], sql`SELECT email FROM users WHERE id = ${userId}`);
  if (row === null) throw notFound('user');
  return row.email;
}
