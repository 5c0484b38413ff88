import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { RegisteredJobKind } from '../../../domain/work/jobs/job-registry.ts';
import type { PlannedItem, ScaffoldItemStatus } from '../../../domain/work/projects/scaffold.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockJob } from '../../../db/work/jobs/job-row.ts';
import { storeJobResult } from '../../engine/jobs/job-work.ts';
import { projectFrame } from './hold-project.ts';

const ERROR_CHARACTERS = 500;

/** The job, held, if it may still make something. */
export async function holdScaffold(tx: Tx, address: WorkflowAddress): Promise<boolean> {
  const job = await lockJob(tx, address.id);
  return job !== null && job.generation === address.generation && job.status === 'running';
}

/** What a job is to make, once. */
export async function storeScaffoldPlan(
  db: Database,
  address: WorkflowAddress,
  projectId: string,
  items: readonly PlannedItem[],
): Promise<void> {
  const rows = items.map((item, position) => ({ id: newId(), position, ...item }));
  await db.transaction(workflowScope(address), async (tx) => {
    if (!(await holdScaffold(tx, address))) return;
    await tx.execute(sql`
      INSERT INTO scaffold_items (id, workspace_id, project_id, job_id, position, kind, path, title, content)
      SELECT i.id, ${address.workspaceId}, ${projectId}, ${address.id}, i.position, i.kind, i.path, i.title, i.content
      FROM json_to_recordset(${sql.rows(rows)})
        AS i (id text, position integer, kind text, path text, title text, content text)
      WHERE NOT EXISTS (SELECT FROM scaffold_items s WHERE s.job_id = ${address.id})`);
  });
}

/** What became of an item, in the transaction that made it. */
export async function settleItem(
  tx: Tx,
  id: string,
  end:
    | { readonly status: Extract<ScaffoldItemStatus, 'created' | 'skipped'>; readonly ref: string }
    | { readonly status: 'failed'; readonly error: string },
): Promise<void> {
  const [ref, error] = end.status === 'failed' ? [null, end.error.slice(0, ERROR_CHARACTERS)] : [end.ref, null];
  await tx.execute(sql`
    UPDATE scaffold_items SET status = ${end.status}, created_ref = ${ref}, error = ${error}, updated_at = now()
    WHERE id = ${id} AND status = 'proposed'`);
}

/** All items have their ends: counts them, once. */
export async function concludeScaffold(
  db: Database,
  address: WorkflowAddress,
  jobKind: Pick<RegisteredJobKind, 'result'>,
  projectId: string,
): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    if (!(await holdScaffold(tx, address))) return;
    const counts = await tx.one<{ created: number; skipped: number; failed: number }>(sql`
      SELECT (count(*) FILTER (WHERE status = 'created'))::integer AS created,
        (count(*) FILTER (WHERE status = 'skipped'))::integer AS skipped,
        (count(*) FILTER (WHERE status = 'failed'))::integer AS failed
      FROM scaffold_items WHERE job_id = ${address.id}`);
    if (!(await storeJobResult(tx, address, jobKind, { ...counts }))) return;
    tx.journal({
      ...projectFrame({ id: projectId, workspace_id: address.workspaceId }, systemActor()),
      transitionId: `scaffold-${address.id}`,
      type: 'project.scaffolded',
      summary: 'a project was given its first folders, documents and tasks',
      payload: { job_id: address.id, ...counts },
    });
  });
}
