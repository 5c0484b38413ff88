import { type Actor, type Role, systemActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { type EntryFields, entrySlug, type KnowledgeEntry } from '../../../domain/knowledge/entries/entry.ts';
import { READER_EDITION, titleOfName } from '../../../domain/knowledge/files/knowledge-file.ts';
import type { ReachedNamespace } from '../../../domain/knowledge/namespaces/namespace.ts';
import type { JobRow } from '../../../domain/work/jobs/job.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { getEntryIn } from '../../../db/knowledge/entries/entries-store.ts';
import { type FileRow, isLive, lockFile } from '../../../db/knowledge/files/files-store.ts';
import { reachIn } from '../../../db/knowledge/namespaces/reach.ts';
import { type LockedJob, lockJob } from '../../../db/work/jobs/job-row.ts';
import { releaseBlobs } from '../../kernel/blobs/keep-blob.ts';
import { dropEntry, insertEntry, rewriteEntry } from '../entries/entry-commands.ts';
import { type KnowledgeCaller, knowledgeFrame, lockWritable } from '../namespaces/hold-namespace.ts';
import { fileOwner } from './file-commands.ts';

/** Why a file was not read, for programs and for people. */
export interface FileFault {
  readonly code: string;
  readonly message: string;
}

const CANCELLED: FileFault = { code: 'cancelled', message: 'its job was cancelled' };
const GONE = new CrewshipError('wrong_state', 'the file is not this job’s any more');
const TITLE_CHARACTERS = 200;

/** The job, and the file that it reads, both held; null: the job is to end, or the file is another’s. */
async function holdAtWork(
  tx: Tx,
  address: WorkflowAddress,
  fileId: string,
): Promise<{ readonly job: LockedJob; readonly file: FileRow } | null> {
  const job = await lockAtWork(tx, address);
  const file = job === null ? null : await lockFile(tx, fileId);
  return job === null || file === null || file.job_id !== job.id ? null : { job, file };
}

async function lockAtWork(tx: Tx, address: WorkflowAddress): Promise<LockedJob | null> {
  const job = await lockJob(tx, address.id);
  return job?.generation === address.generation && job.status === 'running' ? job : null;
}

/** Somebody reads it now. */
export async function markExtracting(db: Database, address: WorkflowAddress, fileId: string): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    if ((await holdAtWork(tx, address, fileId)) === null) throw GONE;
    await tx.execute(sql`
      UPDATE knowledge_files SET status = 'extracting', updated_at = now()
      WHERE id = ${fileId} AND status IN ('uploaded', 'extracting', 'indexing')`);
  });
}

/** Keeps what was read until it takes the place of what there is. `title`: as the document says of itself. */
export async function storeParts(
  db: Database,
  address: WorkflowAddress,
  fileId: string,
  { parts, title }: { readonly parts: readonly string[]; readonly title: string },
): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const held = await holdAtWork(tx, address, fileId);
    if (held === null) throw GONE;
    await tx.execute(sql`DELETE FROM knowledge_file_parts WHERE file_id = ${fileId}`);
    const rows = parts.map((content, seq) => ({ seq, content }));
    await tx.execute(sql`
      INSERT INTO knowledge_file_parts (workspace_id, file_id, job_id, seq, content)
      SELECT ${address.workspaceId}, ${fileId}, ${address.id}, r.seq, r.content
      FROM json_to_recordset(${sql.rows(rows)}) AS r (seq integer, content text)`);
    const known = title.replaceAll(/\s+/g, ' ').trim().slice(0, TITLE_CHARACTERS).toWellFormed();
    await tx.execute(sql`
      UPDATE knowledge_files SET status = 'indexing', title = coalesce(title, ${known === '' ? null : known}),
        updated_at = now()
      WHERE id = ${fileId}`);
  });
}

/**
 * Puts what was read in the place of what there is: all of it at once, with the rights of who asked. `concluded`: what
 * else is of that transaction. Throws what refuses it: a right that was lost, an archive.
 */
