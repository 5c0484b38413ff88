import { randomBytes } from 'node:crypto';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { type ArtifactKind, fileNameOf, MAX_ARTIFACTS_OF_RUN } from '../../../domain/work/artifacts/artifact.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { isTerminalRun, type RunStatus } from '../../../domain/work/runs/run-status.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { TransitionAlreadyCommitted } from '../../../db/kernel/database-errors.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type RunRow, runColumns } from '../../../db/work/runs/run-row.ts';
import { isTurn, runPlace } from '../../engine/runs/run-journal.ts';
import { appendTurnEvents } from '../../engine/turns/turn-events.ts';
import { keepBlob } from '../../kernel/blobs/keep-blob.ts';
import type { WrittenBlob } from '../../kernel/blobs/write-blob.ts';

/** The row that needs a revision's content. */
export const revisionOwner = (artifactId: string, revision: number) => ({
  kind: 'artifact_revision',
  id: `${artifactId}.${revision}`,
});

/**
 * An agent asks for a file of its run to be published when that is over; asked again it changes the title. Throws
 * `not_found`, `wrong_state` for a run that is over, `limit_reached`.
 */
export async function requestArtifact(
  tx: Tx,
  runId: string,
  request: { readonly path: string; readonly title: string | null },
): Promise<void> {
  const run = await tx.maybeOne<{ workspace_id: string; status: RunStatus }>(sql`
    SELECT workspace_id, status FROM runs WHERE id = ${runId} FOR UPDATE`);
  if (run === null) throw notFound('run');
  if (isTerminalRun(run.status)) throw wrongState('run', run.status);
  const { others } = await tx.one<{ others: number }>(sql`
    SELECT count(*)::integer AS others FROM artifact_requests WHERE run_id = ${runId} AND path <> ${request.path}`);
  if (others >= MAX_ARTIFACTS_OF_RUN) {
    throw new CrewshipError('limit_reached', `a run publishes at most ${MAX_ARTIFACTS_OF_RUN} files`, {
      extensions: { limit: MAX_ARTIFACTS_OF_RUN },
    });
  }
  await tx.execute(sql`
    INSERT INTO artifact_requests (workspace_id, run_id, path, title)
    VALUES (${run.workspace_id}, ${runId}, ${request.path}, ${request.title})
    ON CONFLICT (run_id, path) DO UPDATE SET title = excluded.title`);
}

export interface PublishedFile {
  readonly path: string;
  readonly title: string | null;
  readonly kind: ArtifactKind;
  readonly mime: string;
  readonly written: WrittenBlob;
}

/**
 * Publishes a file of an attempt that is about to be settled, once: the artifact with its first revision, its journal
 * entry, and what those hear who follow the turn. An attempt that was settled meanwhile publishes nothing more. Locks
 * the run, the chat of a turn, then blobs.
 */
export async function publishArtifact(db: Database, address: WorkflowAddress, file: PublishedFile): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const run = await tx.maybeOne<RunRow>(sql`SELECT ${runColumns} FROM runs WHERE id = ${address.id} FOR UPDATE`);
    if (run === null || isTerminalRun(run.status)) return;
    const { kind, mime, written, path, title } = file;
    const id = newId();
    const name = fileNameOf(path);
    const token = randomBytes(16).toString('base64url');
    const made = await tx.execute(sql`
      INSERT INTO artifacts (id, workspace_id, reference_token, run_id, chat_id, project_id, agent_id, path, name,
        title, kind, mime)
      VALUES (${id}, ${run.workspace_id}, ${token}, ${run.id},
        ${run.chat_id === run.mission_id ? null : run.chat_id}, ${run.project_id}, ${run.agent_id}, ${path}, ${name},
        ${title}, ${kind}, ${mime}) ON CONFLICT (run_id, path) DO NOTHING`);
    if (made === 0) return;
    if (isTurn(run)) {
      const { workspace_id: workspaceId, chat_id: chatId, job_id: jobId, id: runId } = run;
      const shown = { name, title, kind, mime, size_bytes: written.sizeBytes, revision: 1 };
      await appendTurnEvents(tx, { workspaceId, chatId, jobId, runId }, [
        { type: 'artifact.created', data: { reference_token: token, ...shown } },
      ]);
    }
    const blob = await keepBlob(tx, written, revisionOwner(id, 1));
    await tx.execute(sql`
      INSERT INTO artifact_revisions (workspace_id, artifact_id, revision, blob_id, sha256, size_bytes, author_type,
        author_id)
      VALUES (${run.workspace_id}, ${id}, 1, ${blob.id}, ${blob.sha256}, ${blob.sizeBytes}, 'agent', ${run.agent_id})`);
    tx.journal({
      ...runPlace(run),
      actor: orchestratorActor(),
      transitionId: `run-${run.id}:artifact-${id}`,
      type: 'artifact.created',
      summary: 'a file of a run was published',
      payload: { artifact_id: id, run_id: run.id, kind, size_bytes: blob.sizeBytes },
    });
  });
}

/** A file that a run named and that can't be published; the run is none the worse. */
export async function refuseArtifact(
  db: Database,
  address: WorkflowAddress,
  refused: { readonly place: number; readonly reason: string },
): Promise<void> {
  const told = db.transaction(workflowScope(address), async (tx) => {
    const run = await tx.maybeOne<RunRow>(sql`SELECT ${runColumns} FROM runs WHERE id = ${address.id}`);
    if (run === null || isTerminalRun(run.status)) return;
    tx.journal({
      ...runPlace(run),
      actor: orchestratorActor(),
      transitionId: `run-${run.id}:artifact-refused-${refused.place}`,
      severity: 'notice',
      type: 'artifact.refused',
      summary: 'a file that a run named was not published',
      payload: { run_id: run.id, reason: refused.reason },
    });
  });
  await told.catch((error: unknown) => {
    // By a try whose host was killed before it settled the attempt.
    if (!(error instanceof TransitionAlreadyCommitted)) throw error;
  });
}
