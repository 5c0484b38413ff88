import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Decision } from '../../../domain/people/approvals/approval.ts';
import {
  type Folder,
  FOLDER_APPROVAL,
  FOLDER_SUBJECT,
  type FolderUpdate,
} from '../../../domain/work/projects/folder.ts';
import { type Project, refuseArchived } from '../../../domain/work/projects/project.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { DecisionEffect } from '../../../db/kernel/transaction-effects.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { findFolderIn, getFolderUpdateIn } from '../../../db/work/projects/folders-store.ts';
import { settleApproval } from '../../engine/approvals/approval-commands.ts';
import { addFolder, moveFolder, removeFolder } from './folder-commands.ts';
import { holdProject, type ProjectCall, projectFrame } from './hold-project.ts';
import { voidFolderUpdates } from './void-folder-updates.ts';

/**
 * Decides a proposed change of folders as an editor of its project; approved, it is made with the decision, and what
 * else was proposed of what it changed is void. Throws `not_found`, `forbidden`, `wrong_state` in the archive and for
 * one that was decided, `conflict` with `reason` stale_base for one that is void and document_gone, `invalid_request`
 * for paths that would be too long, `limit_reached`.
 */
export async function decideFolderUpdate(
  tx: Tx,
  call: ProjectCall & { readonly updateId: string },
  decision: Decision,
  actor: Actor,
): Promise<{ readonly update: FolderUpdate; readonly folder: Folder | null }> {
  const project = await holdProject(tx, call, 'editor', actor);
  const update = await getFolderUpdateIn(tx, project.id, call.updateId);
  refuseArchived(project);
  if (update.status === 'conflict') throw staleBase();
  if (update.status !== 'proposed') throw wrongState('folder update', update.status);
  const subject = { kind: FOLDER_APPROVAL, subjectType: FOLDER_SUBJECT, subjectId: update.id };
  await settleApproval(tx, subject, decision, { actor, traceId: null });
  const isApproved = decision.verdict === 'approved';
  const folder = isApproved ? await apply(tx, project, update, actor) : null;
  if (isApproved) await voidFolderUpdates(tx, project);
  tx.journal({
    ...projectFrame(project, actor),
    severity: 'notice',
    type: 'folder.update_decided',
    summary: `change of folders ${isApproved ? 'applied' : 'rejected'}`,
    payload: {
      ...{ update_id: update.id, approval_id: update.approval_id, operation: update.operation },
      status: isApproved ? 'applied' : 'rejected',
    },
  });
  return { update: await getFolderUpdateIn(tx, project.id, update.id), folder };
}

function staleBase(): CrewshipError {
  return new CrewshipError('conflict', 'what it is about changed before it was decided', {
    extensions: { reason: 'stale_base' },
  });
}

/** The folder as it is then; null: it is gone. */
async function apply(tx: Tx, project: Project, update: FolderUpdate, actor: Actor): Promise<Folder | null> {
  const { operation, path, new_path: newPath } = update;
  if (operation === 'create') {
    await addFolder(tx, project, path, actor);
    return findFolderIn(tx, project.id, path);
  }
  const folder = await findFolderIn(tx, project.id, path);
  if (folder === null || folder.version !== update.base_version) throw staleBase();
  if (operation === 'file_document') {
    const filed = { projectId: project.id, documentId: update.document_id!, path };
    if (!(await tx.effects.documentFiled(tx, filed))) {
      throw new CrewshipError('conflict', 'the document is gone', { extensions: { reason: 'document_gone' } });
    }
    return findFolderIn(tx, project.id, path);
  }
  if (operation === 'delete') {
    await removeFolder(tx, project, folder);
    return null;
  }
  await moveFolder(tx, project, folder, newPath!);
  return findFolderIn(tx, project.id, newPath!);
}

/** As the one route of decisions has it. */
export const folderUpdateDecision: DecisionEffect = {
  async decide(tx, approval, decision, actor) {
    const userId = decision.decidedBy;
    if (userId === null) throw new CrewshipError('forbidden', 'a person has to decide this');
    const call = { projectId: await projectOf(tx, approval.subject_id), userId, updateId: approval.subject_id };
    await decideFolderUpdate(tx, call, decision, actor);
  },
  // One that nobody wants is rejected.
  isCancellable: false,
};

async function projectOf(tx: Tx, updateId: string): Promise<string> {
  const { id } = await tx.one<{ id: string }>(sql`
    SELECT project_id AS id FROM folder_updates WHERE id = ${updateId}`);
  return id;
}
