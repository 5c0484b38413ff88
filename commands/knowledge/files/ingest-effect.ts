import { systemActor, type Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ReingestInput } from '../../../domain/knowledge/files/ingest-jobs.ts';
import { MAX_FILES_OF_JOB, READER_EDITION } from '../../../domain/knowledge/files/knowledge-file.ts';
import type { JobRow } from '../../../domain/work/jobs/job.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { JobEffect } from '../../../db/kernel/transaction-effects.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { isLive } from '../../../db/knowledge/files/files-store.ts';
import { reachedNamespaces } from '../../../db/knowledge/namespaces/reach.ts';
import { setJobProject } from '../../engine/jobs/job-work.ts';
import { ingestRunning } from './file-commands.ts';
import { settleFailed } from './ingest-steps.ts';

interface FoundFile {
  readonly id: string;
  readonly namespace_id: string;
  readonly project_id: string | null;
  readonly access: 'read' | 'write';
  readonly is_archived: boolean;
}

/** Files `f` of namespaces that somebody reaches, those changed longest ago first. */
function findFiles(tx: Tx, job: JobRow, userId: string, condition: Fragment): Promise<readonly FoundFile[]> {
  return tx.any<FoundFile>(sql`
    SELECT f.id, f.namespace_id, n.project_id, a.access, p.archived_at IS NOT NULL AS is_archived
    FROM ${reachedNamespaces} JOIN knowledge_files f ON f.namespace_id = n.id
    WHERE m.workspace_id = ${job.workspace_id} AND m.user_id = ${userId} AND m.disabled_at IS NULL
      AND a.access IS NOT NULL AND ${condition}
    ORDER BY f.updated_at, f.id ${sql.limit(MAX_FILES_OF_JOB)}`);
}

/** Makes these files the job’s to read, those left out that another one reads. Returns how many are its own. */
async function claim(tx: Tx, job: JobRow, files: readonly FoundFile[]): Promise<number> {
  const ids = sql.array(
    files.map(({ id }) => id),
    'text',
  );
  await tx.execute(sql`SELECT 1 FROM knowledge_files WHERE id = ANY (${ids}) ORDER BY id FOR UPDATE`);
  return tx.execute(sql`
    UPDATE knowledge_files f SET job_id = ${job.id}, status = 'uploaded', error_code = NULL, error_message = NULL,
      updated_at = now()
    WHERE f.id = ANY (${ids}) AND NOT (${isLive} AND f.job_id IS NOT NULL)`);
}

/** Throws for what the caller named and may not have read. */
function refuseUnwritten(files: readonly FoundFile[]): void {
  for (const file of files) {
    if (file.access !== 'write') throw new CrewshipError('forbidden', 'the namespace of the file is read-only to you');
    if (file.is_archived) throw wrongState('project', 'archived');
  }
}

async function placeWith(tx: Tx, job: JobRow, files: readonly FoundFile[]): Promise<void> {
  const projects = new Set(files.map((file) => file.project_id));
  if (projects.size === 1) await setJobProject(tx, job.id, [...projects][0]!);
}

/** The file is the job’s from the request on, and no other job’s; at the end of the job it is nobody’s. */
export const ingestEffect: JobEffect = {
  async requested(tx, job, { file_id: id }, actor) {
    const files = await findFiles(tx, job, userOf(actor), sql.fragment`f.id = ${id as string}`);
    if (files.length === 0) throw notFound('file');
    refuseUnwritten(files);
    if ((await claim(tx, job, files)) === 0) throw ingestRunning(null);
    await placeWith(tx, job, files);
  },
  ended,
};

/** Those that are to be read again are the job’s from the request on. */
export const reingestEffect: JobEffect = {
  async requested(tx, job, given, actor) {
    // As the kind's schema made it.
    const input = given as unknown as ReingestInput;
    const userId = userOf(actor);
    const isDue = sql.fragment`(f.status = 'failed' OR f.served_edition < ${READER_EDITION} OR ${input.force})`;
    if (input.file_ids === undefined) {
      const name = input.namespace ?? null;
      if (name !== null) await refuseUnreached(tx, job, userId, name);
      const files = await findFiles(
        tx,
        job,
        userId,
        sql.fragment`a.access = 'write' AND p.archived_at IS NULL AND ${isDue} AND n.name = coalesce(${name}, n.name)
          AND NOT ${isLive}`,
      );
      await claim(tx, job, files);
      return placeWith(tx, job, files);
    }
    const ids = [...new Set(input.file_ids)];
    const named = sql.fragment`f.id = ANY (${sql.array(ids, 'text')})`;
    const files = await findFiles(tx, job, userId, named);
    if (files.length < ids.length) throw notFound('file');
    refuseUnwritten(files);
    const running = await findFiles(tx, job, userId, sql.fragment`${named} AND ${isLive}`);
    if (running.length > 0) throw ingestRunning(null);
    const due = await findFiles(tx, job, userId, sql.fragment`${named} AND ${isDue}`);
    // Another request may have been faster.
    if ((await claim(tx, job, due)) < due.length) throw ingestRunning(null);
    await placeWith(tx, job, files);
  },
  ended,
};

async function refuseUnreached(tx: Tx, job: JobRow, userId: string, name: string): Promise<void> {
  const [one] = await tx.any<{ access: string; is_archived: boolean }>(sql`
    SELECT a.access, p.archived_at IS NOT NULL AS is_archived FROM ${reachedNamespaces}
    WHERE m.workspace_id = ${job.workspace_id} AND m.user_id = ${userId} AND m.disabled_at IS NULL
      AND a.access IS NOT NULL AND n.name = ${name}`);
  if (one === undefined) throw notFound('namespace');
  if (one.access !== 'write') throw new CrewshipError('forbidden', `namespace ${name} is read-only to you`);
  if (one.is_archived) throw wrongState('project', 'archived');
}

/** Files are read for somebody, with their rights. */
function userOf(actor: Actor): string {
  if (actor.type !== 'user' || actor.id === null) throw new CrewshipError('forbidden', 'only people have files read');
  return actor.id;
}

async function ended(tx: Tx, job: JobRow): Promise<void> {
  await settleFailed(tx, job, systemActor());
}
