import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  type Folder,
  MAX_FOLDER_DEPTH,
  MAX_FOLDERS,
  MAX_PATH_CHARACTERS,
  parentPath,
  pathsTo,
} from '../../../domain/work/projects/folder.ts';
import type { Project } from '../../../domain/work/projects/project.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { findFolderIn } from '../../../db/work/projects/folders-store.ts';
import { projectFrame } from './hold-project.ts';
import { voidFolderUpdates } from './void-folder-updates.ts';

type HeldProject = Pick<Project, 'id' | 'workspace_id'>;

/**
 * The folder at a path of a project that is held, made with those above it where they are missing. Throws
 * `limit_reached`.
 */
export async function ensureFolder(
  tx: Tx,
  project: HeldProject,
  path: string,
  actor: Actor,
): Promise<{ readonly folder: Folder; readonly isNew: boolean }> {
  const known = await findFolderIn(tx, project.id, path);
  if (known !== null) return { folder: known, isNew: false };
  for (const above of pathsTo(path)) {
    if ((await findFolderIn(tx, project.id, above)) === null) await addFolder(tx, project, above, actor);
  }
  await voidFolderUpdates(tx, project);
  return { folder: (await findFolderIn(tx, project.id, path))!, isNew: true };
}

/** A folder in one that is there. Throws `limit_reached`. */
export async function addFolder(tx: Tx, project: HeldProject, path: string, actor: Actor): Promise<void> {
  const { total } = await tx.one<{ total: number }>(sql`
    SELECT count(*)::integer AS total FROM project_folders WHERE project_id = ${project.id}`);
  if (total >= MAX_FOLDERS) throw new CrewshipError('limit_reached', `a project has at most ${MAX_FOLDERS} folders`);
  const id = newId();
  await tx.execute(sql`
    INSERT INTO project_folders (id, workspace_id, project_id, parent_id, path, created_by)
    SELECT ${id}, workspace_id, project_id, id, ${path}, ${actor.id} FROM project_folders
    WHERE project_id = ${project.id} AND path = ${parentPath(path)}`);
  tx.journal({
    ...projectFrame(project, actor),
    type: 'folder.created',
    summary: 'folder of a project created',
    payload: { folder_id: id },
  });
}

/** Folders at a path and below it. */
function isWithin(project: HeldProject, path: string): Fragment {
  return sql.fragment`project_id = ${project.id} AND (path = ${path} OR starts_with(path, ${`${path}/`}))`;
}

/** Gives a folder another path, and with it all that is below it, and their documents. */
export async function moveFolder(tx: Tx, project: HeldProject, folder: Folder, to: string): Promise<void> {
  const { path: from } = folder;
  const above = await findFolderIn(tx, project.id, parentPath(to));
  if (above === null) throw notFound('folder');
  const deeper = pathsTo(to).length - pathsTo(from).length;
  const made = await tx.one<{ characters: number; levels: number }>(sql`
    SELECT max(char_length(path)) + char_length(${to}) - char_length(${from}) AS characters,
      max(char_length(path) - char_length(replace(path, '/', ''))) + ${deeper} AS levels
    FROM project_folders WHERE ${isWithin(project, from)}`);
  refuseDeep(made);
  await tx.execute(sql`
    UPDATE project_folders SET path = ${to} || substr(path, char_length(${from}) + 1), version = version + 1,
      parent_id = CASE WHEN id = ${folder.id} THEN ${above.id} ELSE parent_id END, updated_at = now()
    WHERE ${isWithin(project, from)}`);
  await tx.effects.foldersChanged(tx, { projectId: project.id, from, to, documents: 'keep their places' });
}

function refuseDeep({ characters, levels }: { readonly characters: number; readonly levels: number }): void {
  if (characters <= MAX_PATH_CHARACTERS && levels <= MAX_FOLDER_DEPTH) return;
  const most = `${MAX_FOLDER_DEPTH} levels or ${MAX_PATH_CHARACTERS} characters`;
  throw invalidField('new_path', `makes paths below it of more than ${most}`);
}

/** Takes a folder away with all that is below it; their documents are in the one above it from then on. */
export async function removeFolder(tx: Tx, project: HeldProject, { path }: Folder): Promise<void> {
  await tx.effects.foldersChanged(tx, {
    projectId: project.id,
    from: path,
    to: parentPath(path),
    documents: 'are gathered',
  });
  await tx.execute(sql`
    DELETE FROM project_folders WHERE ${isWithin(project, path)}`);
}
