import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { type DocumentFormat, MIME_OF_FORMAT } from '../../../domain/knowledge/files/document-format.ts';
import { ingestJob } from '../../../domain/knowledge/files/ingest-jobs.ts';
import {
  freeNameBeside,
  type KnowledgeFile,
  MAX_FILES_OF_NAMESPACE,
  type OnConflict,
} from '../../../domain/knowledge/files/knowledge-file.ts';
import type { ReachedNamespace } from '../../../domain/knowledge/namespaces/namespace.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import {
  type FileRow,
  findFileNamespace,
  getFileIn,
  lockFile,
  lockFileAt,
  lockFileOf,
} from '../../../db/knowledge/files/files-store.ts';
import { reachIn } from '../../../db/knowledge/namespaces/reach.ts';
import { holdJobRoom, requestJob } from '../../engine/jobs/request-job.ts';
import { keepBlob, releaseBlobs } from '../../kernel/blobs/keep-blob.ts';
import type { WrittenBlob } from '../../kernel/blobs/write-blob.ts';
import { dropEntry, keepVersions, refuseUnlessOwn } from '../entries/entry-commands.ts';
import { holdNamespace, type KnowledgeCaller, knowledgeFrame, lockWritable } from '../namespaces/hold-namespace.ts';

export interface NewFile {
  readonly namespace: string;
  readonly folder: string;
  readonly filename: string;
  readonly written: WrittenBlob;
  readonly format: DocumentFormat;
  /** Of its entries; null: by what it is called. */
  readonly title: string | null;
  readonly tags: readonly string[];
  readonly visible: boolean;
  readonly sourceUrl: string | null;
  readonly onConflict: OnConflict;
  /** Whether a content that the namespace has is not taken in once more, whatever it is called there. */
  readonly oncePerContent: boolean;
}

/** A file that was taken in; `jobId` null: it is there already, and nothing is to be done. */
export interface AddedFile {
  readonly file: KnowledgeFile;
  readonly jobId: string | null;
}

/** Names what a version of a file needs. */
export const fileOwner = (fileId: string, version: number) => ({ kind: 'knowledge_file', id: `${fileId}.${version}` });

const isBeingRead = ({ status }: Pick<FileRow, 'status'>) => status !== 'ready' && status !== 'failed';

export function ingestRunning(jobId: string | null): CrewshipError {
  return new CrewshipError('conflict', 'it is being read; wait for that, or cancel its job', {
    extensions: { reason: 'ingest_running', job_id: jobId },
  });
}

/**
 * Takes a file in, or another content of one, and has it read; what was made of the content before is found until then.
 * Throws as `holdNamespace`, `conflict` with `reason` exists, ingest_running, `limit_reached`, `storage_full`.
 */
export async function addFile(tx: Tx, caller: KnowledgeCaller, given: NewFile, actor: Actor): Promise<AddedFile> {
  await holdJobRoom(tx, caller.workspaceId);
  const namespace = await holdNamespace(tx, caller, given.namespace, actor);
  const same = given.oncePerContent ? await lockFileOf(tx, namespace.id, given.written.sha256) : null;
  if (same !== null) return takeUp(tx, caller, same, actor);
  const { folder, onConflict } = given;
  const there = await lockFileAt(tx, { namespaceId: namespace.id, folder, filename: given.filename });
  if (there === null) return insertFile(tx, caller, namespace, given, actor);
  if (onConflict === 'rename') {
    const filename = freeNameBeside(given.filename, await namesIn(tx, namespace.id, folder));
    return insertFile(tx, caller, namespace, { ...given, filename }, actor);
  }
  if (onConflict === 'fail') throw nameTaken();
  if (there.sha256 === given.written.sha256) return takeUp(tx, caller, there, actor);
  return addContent(tx, caller, namespace, there, given, actor);
}

/** What is there already is read once more only where that failed. */
async function takeUp(tx: Tx, caller: KnowledgeCaller, file: FileRow, actor: Actor): Promise<AddedFile> {
  const jobId = file.status === 'failed' ? await askForReading(tx, caller, file.id, actor) : null;
  return { file: await getFileIn(tx, file.id), jobId };
}

