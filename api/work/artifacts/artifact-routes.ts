import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { requestJob } from '../../../commands/engine/jobs/request-job.ts';
import { type BlobDeps, writeBlob } from '../../../commands/kernel/blobs/write-blob.ts';
import { recordDownload, refuseEditing, reviseArtifact } from '../../../commands/work/artifacts/revise-artifact.ts';
import {
  type Artifact,
  type ArtifactViewer,
  findArtifact,
  findRevision,
} from '../../../db/work/artifacts/artifacts-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { MAX_HTML_BYTES, refuseStaleBase, refuseUnlessHtml } from '../../../domain/work/artifacts/artifact.ts';
import { layoutCleanupJob } from '../../../domain/work/artifacts/layout-cleanup-job.ts';
import { cleanHtml } from '../../../platform/html/clean-html.ts';
import { byteRange, rangeHeaders } from '../../http/kernel/byte-range.ts';
import { downloadHeaders } from '../../http/kernel/download-headers.ts';
import { accepted, created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { clientGone } from '../../http/waits/client-gone.ts';
import {
  artifactParams,
  artifactQuery,
  downloadAnswer,
  layoutCleanupAnswer,
  layoutCleanupBody,
  newRevisionBody,
  REVISION_BODY_BYTES,
  revisionAnswer,
  sourceAnswer,
} from './artifact-schemas.ts';

interface Caller {
  readonly workspace: { readonly id: string };
  readonly principal: { readonly userId: string | null };
}

/** What runs published, for who sees what it is of: docs/contracts/artifacts.md. */
export function createArtifactRoutes(deps: {
  readonly database: Pick<Database, 'reads' | 'transaction' | 'systemTransaction' | 'systemReads'>;
  readonly blobs: Pick<BlobDeps, 'store' | 'quotaBytes'>;
}): Route[] {
  const { database, blobs } = deps;
  const { reads } = database;
  const tags = ['Artifacts'];
  const read = { access: 'member', action: 'read', scope: 'artifacts:read' } as const;
  // Who may save is what the artifact is of to say, whatever the role in the workspace.
  const write = { access: 'member', action: 'read', scope: 'artifacts:write' } as const;

  const viewerOf = (ctx: Caller): ArtifactViewer => ({
    workspaceId: ctx.workspace.id,
    userId: ctx.principal.userId ?? '',
  });

  async function artifactOf(ctx: Caller & { readonly params: { readonly referenceToken: string } }): Promise<Artifact> {
    const artifact = await findArtifact(reads, viewerOf(ctx), ctx.params.referenceToken);
    if (artifact === null) throw notFound('attachment');
    return artifact;
  }

  async function revisionOf(artifact: Artifact, asked: number | undefined) {
    const revision = await findRevision(reads, artifact, asked ?? artifact.current_revision);
    if (revision === null) throw notFound('revision');
    return revision;
  }

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/attachments/:referenceToken/download',
      operationId: 'downloadAttachment',
      summary: 'Take a file that a run published',
      description: 'As an attachment that runs nothing where it is shown; `Range` takes a part.',
      tags,
      authority: read,
      params: artifactParams,
      query: artifactQuery,
      contentType: 'application/octet-stream',
      responses: { 200: downloadAnswer, 206: downloadAnswer },
      errors: ['range_not_satisfiable', 'unavailable'],
      handler: async (ctx) => {
        const artifact = await artifactOf(ctx);
        const { revision, blob_id: blobId, size_bytes: size } = await revisionOf(artifact, ctx.query.revision);
        const range = byteRange(ctx.request.headers.range, size);
        const headers = { ...rangeHeaders(range, size), ...downloadHeaders(artifact) };
        const status = range === null ? 200 : 206;
        if (ctx.request.method === 'HEAD') return { status, body: '', headers };
        const workspaceId = artifact.workspace_id;
        const bytes = await blobs.store.read(
          { workspaceId, blobId },
          range === null ? undefined : { from: range.start, to: range.end - 1 },
        );
        // A part after the first is of a download that was told already.
        if (range === null || range.start === 0) {
          await database.transaction({ workspaceIds: [workspaceId], requestId: ctx.requestId }, (tx) =>
            Promise.resolve(recordDownload(tx, artifact, revision, ctx.actor)),
          );
        }
        return { status, body: bytes, headers };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/attachments/:referenceToken/source',
      operationId: 'getAttachmentSource',
      summary: 'Read the HTML of a file that a run published',
      description: 'Up to 2 MiB. Of anything else a 409 with `reason` `not_html`.',
      tags,
      authority: read,
      params: artifactParams,
      query: artifactQuery,
      responses: { 200: sourceAnswer },
      errors: ['conflict', 'payload_too_large', 'unavailable'],
      handler: async (ctx) => {
        const artifact = await artifactOf(ctx);
        refuseUnlessHtml(artifact.kind);
        const found = await revisionOf(artifact, ctx.query.revision);
        if (found.size_bytes > MAX_HTML_BYTES) {
          throw new CrewshipError('payload_too_large', 'it is too long to be read as a source; download it', {
            extensions: { limit_bytes: MAX_HTML_BYTES },
          });
        }
        const { revision, sha256, created_at: updatedAt, blob_id: blobId } = found;
        const content = await buffer(await blobs.store.read({ workspaceId: artifact.workspace_id, blobId }));
        const editable = artifact.may_edit && !artifact.is_archived;
        return ok({ revision, html: content.toString('utf8'), sha256, editable, updated_at: updatedAt });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/attachments/:referenceToken/revisions',
      operationId: 'reviseAttachment',
      summary: 'Save another revision of an HTML file',
      description:
        'What runs, sends or fetches is taken out, and `removed` says what. Of those who save at the same moment one ' +
        'does: 409 with `reason` `stale_base` and `current_revision`.',
      tags,
      authority: write,
      params: artifactParams,
      body: newRevisionBody,
      limits: { bodyBytes: REVISION_BODY_BYTES },
      responses: { 201: revisionAnswer },
      errors: ['conflict', 'wrong_state', 'storage_full', 'unavailable'],
      handler: async (ctx) => {
        const earlier = await ctx.earlier();
        if (earlier !== null) return earlier;
        const artifact = await artifactOf(ctx);
        // Before the text is read: nobody who may not save has it sanitised.
        refuseEditing(artifact);
        refuseUnlessHtml(artifact.kind);
        refuseStaleBase(artifact.current_revision, ctx.body.base_revision);
        const client = clientGone(ctx.request.raw);
        const { html, removed } = await cleanHtml(ctx.body.html, {
          share: artifact.workspace_id,
          signal: client.signal,
        }).finally(client.release);
        const written = await writeBlob(
          { db: database, ...blobs },
          {
            workspaceId: artifact.workspace_id,
            source: Readable.from([Buffer.from(html)]),
            limitBytes: 2 * MAX_HTML_BYTES,
          },
        );
        const { base_revision: base, note } = ctx.body;
        const saved = { token: artifact.reference_token, base, written, removed, note: note ?? null };
        return ctx.write(async (tx) => {
          const made = await reviseArtifact(tx, viewerOf(ctx), saved, ctx.actor);
          return created({ ...made, removed: [...removed] });
        });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/attachments/:referenceToken/layout-cleanup',
      operationId: 'tidyAttachment',
      summary: 'Tidy the layout of an HTML file into another revision',
      description:
        'A job of the kind `artifact.layout-cleanup`; one of a file goes on at a time: 409 with `reason` `running`.',
      tags,
      authority: write,
      params: artifactParams,
      body: layoutCleanupBody,
      responses: { 202: layoutCleanupAnswer },
      errors: ['conflict', 'wrong_state', 'limit_reached'],
      handler: async (ctx) => {
        const artifact = await artifactOf(ctx);
        refuseEditing(artifact);
        const { base_revision: base, instructions } = ctx.body ?? {};
        const input = {
          reference_token: artifact.reference_token,
          ...(base === undefined ? {} : { base_revision: base }),
          ...(instructions === undefined ? {} : { instructions }),
        };
        return ctx.write(async (tx) => {
          const request = { workspaceId: artifact.workspace_id, kind: layoutCleanupJob, input, actor: ctx.actor };
          return accepted({ job_id: (await requestJob(tx, request)).id });
        });
      },
    }),
  ];
}
