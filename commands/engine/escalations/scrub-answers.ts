import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** Scrubs the answers that held a credential's value; their escalations are locked. */
export async function scrubAnswers(tx: Tx, credentialId: string): Promise<void> {
  await tx.execute(sql`UPDATE escalations SET sealed_resolution = NULL WHERE credential_id = ${credentialId}`);
}
