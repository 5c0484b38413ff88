import { sql } from '../../../db/kernel/sql.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** What the request of a job found out: the project whose members see it, and what was left out of its input. */
export async function placeJob(
  tx: Tx,
  jobId: string,
  { projectId, input }: { readonly projectId: string | null; readonly input: JsonObject },
): Promise<void> {
  await tx.execute(sql`
    UPDATE jobs SET project_id = ${projectId}, input = input || ${sql.jsonb(input)} WHERE id = ${jobId}`);
}
