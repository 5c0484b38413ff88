import type { ArtifactKind, ArtifactRef, PublishedPath } from '../../../domain/work/artifacts/artifact.ts';
import { MAX_ARTIFACTS_OF_RUN } from '../../../domain/work/artifacts/artifact.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, type Query, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** Whose eyes artifacts are seen with. */
export interface ArtifactViewer {
  readonly workspaceId: string;
  readonly userId: string;
}

/** An artifact as somebody sees it who may: docs/contracts/artifacts.md. */
export interface Artifact {
  readonly id: string;
  readonly workspace_id: string;
  readonly reference_token: string;
  readonly run_id: string;
  readonly chat_id: string | null;
  readonly project_id: string | null;
  readonly agent_id: string | null;
  readonly name: string;
  readonly kind: ArtifactKind;
  readonly mime: string;
  readonly current_revision: number;
  /** Whether the viewer may save another revision: who writes to its session, edits its project, or manages. */
  readonly may_edit: boolean;
  /** Its project is in the archive. */
  readonly is_archived: boolean;
}

export interface ArtifactRevision {
  readonly revision: number;
  readonly blob_id: string;
  readonly sha256: string;
  readonly size_bytes: number;
  readonly created_at: string;
}

/** An artifact `x` by its address, for who may know of the session or the project that it is of. */
function seen({ workspaceId, userId }: ArtifactViewer, token: string): Query {
  return sql`
    SELECT x.id, x.workspace_id, x.reference_token, x.run_id, x.chat_id, x.project_id, x.agent_id, x.name, x.kind,
      x.mime, x.current_revision, coalesce(p.archived_at IS NOT NULL, false) AS is_archived,
      CASE WHEN x.chat_id IS NOT NULL AND r.chat_role <> 'viewer' THEN true
        WHEN x.project_id IS NOT NULL THEN coalesce(r.project_role IN ('editor', 'owner'), false)
        ELSE m.role IN ('OWNER', 'ADMIN', 'MANAGER') AND (x.chat_id IS NULL OR c.visibility = 'workspace')
      END AS may_edit
    FROM artifacts x
    JOIN memberships m ON m.workspace_id = x.workspace_id AND m.user_id = ${userId} AND m.disabled_at IS NULL
    LEFT JOIN chats c ON c.workspace_id = x.workspace_id AND c.id = x.chat_id
    LEFT JOIN projects p ON p.workspace_id = x.workspace_id AND p.id = x.project_id
    CROSS JOIN LATERAL (
      SELECT CASE WHEN x.chat_id IS NOT NULL THEN crewship_chat_role(x.chat_id, ${userId}) END AS chat_role,
        CASE WHEN x.project_id IS NOT NULL THEN crewship_project_role(x.project_id, ${userId}) END AS project_role) r
    WHERE x.reference_token = ${token} AND x.workspace_id = ${workspaceId}
      AND (x.chat_id IS NULL OR r.chat_role IS NOT NULL) AND (x.project_id IS NULL OR r.project_role IS NOT NULL)`;
}

/** Null: there is none, or the viewer may not know of it. */
export function findArtifact(reads: ReadPool, viewer: ArtifactViewer, token: string): Promise<Artifact | null> {
  return reads.maybeOne<Artifact>([viewer.workspaceId], seen(viewer, token));
}

/** The same, as the transaction has left it, and held against others who save a revision. */
export async function lockArtifact(tx: Tx, viewer: ArtifactViewer, token: string): Promise<Artifact | null> {
  await tx.execute(sql`SELECT id FROM artifacts WHERE reference_token = ${token} FOR UPDATE`);
  return tx.maybeOne<Artifact>(seen(viewer, token));
}

/** As the job's worker has it, whoever may see it. */
export function findArtifactToTidy(
  reads: ReadPool,
  workspaceId: string,
  token: string,
): Promise<Omit<Artifact, 'may_edit' | 'is_archived'> | null> {
  return reads.maybeOne(
    [workspaceId],
    sql`
      SELECT id, workspace_id, reference_token, run_id, chat_id, project_id, agent_id, name, kind, mime,
        current_revision
      FROM artifacts WHERE reference_token = ${token} AND workspace_id = ${workspaceId}`,
  );
}

/** Null: it never had so many. */
export function findRevision(
  reads: ReadPool,
  artifact: Pick<Artifact, 'id' | 'workspace_id'>,
  revision: number,
): Promise<ArtifactRevision | null> {
  return reads.maybeOne<ArtifactRevision>(
    [artifact.workspace_id],
    sql`
      SELECT revision, blob_id, sha256, size_bytes, created_at FROM artifact_revisions
      WHERE artifact_id = ${artifact.id} AND workspace_id = ${artifact.workspace_id} AND revision = ${revision}`,
  );
}

/** What a run published, as JSON: of the run that a fragment names, for queries that read it with what it is of. */
export function artifactsOfRun(runId: Fragment): Fragment {
  return sql.fragment`
    (SELECT coalesce(jsonb_agg(jsonb_build_object('reference_token', x.reference_token, 'name', x.name,
        'title', x.title, 'kind', x.kind, 'mime', x.mime, 'size_bytes', v.size_bytes, 'revision', v.revision)
        ORDER BY x.created_at, x.id), '[]'::jsonb)
      FROM artifacts x JOIN artifact_revisions v ON v.artifact_id = x.id AND v.revision = x.current_revision
      WHERE x.run_id = ${runId})`;
}

/** What a run published that its reader was found to see. */
export async function listArtifactsOfRun(
  reads: ReadPool,
  workspaceId: string,
  runId: string,
): Promise<readonly ArtifactRef[]> {
  const row = await reads.maybeOne<{ artifacts: readonly ArtifactRef[] }>(
    [workspaceId],
    sql`
      SELECT ${artifactsOfRun(sql.fragment`r.id`)} AS artifacts FROM runs r
      WHERE r.id = ${runId} AND r.workspace_id = ${workspaceId}`,
  );
  return row?.artifacts ?? [];
}

/** What the agent of a run asked to have published, and what of it, or of its result, is published already. */
export async function readPublication(
  reads: ReadPool,
  workspaceId: string,
  runId: string,
): Promise<{ readonly asked: readonly PublishedPath[]; readonly published: ReadonlySet<string> }> {
  const [asked, published] = await Promise.all([
    reads.any<PublishedPath>(
      [workspaceId],
      sql`
        SELECT path, title FROM artifact_requests WHERE run_id = ${runId} AND workspace_id = ${workspaceId}
        ORDER BY created_at, path ${sql.limit(MAX_ARTIFACTS_OF_RUN)}`,
    ),
    reads.any<{ path: string }>(
      [workspaceId],
      sql`SELECT path FROM artifacts WHERE run_id = ${runId} AND workspace_id = ${workspaceId}`,
    ),
  ]);
  return { asked, published: new Set(published.map(({ path }) => path)) };
}
