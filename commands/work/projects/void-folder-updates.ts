import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { FOLDER_SUBJECT } from '../../../domain/work/projects/folder.ts';
import type { Project } from '../../../domain/work/projects/project.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { cancelApprovalsOf } from '../../engine/approvals/approval-commands.ts';
import { projectFrame } from './hold-project.ts';

/**
 * Voids what is proposed of folders that are others by now, or would be where one is. The project is held, and its
 * folders change in no other way, so what is left may be applied.
 */
export async function voidFolderUpdates(tx: Tx, project: Pick<Project, 'id' | 'workspace_id'>): Promise<void> {
  const stale = await tx.any<{ id: string }>(sql`
    SELECT u.id FROM folder_updates u JOIN approvals a ON a.id = u.approval_id AND a.status = 'pending'
    WHERE u.project_id = ${project.id} AND (
      NOT EXISTS (SELECT FROM project_folders f WHERE f.id = u.folder_id AND f.version = u.base_version)
      OR EXISTS (SELECT FROM project_folders f WHERE f.project_id = u.project_id
        AND f.path = CASE u.operation WHEN 'create' THEN u.path ELSE u.new_path END)
      OR (u.operation = 'move' AND NOT EXISTS (SELECT FROM project_folders f WHERE f.project_id = u.project_id
        AND f.path = CASE WHEN u.new_path ~ '^/[^/]+$' THEN '/' ELSE regexp_replace(u.new_path, '/[^/]+$', '') END)))
    ORDER BY u.id`);
  if (stale.length === 0) return;
  const ids = stale.map(({ id }) => id);
  const actor = systemActor();
  await cancelApprovalsOf(tx, FOLDER_SUBJECT, ids, actor);
  tx.journal({
    ...projectFrame(project, actor),
    type: 'folder.updates_void',
    summary: 'proposed changes of folders void',
    payload: { update_ids: ids },
  });
}
