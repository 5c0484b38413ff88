import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { FileStatus, KnowledgeFile } from '../../../domain/knowledge/files/knowledge-file.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';
import { findable, inSight } from '../entries/sight.ts';
import type { SightIds } from '../namespaces/reach.ts';

const textsOf = (values: readonly string[]) => sql.array([...values], 'text');

/** Of a file `f` and its namespace `n`. */
const fileColumns = sql.fragment`
  f.id, n.name AS namespace, n.project_id, f.folder, f.filename, f.format, f.mime, f.size_bytes, f.sha256, f.version,
  f.visible, f.status,
  CASE WHEN f.error_code IS NOT NULL
    THEN jsonb_build_object('code', f.error_code, 'detail', coalesce(f.error_message, '')) END AS error,
  (SELECT count(*)::integer FROM knowledge_entries e WHERE e.file_id = f.id) AS entry_count, f.job_id, f.source_url,
  f.created_by, f.created_at, f.updated_at`;
const fromFiles = sql.fragment`knowledge_files f JOIN knowledge_namespaces n ON n.id = f.namespace_id`;
const NEWEST_FIRST = newestFirst('f');
/** Files `f` that a job is to read, or reads. */
export const isLive = sql.fragment`f.status IN ('uploaded', 'extracting', 'indexing')`;

/**
 * Files `f` that somebody sees: all of the namespaces that they write, and of others those that are not hidden and of
 * which every entry is to be found, as a file has all that they say.
 */
function filesInSight({ reads, writes }: SightIds): Fragment {
  return sql.fragment`(f.namespace_id = ANY (${textsOf(writes)})
    OR (f.namespace_id = ANY (${textsOf(reads)}) AND f.visible AND NOT EXISTS (
      SELECT 1 FROM knowledge_entries e WHERE e.file_id = f.id AND NOT ${findable('e', reads)})))`;
}

export interface FileFilter {
  readonly statuses: readonly FileStatus[] | undefined;
  /** '' is the root. */
  readonly folder?: string | undefined;
  /** Part of the name. */
  readonly search?: string | undefined;
}

export function listFiles(
  reads: ReadPool,
  workspaceId: string,
  sight: SightIds,
  { statuses, folder, search }: FileFilter,
  page: PageRequest,
): Promise<Page<KnowledgeFile>> {
  const conditions = [sql.fragment`f.workspace_id = ${workspaceId}`, filesInSight(sight)];
  if (statuses !== undefined) conditions.push(sql.fragment`f.status = ANY (${textsOf(statuses)})`);
  if (folder !== undefined) conditions.push(sql.fragment`f.folder = ${folder}`);
  if (search !== undefined) conditions.push(sql.fragment`strpos(lower(f.filename), lower(${search})) > 0`);
  const where = sql.join(conditions, sql.fragment` AND `);
  return readPage<KnowledgeFile>(
    reads,
    [workspaceId],
    sql`
      SELECT ${fileColumns}, ${NEWEST_FIRST.key}, count(*) OVER () AS total FROM ${fromFiles}
      WHERE ${where} ${NEWEST_FIRST.after(page)} ORDER BY ${NEWEST_FIRST.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM ${fromFiles} WHERE ${where}`,
  );
}

/** As the transaction has left it. */
export function getFileIn(tx: Tx, id: string): Promise<KnowledgeFile> {
  return tx.one<KnowledgeFile>(sql`SELECT ${fileColumns} FROM ${fromFiles} WHERE f.id = ${id}`);
}

/** Where the bytes are that an entry was made from. */
export interface ServedFile {
  readonly name: string;
  readonly mime: string;
  readonly size_bytes: number;
  readonly blob_id: string;
}

/** Throws `not_found` for an entry, or a file, out of sight, and for an entry that was made from none. */
export async function getFileOfEntry(
  reads: ReadPool,
  workspaceId: string,
  sight: SightIds,
  entryId: string,
): Promise<ServedFile> {
  const row = await reads.maybeOne<{ file: ServedFile | null }>(
    [workspaceId],
    sql`
      SELECT (SELECT jsonb_build_object('name', f.filename, 'mime', f.served_mime, 'size_bytes', f.served_size_bytes,
          'blob_id', f.served_blob_id)
        FROM knowledge_files f
        WHERE f.id = e.file_id AND f.served_blob_id IS NOT NULL AND ${filesInSight(sight)}) AS file
      FROM knowledge_entries e
      WHERE e.id = ${entryId} AND e.workspace_id = ${workspaceId} AND ${inSight('e', sight)}`,
  );
  if (row === null) throw notFound('entry');
  if (row.file === null) throw notFound('file');
  return row.file;
}

