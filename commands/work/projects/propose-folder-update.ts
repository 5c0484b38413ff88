import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  type Folder,
  FOLDER_APPROVAL,
  FOLDER_SUBJECT,
  type FolderOperation,
  type FolderUpdate,
  isWithin,
  MAX_OPEN_UPDATES,
  parentPath,
  ROOT_PATH,
} from '../../../domain/work/projects/folder.ts';
import { refuseArchived } from '../../../domain/work/projects/project.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import {
  type AskingAgent,
  findFolderIn,
  getFolderUpdateIn,
  getProjectOfAgentIn,
} from '../../../db/work/projects/folders-store.ts';
import { lockProject } from '../../../db/work/projects/projects-store.ts';
import { openApproval } from '../../engine/approvals/approval-commands.ts';
import { countOpening, type Opener } from '../../engine/runs/count-opening.ts';
import { projectFrame } from './hold-project.ts';

export interface FolderProposal extends AskingAgent {
  readonly agentId: string;
  readonly openedBy: Opener | null;
  readonly projectId: string;
  readonly operation: FolderOperation;
  /** In their one form, as `newPath`. */
  readonly path: string;
  readonly newPath: string | null;
  readonly documentId: string | null;
  /** The version that was read; null: the one that there is. */
  readonly baseVersion: number | null;
  readonly reason: string;
}

/**
 * Asks the editors of a project for a change of its folders, which is made when they approve of it. Throws `not_found`
 * for a project that the agent may not know of and for a folder that is not there, `wrong_state` in the archive,
 * `invalid_request`, `conflict` with `reason` path_taken, `version_conflict`, `limit_reached`.
 */
export async function proposeFolderUpdate(tx: Tx, proposal: FolderProposal, actor: Actor): Promise<FolderUpdate> {
  const { projectId, operation, path, newPath, documentId } = proposal;
  await countOpening(tx, 'questions', proposal.openedBy);
  await lockProject(tx, projectId);
  const project = await getProjectOfAgentIn(tx, proposal, projectId);
  refuseArchived(project);
  await refuseForeignAgent(tx, proposal);
  refuseMembers(proposal);
  refuseRoot(proposal);
  const base = await baseOf(tx, proposal);
  const version = proposal.baseVersion ?? base.version;
  if (version !== base.version) {
    throw new CrewshipError('version_conflict', `the folder is at version ${base.version}; read it again`, {
      extensions: { current_version: base.version },
    });
  }
  await refuseTaken(tx, proposal);
  await refuseTooMany(tx, projectId);
  const id = newId();
  const facts = { operation, base_version: version };
  const approvalId = await openApproval(
    tx,
    {
      kind: FOLDER_APPROVAL,
      subjectType: FOLDER_SUBJECT,
      subjectId: id,
      workspaceId: project.workspace_id,
      crewId: proposal.crewId,
      agentId: proposal.agentId,
      missionId: null,
      projectId,
      reason: 'an agent proposes a change of a project’s folders',
      payload: facts,
      journalled: { rule: operation, confidence: null },
      requiredAuthority: 'create',
      generation: 1,
      traceId: proposal.runId,
    },
    actor,
  );
  await tx.execute(sql`
    INSERT INTO folder_updates (id, workspace_id, project_id, approval_id, operation, path, new_path, document_id,
      folder_id, base_version, reason, proposed_by)
    VALUES (${id}, ${project.workspace_id}, ${projectId}, ${approvalId}, ${operation}, ${path}, ${newPath},
      ${documentId}, ${base.id}, ${version}, ${proposal.reason}, ${proposal.agentId})`);
  tx.journal({
    ...projectFrame(project, actor),
    type: 'folder.update_proposed',
    summary: 'change of folders proposed',
    payload: { update_id: id, approval_id: approvalId, folder_id: base.id, ...facts },
  });
  return getFolderUpdateIn(tx, projectId, id);
}

async function refuseForeignAgent(tx: Tx, { agentId, crewId }: FolderProposal): Promise<void> {
  const agent = await tx.maybeOne(sql`
    SELECT 1 FROM agents WHERE id = ${agentId} AND crew_id = ${crewId} AND deleted_at IS NULL`);
  if (agent === null) throw notFound('agent');
}

/** Each operation has its members, and no others. */
function refuseMembers({ operation, newPath, documentId }: FolderProposal): void {
  const moves = operation === 'rename' || operation === 'move';
  if (moves !== (newPath !== null)) throw invalidField('new_path', 'goes with rename and move, and they with it');
  if ((operation === 'file_document') !== (documentId !== null)) {
    throw invalidField('document_id', 'goes with file_document, and that with it');
  }
}

function refuseRoot({ operation, path, newPath }: FolderProposal): void {
  if (operation !== 'file_document' && path === ROOT_PATH) throw invalidField('path', 'must not be the root');
  if (newPath === null) return;
  if (isWithin(path, newPath)) throw invalidField('new_path', 'must not be the folder or below it');
  if (newPath === ROOT_PATH) throw invalidField('new_path', 'must not be the root');
  if (operation === 'rename' && parentPath(path) !== parentPath(newPath)) {
    throw invalidField('new_path', 'must be in the same folder: move takes it to another');
  }
}

/** The folder that changes, or in which something is made or filed. */
async function baseOf(tx: Tx, { projectId, operation, path, newPath, documentId }: FolderProposal): Promise<Folder> {
  const base = await findFolderIn(tx, projectId, operation === 'create' ? parentPath(path) : path);
  if (base === null) throw invalidField('path', 'must be of a folder that is there, of create in one that is there');
  if (operation === 'move' && (await findFolderIn(tx, projectId, parentPath(newPath!))) === null) {
    throw invalidField('new_path', 'must be in a folder that is there');
  }
  if (documentId !== null) {
    const document = await tx.maybeOne(sql`
      SELECT 1 FROM knowledge_namespaces n
      WHERE n.project_id = ${projectId} AND (
        EXISTS (SELECT FROM knowledge_files d WHERE d.id = ${documentId} AND d.namespace_id = n.id)
        OR EXISTS (SELECT FROM knowledge_entries e
          WHERE e.id = ${documentId} AND e.namespace_id = n.id AND e.file_id IS NULL))`);
    if (document === null) throw invalidField('document_id', 'names no document of the project');
  }
  return base;
}

async function refuseTaken(tx: Tx, { projectId, operation, path, newPath }: FolderProposal): Promise<void> {
  const wanted = operation === 'create' ? path : newPath;
  if (wanted === null || (await findFolderIn(tx, projectId, wanted)) === null) return;
  throw new CrewshipError('conflict', 'a folder with this path is there', { extensions: { reason: 'path_taken' } });
}

async function refuseTooMany(tx: Tx, projectId: string): Promise<void> {
  const { open } = await tx.one<{ open: number }>(sql`
    SELECT count(*)::integer AS open FROM approvals
    WHERE project_id = ${projectId} AND kind = ${FOLDER_APPROVAL} AND status = 'pending'`);
  if (open < MAX_OPEN_UPDATES) return;
  throw new CrewshipError('limit_reached', `a project has at most ${MAX_OPEN_UPDATES} changes of folders that wait`);
}
