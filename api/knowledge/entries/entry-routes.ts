import { z } from 'zod';
import { createEntry, deleteEntry, replaceEntry } from '../../../commands/knowledge/entries/entry-commands.ts';
import { getEntry, listEntries } from '../../../db/knowledge/entries/entries-store.ts';
import { readNamedReach, sightIds } from '../../../db/knowledge/namespaces/reach.ts';
import { namespaceOfProject } from '../../../domain/knowledge/namespaces/namespace.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { knowledgeCaller, type KnowledgeDeps, onlookerOf, sightOf } from '../namespaces/on-knowledge.ts';
import {
  entriesAnswer,
  entriesQuery,
  entryAnswer,
  entryBody,
  entryParams,
  entryQuery,
  newEntryBody,
  toFields,
} from './entry-schemas.ts';

/** What a workspace knows: docs/contracts/knowledge.md, Entries. */
export function createEntryRoutes(deps: KnowledgeDeps): Route[] {
  const { reads } = deps.database;
  const tags = ['Knowledge'];
  const read = { access: 'member', action: 'read', scope: 'knowledge:read' } as const;
  const write = { access: 'member', action: 'participate', scope: 'knowledge:write' } as const;
  const url = '/api/v1/knowledge';
  return [
    defineRoute({
      method: 'GET',
      url,
      operationId: 'listEntries',
      summary: 'List entries of knowledge, without their contents',
      description: 'Those that the caller sees. A namespace or project that they do not reach is a 404.',
      tags,
      authority: read,
      query: entriesQuery,
      responses: { 200: entriesAnswer },
      errors: ['not_found'],
      handler: async (ctx) => {
        const { namespace, project_id: projectId, limit, offset, status, kind, tag, q, sort } = ctx.query;
        const names = projectId === undefined ? [] : [namespaceOfProject(projectId)];
        if (namespace !== undefined) names.push(namespace);
        const reach = await readNamedReach(reads, onlookerOf(ctx), names);
        const filter = { statuses: status, kinds: kind, tag, search: q, order: sort };
        const more = { fileId: ctx.query.file_id, updatedSince: ctx.query.updated_since };
        const page = await listEntries(reads, ctx.workspace.id, sightIds(reach), { ...filter, ...more }, ctx.query);
        const body = { items: page.rows, total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url,
      operationId: 'createEntry',
      summary: 'Write an entry into a namespace',
      description:
        'A MANAGER makes the namespace by this if it is missing. 409 with `reason: "slug"` when another entry of it ' +
        'has the title, and with `reason: "exists"` when two links are one.',
      tags,
      authority: write,
      body: newEntryBody,
      responses: { 201: entryAnswer },
      errors: ['not_found', 'conflict', 'wrong_state', 'limit_reached'],
      handler: (ctx) => {
        const { namespace, links } = ctx.body;
        const given = { ...toFields(ctx.body), namespace, links };
        return ctx.write(async (tx) => created(await createEntry(tx, knowledgeCaller(ctx), given, ctx.actor)));
      },
    }),
    defineRoute({
      method: 'GET',
      url: `${url}/:knowledgeId`,
      operationId: 'getEntry',
      summary: 'Get an entry, as it is or as it was in a version',
      tags,
      authority: read,
      params: entryParams,
      query: entryQuery,
      responses: { 200: entryAnswer },
      hasETag: true,
      handler: async (ctx) => {
        const sight = await sightOf(deps, ctx);
        return ok(await getEntry(reads, ctx.workspace.id, sight, ctx.params.knowledgeId, ctx.query.version));
      },
    }),
    defineRoute({
      method: 'PUT',
      url: `${url}/:knowledgeId`,
      operationId: 'replaceEntry',
      summary: 'Put a whole entry in place of the version that was read',
      description:
        'Earlier versions are kept. A `status` that does not follow is a 409 with `current_status`; what waits for a ' +
        'review or is in quarantine is not published by this.',
      tags,
      authority: write,
      params: entryParams,
      body: entryBody,
      responses: { 200: entryAnswer },
      errors: ['conflict', 'version_conflict', 'wrong_state'],
      handler: (ctx) => {
        const change = { id: ctx.params.knowledgeId, version: ctx.body.version, fields: toFields(ctx.body) };
        return ctx.write(async (tx) => {
          const check = (current: object) => ctx.ifMatch(entryAnswer, current);
          return ok(await replaceEntry(tx, knowledgeCaller(ctx), change, ctx.actor, check));
        });
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: `${url}/:knowledgeId`,
      operationId: 'deleteEntry',
      summary: 'Delete an entry with its versions and links',
      description: 'Its author’s, or an administrator’s.',
      tags,
      authority: write,
      params: entryParams,
      responses: { 204: z.null() },
      errors: ['wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          await deleteEntry(tx, knowledgeCaller(ctx), ctx.params.knowledgeId, ctx.actor);
          return noContent();
        }),
    }),
  ];
}