async function askForReading(tx: Tx, caller: KnowledgeCaller, fileId: string, actor: Actor): Promise<string> {
  const input = { file_id: fileId };
  return (await requestJob(tx, { workspaceId: caller.workspaceId, kind: ingestJob, input, actor })).id;
}

async function insertFile(
  tx: Tx,
  caller: KnowledgeCaller,
  namespace: ReachedNamespace,
  given: NewFile,
  actor: Actor,
): Promise<AddedFile> {
  const { total } = await tx.one<{ total: number }>(sql`
    SELECT count(*)::integer AS total FROM knowledge_files WHERE namespace_id = ${namespace.id}`);
  if (total >= MAX_FILES_OF_NAMESPACE) {
    throw new CrewshipError('limit_reached', `a namespace has at most ${MAX_FILES_OF_NAMESPACE} files`);
  }
  const id = newId();
  const { workspaceId, userId } = caller;
  const { format, title, tags, visible } = given;
  const blob = await keepBlob(tx, given.written, fileOwner(id, 1));
  await tx.execute(sql`
    INSERT INTO knowledge_files (id, workspace_id, namespace_id, folder, filename, title, tags, source_url, format,
      mime, size_bytes, sha256, blob_id, visible, created_by)
    VALUES (${id}, ${workspaceId}, ${namespace.id}, ${given.folder}, ${given.filename}, ${title},
      ${sql.array([...tags], 'text')}, ${given.sourceUrl}, ${format}, ${MIME_OF_FORMAT[format]}, ${blob.sizeBytes},
      ${blob.sha256}, ${blob.id}, ${visible}, ${userId})`);
  return readNewest(tx, caller, namespace, id, actor);
}

async function addContent(
  tx: Tx,
  caller: KnowledgeCaller,
  namespace: ReachedNamespace,
  file: FileRow,
  given: NewFile,
  actor: Actor,
): Promise<AddedFile> {
  if (isBeingRead(file)) throw ingestRunning(file.job_id);
  const version = file.version + 1;
  const blob = await keepBlob(tx, given.written, fileOwner(file.id, version));
  // One that failed serves nothing.
  if (file.version !== file.served_version) {
    await releaseBlobs(tx, caller.workspaceId, fileOwner(file.id, file.version));
  }
  const { format, sourceUrl } = given;
  await tx.execute(sql`
    UPDATE knowledge_files SET format = ${format}, mime = ${MIME_OF_FORMAT[format]}, size_bytes = ${blob.sizeBytes},
      sha256 = ${blob.sha256}, blob_id = ${blob.id}, version = ${version}, status = 'uploaded',
      job_id = NULL, error_code = NULL, error_message = NULL, source_url = coalesce(${sourceUrl}, source_url),
      updated_at = now()
    WHERE id = ${file.id}`);
  return readNewest(tx, caller, namespace, file.id, actor);
}

async function readNewest(
  tx: Tx,
  caller: KnowledgeCaller,
  namespace: ReachedNamespace,
  id: string,
  actor: Actor,
): Promise<AddedFile> {
  const jobId = await askForReading(tx, caller, id, actor);
  const file = await getFileIn(tx, id);
  const { version, size_bytes } = file;
  tx.journal({
    ...knowledgeFrame(caller, namespace, actor),
    type: namespace.project_id === null ? 'knowledge.file_added' : 'document.uploaded',
    summary: 'file of knowledge added',
    payload: { file_id: id, namespace_id: namespace.id, version, size_bytes, job_id: jobId },
  });
  return { file, jobId };
}

function nameTaken(): CrewshipError {
  return new CrewshipError('conflict', 'the folder has a document of this name', {
    fields: [{ path: 'file', message: 'has a name that is taken' }],
    extensions: { reason: 'exists' },
  });
}

async function namesIn(tx: Tx, namespaceId: string, folder: string): Promise<ReadonlySet<string>> {
  const rows = await tx.any<{ filename: string }>(sql`
    SELECT filename FROM knowledge_files WHERE namespace_id = ${namespaceId} AND folder = ${folder}`);
  return new Set(rows.map(({ filename }) => filename));
}

/** Which file: by its id, or by its path in a namespace. */
export type NamedFile =
  | { readonly id: string }
  | { readonly namespace: string; readonly folder: string; readonly filename: string };