/** A file as commands have it. */
export interface FileRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly namespace_id: string;
  readonly folder: string;
  readonly filename: string;
  readonly title: string | null;
  readonly tags: readonly string[];
  readonly source_url: string | null;
  readonly mime: string;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly blob_id: string;
  /** Counts contents. */
  readonly version: number;
  readonly visible: boolean;
  readonly status: FileStatus;
  readonly job_id: string | null;
  readonly served_version: number | null;
  readonly created_by: string | null;
}

const rowColumns = sql.fragment`
  id, workspace_id, namespace_id, folder, filename, title, tags, source_url, mime, size_bytes, sha256, blob_id, version,
  visible, status, job_id, served_version, created_by`;

/** Locks a file after its namespace, or the job that works on it: LOCK-ORDER.md. */
export function lockFile(tx: Tx, id: string): Promise<FileRow | null> {
  return tx.maybeOne<FileRow>(sql`SELECT ${rowColumns} FROM knowledge_files WHERE id = ${id} FOR UPDATE`);
}

/** The same by its place. */
export function lockFileAt(
  tx: Tx,
  {
    namespaceId,
    folder,
    filename,
  }: { readonly namespaceId: string; readonly folder: string; readonly filename: string },
): Promise<FileRow | null> {
  return tx.maybeOne<FileRow>(sql`
    SELECT ${rowColumns} FROM knowledge_files
    WHERE namespace_id = ${namespaceId} AND folder = ${folder} AND filename = ${filename} FOR UPDATE`);
}

/** The same by its content, the oldest of those that have it. */
export function lockFileOf(tx: Tx, namespaceId: string, sha256: string): Promise<FileRow | null> {
  return tx.maybeOne<FileRow>(sql`
    SELECT ${rowColumns} FROM knowledge_files WHERE namespace_id = ${namespaceId} AND sha256 = ${sha256}
    ORDER BY created_at, id LIMIT 1 FOR UPDATE`);
}

/** In which namespace a file is; null: there is none here. */
export async function findFileNamespace(tx: Tx, id: string): Promise<string | null> {
  const row = await tx.maybeOne<{ namespace_id: string }>(sql`
    SELECT namespace_id FROM knowledge_files WHERE id = ${id}`);
  return row?.namespace_id ?? null;
}

/** The next file that a job has yet to read, with where its bytes are; null: it has read all. */
export async function findFileAtWork(reads: ReadPool, workspaceId: string, jobId: string): Promise<FileRow | null> {
  return reads.maybeOne<FileRow>(
    [workspaceId],
    sql`
      SELECT ${rowColumns} FROM knowledge_files f
      WHERE workspace_id = ${workspaceId} AND job_id = ${jobId} AND ${isLive} ORDER BY id LIMIT 1`,
  );
}

/** What became of the files of a job that has read all. */
export async function countFilesOfJob(
  reads: ReadPool,
  workspaceId: string,
  jobId: string,
): Promise<{ readonly ready: number; readonly failed: number }> {
  const row = await reads.maybeOne<{ ready: number; failed: number }>(
    [workspaceId],
    sql`
      SELECT (count(*) FILTER (WHERE status = 'ready'))::integer AS ready,
        (count(*) FILTER (WHERE status = 'failed'))::integer AS failed
      FROM knowledge_files WHERE workspace_id = ${workspaceId} AND job_id = ${jobId}`,
  );
  return row ?? { ready: 0, failed: 0 };
}

/** Throws `not_found` unless all of these are documents of the project. */
export async function refuseForeignFiles(tx: Tx, projectId: string, ids: readonly string[]): Promise<void> {
  const wanted = new Set(ids);
  const { found } = await tx.one<{ found: number }>(sql`
    SELECT count(*)::integer AS found FROM ${fromFiles}
    WHERE n.project_id = ${projectId} AND f.id = ANY (${textsOf([...wanted])})`);
  if (found < wanted.size) throw notFound('document');
}
