import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  type Folder,
  type FolderUpdate,
  type FolderUpdateStatus,
  pathsTo,
  ROOT_PATH,
} from '../../../domain/work/projects/folder.ts';
import type { Project } from '../../../domain/work/projects/project.ts';
import { ascending, listOrder, newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Query, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

interface OfProject {
  readonly id: string;
  readonly workspace_id: string;
}

/**
 * Documents in a folder `f`: files of the project's namespace, which have their folder without the first slash, and
 * entries that were made from none.
 */
const documentCount = sql.fragment`
  (SELECT (SELECT count(*) FROM knowledge_entries e
      WHERE e.namespace_id = n.id AND e.folder = f.path AND e.file_id IS NULL AND e.status <> 'archived')
    + (SELECT count(*) FROM knowledge_files d
      WHERE d.namespace_id = n.id AND d.folder = substr(f.path, 2) COLLATE "default")
    FROM knowledge_namespaces n WHERE n.project_id = f.project_id)::integer`;

const columns = sql.fragment`
  f.id, f.path, CASE WHEN f.parent_id IS NULL THEN f.path ELSE substring(f.path FROM '[^/]+$') END AS name, f.parent_id,
  ${documentCount} AS document_count, f.version`;

const BY_PATH = listOrder(ascending('text', sql.fragment`f.path`), ascending('text', sql.fragment`f.id`));

/**
 * Folders of a project in the order of their paths, down to some levels: all of them with the root, or those below one.
 */
export function listFolders(
  reads: ReadPool,
  project: OfProject,
  filter: { readonly below: Pick<Folder, 'path'> | null; readonly depth: number },
  page: PageRequest,
): Promise<Page<Folder>> {
  const from = filter.below?.path ?? ROOT_PATH;
  const isBelow =
    filter.below === null
      ? sql.fragment`true`
      : sql.fragment`f.path <> ${from} AND starts_with(f.path, ${from === ROOT_PATH ? from : `${from}/`})`;
  const deepest = pathsTo(from).length + filter.depth;
  const where = sql.fragment`
    f.project_id = ${project.id} AND ${isBelow}
    AND char_length(f.path) - char_length(replace(f.path, '/', '')) <= ${deepest}`;
  return readPage<Folder>(
    reads,
    [project.workspace_id],
    sql`
      SELECT ${columns}, ${BY_PATH.key}, count(*) OVER () AS total FROM project_folders f
      WHERE ${where} ${BY_PATH.after(page)} ORDER BY ${BY_PATH.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM project_folders f WHERE ${where}`,
  );
}

/** By its id or its path. Throws `not_found`. */
export async function getFolder(reads: ReadPool, project: OfProject, ref: string): Promise<Folder> {
  const folder = await reads.maybeOne<Folder>(
    [project.workspace_id],
    sql`
      SELECT ${columns} FROM project_folders f
      WHERE f.project_id = ${project.id} AND (f.id = ${ref} OR f.path = ${ref})`,
  );
  if (folder === null) throw notFound('folder');
  return folder;
}

/** One of a project that is held; null: there is none at this path. */
export async function findFolderIn(tx: Tx, projectId: string, path: string): Promise<Folder | null> {
  return tx.maybeOne<Folder>(sql`
    SELECT ${columns} FROM project_folders f WHERE f.project_id = ${projectId} AND f.path = ${path}`);
}

const NEWEST = newestFirst('u');

/** How an update stands is how its decision does: one that was withdrawn is one that could not be decided any more. */
const statusOf = sql.fragment`
  CASE a.status WHEN 'pending' THEN 'proposed' WHEN 'approved' THEN 'applied' WHEN 'denied' THEN 'rejected'
    ELSE 'conflict' END`;

const updateColumns = sql.fragment`
  u.id, u.operation, u.path, u.new_path, u.document_id, u.reason, u.proposed_by, u.base_version, ${statusOf} AS status,
  u.approval_id, a.decision_comment AS note, a.decided_by, a.decided_at, u.created_at`;
const fromUpdates = sql.fragment`
  folder_updates u JOIN approvals a ON a.workspace_id = u.workspace_id AND a.id = u.approval_id`;

/** What was proposed of a project's folders, newest first. */
export function listFolderUpdates(
  reads: ReadPool,
  project: OfProject,
  statuses: readonly FolderUpdateStatus[] | undefined,
  page: PageRequest,
): Promise<Page<FolderUpdate>> {
  const ofStatus =
    statuses === undefined ? sql.fragment`` : sql.fragment`AND ${statusOf} = ANY (${sql.array([...statuses], 'text')})`;
  const where = sql.fragment`u.project_id = ${project.id} ${ofStatus}`;
  return readPage<FolderUpdate>(
    reads,
    [project.workspace_id],
    sql`
      SELECT ${updateColumns}, ${NEWEST.key}, count(*) OVER () AS total FROM ${fromUpdates}
      WHERE ${where} ${NEWEST.after(page)} ORDER BY ${NEWEST.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM ${fromUpdates} WHERE ${where}`,
  );
}

/** One of a project's. Throws `not_found`. */
export async function getFolderUpdateIn(tx: Tx, projectId: string, id: string): Promise<FolderUpdate> {
  const row = await tx.maybeOne<FolderUpdate>(sql`
    SELECT ${updateColumns} FROM ${fromUpdates} WHERE u.id = ${id} AND u.project_id = ${projectId}`);
  if (row === null) throw notFound('folder update');
  return row;
}

/** Which agent asks, by its crew and its run. */
export interface AskingAgent {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly runId: string | null;
}

/** A project that an agent may know of: all of the workspace see it, or what its run works on is of it. */
function projectOfAgent({ workspaceId, crewId, runId }: AskingAgent, projectId: string): Query {
  return sql`
    SELECT p.id, p.workspace_id, p.archived_at FROM projects p
    WHERE p.id = ${projectId} AND p.workspace_id = ${workspaceId} AND p.deleted_at IS NULL
      AND (p.visibility = 'workspace' OR EXISTS (
        SELECT FROM runs r LEFT JOIN tasks t ON t.id = r.task_id LEFT JOIN chats c ON c.id = r.chat_id
        LEFT JOIN missions m ON m.id = r.mission_id LEFT JOIN issues i ON i.id = m.issue_id
        WHERE r.id = ${runId} AND r.crew_id = ${crewId} AND p.id IN (t.project_id, c.project_id, i.project_id)))`;
}

/** Throws `not_found`. */
export async function getProjectOfAgent(reads: ReadPool, by: AskingAgent, projectId: string): Promise<OfProject> {
  const project = await reads.maybeOne<OfProject>([by.workspaceId], projectOfAgent(by, projectId));
  if (project === null) throw notFound('project');
  return project;
}

/** The same of a project that is held. */
export async function getProjectOfAgentIn(
  tx: Tx,
  by: AskingAgent,
  projectId: string,
): Promise<OfProject & Pick<Project, 'archived_at'>> {
  const project = await tx.maybeOne<OfProject & Pick<Project, 'archived_at'>>(projectOfAgent(by, projectId));
  if (project === null) throw notFound('project');
  return project;
}
