import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { refuseStaleBase, refuseUnlessHtml, type RemovedMarkup } from '../../../domain/work/artifacts/artifact.ts';
import { type Artifact, type ArtifactViewer, lockArtifact } from '../../../db/work/artifacts/artifacts-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { keepBlob } from '../../kernel/blobs/keep-blob.ts';
import type { WrittenBlob } from '../../kernel/blobs/write-blob.ts';
import { revisionOwner } from './publish-artifact.ts';

/** Whose entry it is: told to those who see what the artifact is of. */
function artifactFrame(
  artifact: Pick<Artifact, 'id' | 'workspace_id' | 'chat_id' | 'project_id' | 'agent_id'>,
  actor: Actor,
) {
  const { id, workspace_id: workspaceId, chat_id: chatId, project_id: projectId, agent_id: agentId } = artifact;
  const about =
    chatId !== null
      ? { targetType: 'chat', targetId: chatId }
      : projectId !== null
        ? { targetType: 'project', targetId: projectId }
        : { targetType: 'artifact', targetId: id };
  return { actor, workspaceId, agentId, ...about };
}

/** Throws `forbidden`, and `wrong_state` for a project in the archive. */
export function refuseEditing(artifact: Pick<Artifact, 'may_edit' | 'is_archived'>): void {
  if (!artifact.may_edit) {
    throw new CrewshipError('forbidden', 'this takes who writes to the session, edits the project, or is MANAGER');
  }
  if (artifact.is_archived) throw wrongState('project', 'archived');
}

/** Of an artifact that its reader was found to see. */
export function recordDownload(tx: Tx, artifact: Artifact, revision: number, actor: Actor): void {
  tx.journal({
    ...artifactFrame(artifact, actor),
    type: 'artifact.downloaded',
    summary: 'a published file was downloaded',
    payload: { artifact_id: artifact.id, revision },
  });
}

export interface NewRevision {
  readonly token: string;
  readonly base: number;
  readonly written: WrittenBlob;
  readonly removed: readonly RemovedMarkup[];
  readonly note: string | null;
}

/**
 * Saves what somebody made of the newest revision. Of those who save at the same moment one does. Throws `not_found`,
 * `forbidden`, `wrong_state`, and `conflict` with `reason` `not_html` or `stale_base`. Locks the artifact, then blobs.
 */
export async function reviseArtifact(
  tx: Tx,
  viewer: ArtifactViewer,
  { token, ...saved }: NewRevision,
  actor: Actor,
): Promise<{ revision: number; sha256: string }> {
  const artifact = await lockArtifact(tx, viewer, token);
  if (artifact === null) throw notFound('attachment');
  refuseEditing(artifact);
  refuseUnlessHtml(artifact.kind);
  return addRevision(tx, artifact, { ...saved, author: { type: 'user', id: viewer.userId } }, actor);
}

/** The next revision of an artifact that is held. Throws `conflict` with `reason` `stale_base`. */
export async function addRevision(
  tx: Tx,
  artifact: Pick<Artifact, 'id' | 'workspace_id' | 'chat_id' | 'project_id' | 'agent_id' | 'current_revision'>,
  saved: Omit<NewRevision, 'token'> & { readonly author: { readonly type: 'user' | 'job'; readonly id: string } },
  actor: Actor,
): Promise<{ revision: number; sha256: string }> {
  refuseStaleBase(artifact.current_revision, saved.base);
  const revision = artifact.current_revision + 1;
  await tx.execute(sql`
    UPDATE artifacts SET current_revision = ${revision}, updated_at = now() WHERE id = ${artifact.id}`);
  const blob = await keepBlob(tx, saved.written, revisionOwner(artifact.id, revision));
  await tx.execute(sql`
    INSERT INTO artifact_revisions (workspace_id, artifact_id, revision, parent, blob_id, sha256, size_bytes,
      author_type, author_id, note, removed)
    VALUES (${artifact.workspace_id}, ${artifact.id}, ${revision}, ${saved.base}, ${blob.id}, ${blob.sha256},
      ${blob.sizeBytes}, ${saved.author.type}, ${saved.author.id}, ${saved.note}, ${sql.jsonb(saved.removed)})`);
  tx.journal({
    ...artifactFrame(artifact, actor),
    transitionId: `artifact-${artifact.id}:revision-${revision}`,
    type: 'artifact.revised',
    summary: 'a published file was saved anew',
    payload: {
      artifact_id: artifact.id,
      revision,
      removed: saved.removed.reduce((sum, { count }) => sum + count, 0),
    },
  });
  return { revision, sha256: blob.sha256 };
}