interface HeldFile {
  readonly file: FileRow;
  readonly namespace: ReachedNamespace;
}

/**
 * A file whose namespace is held by who writes in it. Throws `not_found` for one out of sight, `forbidden` where they
 * only read, `wrong_state` in the archive.
 */
async function holdFile(tx: Tx, caller: KnowledgeCaller, named: NamedFile): Promise<HeldFile> {
  const id = 'id' in named ? await findFileNamespace(tx, named.id) : null;
  const where = 'id' in named ? (id === null ? null : { id }) : { name: named.namespace };
  const reached = where === null ? null : await reachIn(tx, caller, where);
  if (reached === null) throw notFound('file');
  const namespace = await lockWritable(tx, caller, reached);
  const file =
    'id' in named ? await lockFile(tx, named.id) : await lockFileAt(tx, { ...named, namespaceId: namespace.id });
  if (file === null) throw notFound('file');
  return { file, namespace };
}

/**
 * Deletes a file with its entries, for who added it and for administrators. Throws as {@link holdFile}, and `conflict`
 * while it is read.
 */
export async function deleteFile(
  tx: Tx,
  caller: KnowledgeCaller,
  named: NamedFile,
  actor: Actor,
): Promise<{ readonly file_id: string; readonly entries_deleted: number }> {
  const { file, namespace } = await holdFile(tx, caller, named);
  refuseUnlessOwn(file.created_by, caller);
  if (isBeingRead(file)) throw ingestRunning(file.job_id);
  const entries = await tx.any<{ id: string; slug: string; title: string }>(sql`
    SELECT id, slug, title FROM knowledge_entries WHERE file_id = ${file.id} ORDER BY file_part`);
  for (const entry of entries) await dropEntry(tx, caller, namespace, entry, actor);
  await releaseBlobs(tx, caller.workspaceId, fileOwner(file.id, file.version));
  if (file.served_version !== null && file.served_version !== file.version) {
    await releaseBlobs(tx, caller.workspaceId, fileOwner(file.id, file.served_version));
  }
  await tx.execute(sql`DELETE FROM knowledge_files WHERE id = ${file.id}`);
  tx.journal({
    ...knowledgeFrame(caller, namespace, actor),
    type: 'knowledge.file_deleted',
    summary: 'file of knowledge deleted',
    payload: { file_id: file.id, namespace_id: namespace.id, entries: entries.length },
  });
  return { file_id: file.id, entries_deleted: entries.length };
}

/** Lets what was made of a file be found, or not: for who added it, and administrators. Throws as {@link holdFile}. */
export async function setFileVisibility(
  tx: Tx,
  caller: KnowledgeCaller,
  { id, visible }: { readonly id: string; readonly visible: boolean },
  actor: Actor,
): Promise<KnowledgeFile> {
  const { file, namespace } = await holdFile(tx, caller, { id });
  refuseUnlessOwn(file.created_by, caller);
  if (file.visible === visible) return getFileIn(tx, id);
  await tx.execute(sql`UPDATE knowledge_files SET visible = ${visible}, updated_at = now() WHERE id = ${id}`);
  const changed = await tx.any<{ id: string }>(sql`
    UPDATE knowledge_entries SET visibility = ${visible ? 'visible' : 'hidden'}, version = version + 1,
      updated_at = now()
    WHERE file_id = ${id} AND visibility <> ${visible ? 'visible' : 'hidden'} RETURNING id`);
  await keepVersions(
    tx,
    changed.map((entry) => entry.id),
    caller.userId,
  );
  tx.journal({
    ...knowledgeFrame(caller, namespace, actor),
    type: 'knowledge.file_visibility',
    summary: visible ? 'file of knowledge shown' : 'file of knowledge hidden',
    payload: { file_id: id, namespace_id: namespace.id, visible },
  });
  return getFileIn(tx, id);
}

/** Throws `invalid_request` for a name that names no file. */
export function namedFile(namespace: string, path: string): NamedFile {
  const at = path.lastIndexOf('/');
  const filename = path.slice(at + 1);
  if (filename === '') throw invalidField('filename', 'must name a file, after its folder if it is in one');
  return { namespace, folder: at < 0 ? '' : path.slice(0, at), filename };
}
