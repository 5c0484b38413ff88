import { createEntry } from '../../../commands/knowledge/entries/entry-commands.ts';
import { createManagedTask } from '../../../commands/engine/tasks/create-task.ts';
import { ensureFolder } from '../../../commands/work/projects/folder-commands.ts';
import { holdProject } from '../../../commands/work/projects/hold-project.ts';
import { holdScaffold, settleItem } from '../../../commands/work/projects/scaffold-steps.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type NextItem, nextItem } from '../../../db/work/projects/scaffold-store.ts';
import { holdManagedTasks } from '../../../db/work/tasks/managed-task-row.ts';
import { type Actor, type Role, systemActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { entrySlug } from '../../../domain/knowledge/entries/entry.ts';
import { namespaceOfProject } from '../../../domain/knowledge/namespaces/namespace.ts';
import { ROOT_PATH } from '../../../domain/work/projects/folder.ts';
import { refuseArchived } from '../../../domain/work/projects/project.ts';

/** Why something is not made: what the project, or who asked, has become since. Made again it would be the same. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...['not_found', 'forbidden', 'wrong_state', 'conflict', 'invalid_request', 'limit_reached'],
]);

interface Maker {
  readonly workspaceId: string;
  readonly userId: string;
  readonly role: Role;
}

interface End {
  readonly status: 'created' | 'skipped';
  readonly ref: string;
}

/**
 * Makes the next item of a job as who asked for it, with the rights that they have now, in one transaction with its
 * status: a worker that is killed leaves neither half of one nor one twice. False: there is none, or the job is to end.
 */
export async function makeNextItem(db: Database, address: WorkflowAddress): Promise<boolean> {
  let itemId: string | null = null;
  try {
    return await db.transaction(workflowScope(address), async (tx) => {
      const item = await holdNext(tx, address);
      itemId = item?.id ?? null;
      if (item !== null) await make(tx, item, address.workspaceId);
      return item !== null;
    });
  } catch (error) {
    if (!(error instanceof CrewshipError) || !REFUSALS.has(error.code) || itemId === null) throw error;
    const failed = { id: itemId, error: error.message };
    await db.transaction(workflowScope(address), async (tx) => {
      if (await holdScaffold(tx, address)) await settleItem(tx, failed.id, { status: 'failed', error: failed.error });
    });
    return true;
  }
}

async function holdNext(tx: Tx, address: WorkflowAddress): Promise<NextItem | null> {
  // Tasks come before jobs in the order of locks.
  await holdManagedTasks(tx, address.workspaceId);
  return (await holdScaffold(tx, address)) ? nextItem(tx, address.id) : null;
}

async function make(tx: Tx, item: NextItem, workspaceId: string): Promise<void> {
  if (item.role === null) throw new CrewshipError('forbidden', 'who asked for it is no member any more');
  const maker = { workspaceId, userId: item.created_by, role: item.role };
  const actor: Actor = { ...systemActor(), type: 'user', id: item.created_by };
  const project = await holdProject(tx, { projectId: item.project_id, userId: maker.userId }, 'editor', actor);
  refuseArchived(project);
  await settleItem(tx, item.id, await MAKERS[item.kind](tx, item, maker, actor));
}

const MAKERS = {
  async folder(tx: Tx, item: NextItem, { workspaceId }: Maker, actor: Actor): Promise<End> {
    const project = { id: item.project_id, workspace_id: workspaceId };
    const { folder, isNew } = await ensureFolder(tx, project, item.path, actor);
    return { status: isNew ? 'created' : 'skipped', ref: folder.id };
  },

  async document(tx: Tx, item: NextItem, maker: Maker, actor: Actor): Promise<End> {
    const known = await tx.maybeOne<{ id: string }>(sql`
      SELECT e.id FROM knowledge_entries e JOIN knowledge_namespaces n ON n.id = e.namespace_id
      WHERE n.project_id = ${item.project_id} AND e.slug = ${entrySlug(item.title)}`);
    if (known !== null) return { status: 'skipped', ref: known.id };
    const project = { id: item.project_id, workspace_id: maker.workspaceId };
    if (item.path !== ROOT_PATH) await ensureFolder(tx, project, item.path, actor);
    const entry = await createEntry(
      tx,
      maker,
      {
        namespace: namespaceOfProject(item.project_id),
        ...{ title: item.title, kind: 'page', content: item.content ?? '', summary: null, tags: [] },
        ...{ status: 'published', visibility: 'visible', source: null, confidence: null, expires_at: null, links: [] },
      },
      actor,
    );
    const filed = { projectId: item.project_id, documentId: entry.id, path: item.path };
    await tx.effects.documentFiled(tx, filed);
    return { status: 'created', ref: entry.id };
  },

  async task(tx: Tx, item: NextItem, { workspaceId, userId }: Maker, actor: Actor): Promise<End> {
    const ref = await createManagedTask(
      tx,
      {
        ...{ workspaceId, userId, projectId: item.project_id, title: item.title, description: item.content },
        ...{ missionId: null, issueId: null, agentId: null, reviewerId: null, priority: 'none', dueDate: null },
        ...{ dependsOn: [], maxIterations: null, approvalRequired: false, labels: [], autoStart: false },
      },
      actor,
    );
    return { status: 'created', ref };
  },
} as const;
