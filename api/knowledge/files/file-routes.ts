import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { addFile, deleteFile, namedFile, setFileVisibility } from '../../../commands/knowledge/files/file-commands.ts';
import type { BlobDeps } from '../../../commands/kernel/blobs/write-blob.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { getFileOfEntry, listFiles } from '../../../db/knowledge/files/files-store.ts';
import { readNamedReach, sightIds } from '../../../db/knowledge/namespaces/reach.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { entrySlug } from '../../../domain/knowledge/entries/entry.ts';
import { MAX_DOCUMENT_BYTES } from '../../../domain/knowledge/files/document-format.ts';
import { namespaceOfProject } from '../../../domain/knowledge/namespaces/namespace.ts';
import type { GuardedClient } from '../../../platform/guarded-http/guarded-client.ts';
import { byteRange, rangeHeaders } from '../../http/kernel/byte-range.ts';
import { downloadHeaders } from '../../http/kernel/download-headers.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { readUpload } from '../../http/kernel/read-upload.ts';
import { accepted, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { parseForm } from '../../http/kernel/validate.ts';
import { clientGone } from '../../http/waits/client-gone.ts';
import { entryParams } from '../entries/entry-schemas.ts';
import { knowledgeCaller, onlookerOf, sightOf } from '../namespaces/on-knowledge.ts';
import { fetchDocument } from './fetch-document.ts';
import {
  deleteFileAnswer,
  deleteFileQuery,
  fileAnswer,
  fileDownloadAnswer,
  fileDownloadQuery,
  filesAnswer,
  filesQuery,
  INGEST_BODY_BYTES,
  ingestAnswer,
  ingestBody,
  ingestForm,
  visibilityBody,
} from './file-schemas.ts';
import { receiveDocument } from './receive-document.ts';

export interface FileDeps {
  readonly database: Pick<Database, 'reads' | 'transaction' | 'systemTransaction' | 'systemReads'>;
  readonly blobs: Pick<BlobDeps, 'store' | 'quotaBytes'>;
  readonly outbound: Pick<GuardedClient, 'send'>;
}

/** Files that knowledge is made from: docs/contracts/knowledge.md, Files. */
export function createFileRoutes(deps: FileDeps): Route[] {
  const { database, blobs } = deps;
  const { reads } = database;
  const blobDeps = (): BlobDeps => ({ db: database, ...blobs });
  const tags = ['Knowledge'];
  const read = { access: 'member', action: 'read', scope: 'knowledge:read' } as const;
  const write = { access: 'member', action: 'participate', scope: 'knowledge:write' } as const;
  const url = '/api/v1/knowledge/files';

  /** What a multipart request has: one file, and what is said of it. */
  async function receiveForm(request: Parameters<typeof readUpload>[0], workspaceId: string) {
    const { fields, stored: document } = await readUpload(
      request,
      MAX_DOCUMENT_BYTES,
      (content, filename) => receiveDocument(blobDeps(), { workspaceId, filename, content }),
      // What nothing keeps is collected.
      async () => {},
    );
    if (document === null) throw invalidField('file', 'is required');
    const said = parseForm(ingestForm, fields);
    return { ...said, ...document, sourceUrl: null };
  }

  /** A text is a file, too: named by its title, or where it has none by what it says. */
  function receiveText(text: string, title: string | null, workspaceId: string) {
    const bytes = Buffer.from(text);
    const name = title === null ? '' : entrySlug(title);
    const filename = `${name || `text-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`}.md`;
    return receiveDocument(blobDeps(), { workspaceId, filename, content: Readable.from([bytes]) });
  }

  async function receiveBody(
    body: NonNullable<typeof ingestBody._output>,
    raw: Parameters<typeof clientGone>[0],
    workspaceId: string,
  ) {
    if (body.text !== undefined) {
      return { ...body, ...(await receiveText(body.text, body.title, workspaceId)), sourceUrl: null };
    }
    const client = clientGone(raw);
    try {
      const given = { workspaceId, url: body.url!, signal: client.signal };
      const { url: sourceUrl, ...document } = await fetchDocument({ ...blobDeps(), client: deps.outbound }, given);
      return { ...body, ...document, sourceUrl };
    } finally {
      client.release();
    }
  }

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/knowledge/ingest',
      operationId: 'ingestKnowledge',
      summary: 'Take a file, a page of the web or a text into a namespace, and make entries of it',
      description:
        'Multipart with `file` of up to 50 MiB and fields beside it, or JSON with `url` or `text`. What it is, is ' +
        'told by its content: 415 for a type that is not taken in. Another content under a name that the namespace ' +
        'has is ' +
        'that file’s next version, and what was made of the last one is found until it is read. 200 where the ' +
        'namespace has the content already; 409 with `reason: "ingest_running"` while the file is read.',
      tags,
      authority: write,
      isUpload: true,
      limits: { bodyBytes: INGEST_BODY_BYTES },
      body: ingestBody,
      responses: { 200: ingestAnswer, 202: ingestAnswer },
      errors: [
        ...(['not_found', 'conflict', 'wrong_state', 'limit_reached', 'storage_full', 'unavailable'] as const),
        ...(['address_refused', 'egress_failed', 'unsupported_media_type'] as const),
      ],
      handler: async (ctx) => {
        const { body, request, workspace } = ctx;
        const given =
          body == null ? await receiveForm(request, workspace.id) : await receiveBody(body, request.raw, workspace.id);
        const { namespace, title, visibility, filename, format, written, sourceUrl } = given;
        // What a repeated request is compared by.
        if (body == null) {
          request.body = { namespace, title, visibility, tags: given.tags, filename, sha256: written.sha256 };
        }
        const file = {
          ...{ namespace, folder: '', filename, format, title, written, sourceUrl },
          tags: [...new Set(given.tags)],
          visible: visibility === 'visible',
          onConflict: 'version',
          oncePerContent: true,
        } as const;
        return ctx.write(async (tx) => {
          const added = await addFile(tx, knowledgeCaller(ctx), file, ctx.actor);
          const answer = { file_id: added.file.id, job_id: added.file.job_id };
          return added.jobId === null ? ok(answer) : accepted(answer);
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url,
      operationId: 'listKnowledgeFiles',
      summary: 'List files that knowledge is made from, newest first',
      description: 'Those that the caller sees. A namespace or project that they do not reach is a 404.',
      tags,
      authority: read,
      query: filesQuery,
      responses: { 200: filesAnswer },
      errors: ['not_found'],
      handler: async (ctx) => {
        const { namespace, project_id: projectId, status: statuses, limit, offset } = ctx.query;
        const names = projectId === undefined ? [] : [namespaceOfProject(projectId)];
        if (namespace !== undefined) names.push(namespace);
        const reach = await readNamedReach(reads, onlookerOf(ctx), names);
        const page = await listFiles(reads, ctx.workspace.id, sightIds(reach), { statuses }, ctx.query);
        const body = { items: page.rows, total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'DELETE',
      url,
      operationId: 'deleteKnowledgeFile',
      summary: 'Delete a file with the entries that were made of it',
      description: 'Of who added it, or an administrator’s. 409 with `reason: "ingest_running"` while it is read.',
      tags,
      authority: write,
      query: deleteFileQuery,
      responses: { 200: deleteFileAnswer },
      errors: ['not_found', 'conflict', 'wrong_state'],
      handler: (ctx) => {
        const { file_id: id, namespace, filename } = ctx.query;
        const named = id === undefined ? namedFile(namespace!, filename!) : { id };
        return ctx.write(async (tx) => ok(await deleteFile(tx, knowledgeCaller(ctx), named, ctx.actor)));
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: `${url}/visibility`,
      operationId: 'setKnowledgeFileVisibility',
      summary: 'Let what was made of a file be found, or not',
      description: 'Of who added it, or an administrator’s. Entries of a hidden file are for who writes there.',
      tags,
      authority: write,
      body: visibilityBody,
      responses: { 200: fileAnswer },
      errors: ['not_found', 'wrong_state'],
      handler: (ctx) => {
        const change = { id: ctx.body.file_id, visible: ctx.body.visible };
        return ctx.write(async (tx) => ok(await setFileVisibility(tx, knowledgeCaller(ctx), change, ctx.actor)));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/knowledge/:knowledgeId/file',
      operationId: 'downloadKnowledgeFile',
      summary: 'Take the file that an entry was made from',
      description:
        'As an attachment that runs nothing where it is shown; `Range` takes a part. 404 for an entry that was made ' +
        'from none, and for who only reads, while one of the file’s entries is not for them.',
      tags,
      authority: read,
      params: entryParams,
      query: fileDownloadQuery,
      contentType: 'application/octet-stream',
      responses: { 200: fileDownloadAnswer, 206: fileDownloadAnswer },
      errors: ['range_not_satisfiable', 'unavailable'],
      handler: async (ctx) => {
        const workspaceId = ctx.workspace.id;
        const file = await getFileOfEntry(reads, workspaceId, await sightOf(deps, ctx), ctx.params.knowledgeId);
        const { size_bytes: size, blob_id: blobId } = file;
        const range = byteRange(ctx.request.headers.range, size);
        const headers = { ...rangeHeaders(range, size), ...downloadHeaders(file) };
        const status = range === null ? 200 : 206;
        if (ctx.request.method === 'HEAD') return { status, body: '', headers };
        const part = range === null ? undefined : { from: range.start, to: range.end - 1 };
        return { status, body: await blobs.store.read({ workspaceId, blobId }, part), headers };
      },
    }),
  ];
}