export async function swapEntries(
  db: Database,
  address: WorkflowAddress,
  fileId: string,
  concluded: (tx: Tx, entries: number) => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const job = await lockAtWork(tx, address);
    if (job === null) throw GONE;
    const caller = await callerOf(tx, job);
    const namespace = await holdNamespaceOf(tx, caller, fileId);
    const file = await lockFile(tx, fileId);
    if (file?.job_id !== job.id || file.status !== 'indexing') throw GONE;
    const actor: Actor = { ...systemActor(), type: 'user', id: caller.userId };
    const parts = await tx.any<{ content: string }>(sql`
      SELECT content FROM knowledge_file_parts WHERE file_id = ${fileId} AND job_id = ${job.id} ORDER BY seq`);
    const entries = parts.map(({ content }) => content);
    await putEntries(tx, { caller, namespace, file, actor }, entries);
    await tx.execute(sql`DELETE FROM knowledge_file_parts WHERE file_id = ${fileId}`);
    await tx.execute(sql`
      UPDATE knowledge_files SET status = 'ready', served_version = version, served_blob_id = blob_id,
        served_mime = mime, served_size_bytes = size_bytes, served_edition = ${READER_EDITION}, updated_at = now()
      WHERE id = ${fileId}`);
    if (file.served_version !== null && file.served_version !== file.version) {
      await releaseBlobs(tx, address.workspaceId, fileOwner(fileId, file.served_version));
    }
    tx.journal({
      ...knowledgeFrame(caller, namespace, actor),
      type: namespace.project_id === null ? 'knowledge.file_ingested' : 'document.ingested',
      summary: 'file of knowledge read',
      payload: {
        ...{ file_id: fileId, namespace_id: namespace.id, version: file.version },
        ...{ entries: entries.length, job_id: job.id },
      },
    });
    await concluded(tx, entries.length);
  });
}

/** Who asked for the job, as they are now. */
async function callerOf(tx: Tx, job: JobRow): Promise<KnowledgeCaller> {
  const row = await tx.maybeOne<{ user_id: string; role: Role }>(sql`
    SELECT user_id, role FROM memberships
    WHERE workspace_id = ${job.workspace_id} AND user_id = ${job.created_by} AND disabled_at IS NULL`);
  if (row === null) throw new CrewshipError('forbidden', 'who asked for it is no member any more');
  return { workspaceId: job.workspace_id, userId: row.user_id, role: row.role };
}

async function holdNamespaceOf(tx: Tx, caller: KnowledgeCaller, fileId: string): Promise<ReachedNamespace> {
  const row = await tx.maybeOne<{ namespace_id: string }>(sql`
    SELECT namespace_id FROM knowledge_files WHERE id = ${fileId}`);
  const reached = row === null ? null : await reachIn(tx, caller, { id: row.namespace_id });
  if (reached === null) throw new CrewshipError('not_found', 'the namespace is out of reach of who asked for it');
  return lockWritable(tx, caller, reached);
}

interface Swap {
  readonly caller: KnowledgeCaller;
  readonly namespace: ReachedNamespace;
  readonly file: FileRow;
  readonly actor: Actor;
}

/** A part keeps its entry, and so its links and its name; what is the same is left as it is. */
async function putEntries(tx: Tx, swap: Swap, parts: readonly string[]): Promise<void> {
  const { caller, namespace, file, actor } = swap;
  const rows = await tx.any<{ id: string; part: number; slug: string; title: string }>(sql`
    SELECT id, file_part AS part, slug, title FROM knowledge_entries WHERE file_id = ${file.id} ORDER BY file_part`);
  const known = new Map(rows.map((row) => [row.part, row.id]));
  const missing = parts.flatMap((_, part) => (known.has(part) ? [] : [part]));
  const titles = await freeTitles(tx, namespace, file, missing);
  for (const [part, content] of parts.entries()) {
    const id = known.get(part);
    const text = file.source_url === null ? content : withoutLinks(content);
    if (id === undefined) {
      const fields = fieldsOf(file, titles.get(part)!, text);
      const made = { origin: 'ingest', needsReview: false, file: { fileId: file.id, part } } as const;
      await insertEntry(tx, caller, namespace, { ...fields, links: [] }, actor, made);
      continue;
    }
    const entry = await getEntryIn(tx, id);
    if (entry.content === text) continue;
    await rewriteEntry(tx, caller, { entry, namespace }, rewritten(entry, namespace, file, text), actor, 'ingest');
  }
  for (const row of rows) if (row.part >= parts.length) await dropEntry(tx, caller, namespace, row, actor);
}

function fieldsOf(file: FileRow, title: string, content: string): EntryFields {
  return {
    ...{ title, content, kind: 'page', summary: null, tags: file.tags, status: 'published' },
    visibility: file.visible ? 'visible' : 'hidden',
    source: { type: file.source_url === null ? 'file' : 'web', url: file.source_url },
    ...{ confidence: null, expires_at: null },
  };
}

