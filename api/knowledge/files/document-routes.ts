import { holdJobRoom, requestJob } from '../../../commands/engine/jobs/request-job.ts';
import { addFile, type AddedFile } from '../../../commands/knowledge/files/file-commands.ts';
import { ensureFolder } from '../../../commands/work/projects/folder-commands.ts';
import { holdProject } from '../../../commands/work/projects/hold-project.ts';
import { listFiles, refuseForeignFiles } from '../../../db/knowledge/files/files-store.ts';
import { readNamedReach, sightIds } from '../../../db/knowledge/namespaces/reach.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { MAX_DOCUMENT_BYTES } from '../../../domain/knowledge/files/document-format.ts';
import { reingestJob } from '../../../domain/knowledge/files/ingest-jobs.ts';
import { type KnowledgeFile, MAX_UPLOADED_FILES } from '../../../domain/knowledge/files/knowledge-file.ts';
import { namespaceOfProject } from '../../../domain/knowledge/namespaces/namespace.ts';
import { refuseArchived, refuseBelow } from '../../../domain/work/projects/project.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { readUploads } from '../../http/kernel/read-upload.ts';
import { accepted, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { parseForm } from '../../http/kernel/validate.ts';
import { enteredProject } from '../../work/projects/on-project.ts';
import { projectParams } from '../../work/projects/project-schemas.ts';
import { knowledgeCaller, onlookerOf } from '../namespaces/on-knowledge.ts';
import type { FileDeps } from './file-routes.ts';
import {
  documentsAnswer,
  documentsQuery,
  reingestAnswer,
  reingestBody,
  uploadAnswer,
  uploadForm,
} from './file-schemas.ts';
import { receiveDocument, type ReceivedDocument } from './receive-document.ts';

function documentOf({ filename: name, ...file }: KnowledgeFile) {
  return { ...file, name };
}

/** Documents of projects, which are files of the project’s namespace: docs/contracts/projects.md, Documents. */
export function createDocumentRoutes(deps: Omit<FileDeps, 'outbound'>): Route[] {
  const { database, blobs } = deps;
  const { reads } = database;
  const tags = ['Projects'];
  const read = { access: 'member', action: 'read', scope: 'projects:read' } as const;
  // Who may write is the project’s to say, whatever the role in the workspace.
  const write = { access: 'member', action: 'read', scope: 'projects:write' } as const;
  const url = '/api/v1/projects/:projectId/documents';
  return [
    defineRoute({
      method: 'GET',
      url,
      operationId: 'listDocuments',
      summary: 'List the documents of a project, newest first',
      tags,
      authority: read,
      params: projectParams,
      query: documentsQuery,
      responses: { 200: documentsAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const project = await enteredProject(deps, ctx);
        const { folder, status: statuses, q: search, limit, offset } = ctx.query;
        const reach = await readNamedReach(reads, onlookerOf(ctx), [namespaceOfProject(project.id)]);
        const filter = { statuses, folder, search };
        const page = await listFiles(reads, ctx.workspace.id, sightIds(reach), filter, ctx.query);
        const body = { items: page.rows.map(documentOf), total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: `${url}/upload`,
      operationId: 'uploadDocuments',
      summary: 'Add documents to a project',
      description:
        'For its editors. Multipart with up to ten parts `file` of up to 50 MiB, all of which are added or none, and ' +
        'the fields `folder`, which is made where it is missing, and `on_conflict` (`version`, `rename` or `fail`: ' +
        '409 with `reason: "exists"`). What a document is, is told by its content: 415 for a type that is not taken ' +
        'in. 409 with `reason: "ingest_running"` for another content of one that is being read.',
      tags,
      authority: write,
      isUpload: true,
      params: projectParams,
      responses: { 202: uploadAnswer },
      errors: [
        ...(['conflict', 'wrong_state', 'limit_reached', 'storage_full', 'unavailable'] as const),
        ...(['ambiguous_reference', 'unsupported_media_type'] as const),
      ],
      handler: async (ctx) => {
        const project = await enteredProject(deps, ctx);
        // Before anything is stored: nobody fills the store who may not.
        refuseBelow(project.my_role, 'editor');
        const { fields, files: stored } = await readUploads(
          ctx.request,
          { field: 'file', files: MAX_UPLOADED_FILES, fileBytes: MAX_DOCUMENT_BYTES },
          (content, filename) =>
            receiveDocument({ db: database, ...blobs }, { workspaceId: ctx.workspace.id, filename, content }),
          // What nothing keeps is collected.
          async () => {},
        );
        if (stored.length === 0) throw invalidField('file', 'is required');
        const { folder, on_conflict: onConflict } = parseForm(uploadForm, fields);
        if (onConflict === 'version') refuseTwins(stored);
        // What a repeated request is compared by.
        const sent = stored.map(({ filename, written }) => ({ filename, sha256: written.sha256 }));
        ctx.request.body = { folder, on_conflict: onConflict, files: sent };
        return ctx.write(async (tx) => {
          await holdJobRoom(tx, ctx.workspace.id);
          const call = { projectId: project.id, userId: ctx.principal.userId! };
          const held = await holdProject(tx, call, 'editor', ctx.actor);
          refuseArchived(held);
          await ensureFolder(tx, held, `/${folder}`, ctx.actor);
          const added: AddedFile[] = [];
          for (const document of stored) {
            const file = {
              ...document,
              ...{ namespace: namespaceOfProject(project.id), folder, onConflict, title: null, tags: [] },
              ...{ visible: true, sourceUrl: null, oncePerContent: false },
            };
            added.push(await addFile(tx, knowledgeCaller(ctx), file, ctx.actor));
          }
          return accepted({
            documents: added.map(({ file }) => documentOf(file)),
            job_ids: added.flatMap(({ jobId }) => jobId ?? []),
          });
        });
      },
    }),
    defineRoute({
      method: 'POST',
      url: `${url}/reingest`,
      operationId: 'reingestDocuments',
      summary: 'Read documents of a project again',
      description:
        'For its editors: a job of the kind `document.reingest`. Without `force` those that failed, and those that ' +
        'an older edition of the readers has read. `all` takes at most 1,000, and leaves out what is being read; of ' +
        'those that are named that is a 409 with `reason: "ingest_running"`.',
      tags,
      authority: write,
      params: projectParams,
      body: reingestBody,
      responses: { 202: reingestAnswer },
      errors: ['conflict', 'wrong_state', 'limit_reached', 'ambiguous_reference'],
      handler: async (ctx) => {
        const project = await enteredProject(deps, ctx);
        refuseBelow(project.my_role, 'editor');
        const { document_ids: ids, force } = ctx.body;
        const input: JsonObject =
          ids === undefined
            ? { all: true as const, namespace: namespaceOfProject(project.id), force }
            : { file_ids: ids, force };
        return ctx.write(async (tx) => {
          if (ids !== undefined) await refuseForeignFiles(tx, project.id, ids);
          const request = { workspaceId: ctx.workspace.id, kind: reingestJob, input, actor: ctx.actor };
          return accepted({ job_ids: [(await requestJob(tx, request)).id] });
        });
      },
    }),
  ];
}

/** Two contents of one document in one request: neither is the newest. */
function refuseTwins(documents: readonly ReceivedDocument[]): void {
  const names = new Set(documents.map(({ filename }) => filename));
  if (names.size < documents.length) throw invalidField('file', 'must not have the name of another');
}
