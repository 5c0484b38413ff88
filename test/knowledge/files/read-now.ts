import { storeParts, swapEntries } from '../../../commands/knowledge/files/ingest-steps.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';

/** What the job of a file leaves, where no worker runs: the file's entries are these texts. */
export async function readNow(
  db: Database,
  job: { readonly workspaceId: string; readonly id: string },
  fileId: string,
  parts: readonly string[],
): Promise<void> {
  await db.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE jobs SET status = 'running', started_at = now() WHERE id = ${job.id}`),
  );
  const address = { ...job, generation: 1, requestId: null };
  await storeParts(db, address, fileId, { parts, title: '' });
  await swapEntries(db, address, fileId);
}