/** What people have put away stays away; where reviews are required, another text waits for one. */
function rewritten(entry: KnowledgeEntry, namespace: ReachedNamespace, file: FileRow, content: string): EntryFields {
  const isRead = entry.status === 'published' || entry.status === 'stale';
  const status = isRead ? (namespace.review_required ? 'pending_review' : 'published') : entry.status;
  return { ...entry, content, status, visibility: file.visible ? entry.visibility : 'hidden' };
}

/** Titles that the namespace does not have, for these parts. */
async function freeTitles(
  tx: Tx,
  namespace: ReachedNamespace,
  file: FileRow,
  parts: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const name = file.title ?? titleOfName(file.filename);
  const base = entrySlug(name) === '' ? `File ${file.id}` : name;
  const candidates = new Map(
    parts.map((part) => [part, ['', file.filename, file.id].map((mark) => titleOf(base, mark, part))]),
  );
  const slugs = [...candidates.values()].flat().map(entrySlug);
  const rows = await tx.any<{ slug: string }>(sql`
    SELECT slug FROM knowledge_entries
    WHERE namespace_id = ${namespace.id} AND slug = ANY (${sql.array(slugs, 'text')})`);
  const taken = new Set(rows.map(({ slug }) => slug));
  return new Map(
    [...candidates].map(([part, titles]) => {
      const free = titles.find((title) => !taken.has(entrySlug(title)));
      if (free === undefined) throw new CrewshipError('conflict', `the namespace has an entry “${titles[0]}”`);
      taken.add(entrySlug(free));
      return [part, free];
    }),
  );
}

function titleOf(base: string, mark: string, part: number): string {
  const marks = `${mark === '' ? '' : ` (${mark.slice(-80)})`}${part === 0 ? '' : ` (${part + 1})`}`;
  return `${base.slice(0, TITLE_CHARACTERS - marks.length)}${marks}`.toWellFormed();
}

/** What a page of the web puts into double brackets is none of our titles. */
function withoutLinks(content: string): string {
  return content.replaceAll('[[', '\\[\\[');
}

/** A file that can’t be read, of a job that goes on with others. */
export async function failFile(
  db: Database,
  address: WorkflowAddress,
  fileId: string,
  fault: FileFault,
): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const held = await holdAtWork(tx, address, fileId);
    if (held !== null) await fail(tx, held.job, held.file, fault, systemActor());
  });
}

/**
 * Files of a job that is over and has not read them fail with it. Of one that was cancelled, those whose content is
 * served already are as they were.
 */
export async function settleFailed(tx: Tx, job: JobRow, actor: Actor): Promise<void> {
  const ids = await tx.any<{ id: string }>(sql`
    SELECT f.id FROM knowledge_files f WHERE f.job_id = ${job.id} AND ${isLive} ORDER BY f.id FOR UPDATE`);
  if (ids.length === 0) return;
  const error = await tx.one<{ message: string | null }>(sql`
    SELECT error_message AS message FROM jobs WHERE id = ${job.id}`);
  const fault =
    job.error_code === null ? CANCELLED : { code: job.error_code, message: error.message ?? 'its job has failed' };
  for (const { id } of ids) {
    const file = (await lockFile(tx, id))!;
    if (job.error_code === null && file.served_version === file.version) {
      await tx.execute(sql`DELETE FROM knowledge_file_parts WHERE file_id = ${id}`);
      await tx.execute(sql`UPDATE knowledge_files SET status = 'ready', updated_at = now() WHERE id = ${id}`);
    } else await fail(tx, job, file, fault, actor);
  }
}

async function fail(tx: Tx, job: JobRow, file: FileRow, fault: FileFault, actor: Actor): Promise<void> {
  await tx.execute(sql`DELETE FROM knowledge_file_parts WHERE file_id = ${file.id}`);
  await tx.execute(sql`
    UPDATE knowledge_files SET status = 'failed', error_code = ${fault.code},
      error_message = ${fault.message.slice(0, 500)}, updated_at = now()
    WHERE id = ${file.id}`);
  const namespace = await tx.one<{ id: string; project_id: string | null }>(sql`
    SELECT id, project_id FROM knowledge_namespaces WHERE id = ${file.namespace_id}`);
  tx.journal({
    ...knowledgeFrame({ workspaceId: job.workspace_id }, namespace, actor),
    type: namespace.project_id === null ? 'knowledge.file_failed' : 'document.failed',
    summary: 'file of knowledge could not be read',
    payload: {
      ...{ file_id: file.id, namespace_id: namespace.id, version: file.version },
      ...{ code: fault.code, job_id: job.id },
    },
  });
}
