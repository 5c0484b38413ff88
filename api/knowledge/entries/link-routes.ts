import { z } from 'zod';
import { createLink, deleteLink, updateLink } from '../../../commands/knowledge/entries/link-commands.ts';
import { getEntry } from '../../../db/knowledge/entries/entries-store.ts';
import { listLinks } from '../../../db/knowledge/entries/links-store.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { knowledgeCaller, type KnowledgeDeps, sightOf } from '../namespaces/on-knowledge.ts';
import {
  entryParams,
  linkAnswer,
  linkParams,
  linkPatchBody,
  linksAnswer,
  linksQuery,
  newLinkBody,
} from './entry-schemas.ts';

/** How entries belong together: docs/contracts/knowledge.md, Links. */
export function createLinkRoutes(deps: KnowledgeDeps): Route[] {
  const { reads } = deps.database;
  const tags = ['Knowledge'];
  const write = { access: 'member', action: 'participate', scope: 'knowledge:write' } as const;
  const url = '/api/v1/knowledge/:knowledgeId/links';
  return [
    defineRoute({
      method: 'GET',
      url,
      operationId: 'listLinks',
      summary: 'List the links from and to an entry whose other end the caller sees',
      tags,
      authority: { access: 'member', action: 'read', scope: 'knowledge:read' },
      params: entryParams,
      query: linksQuery,
      responses: { 200: linksAnswer },
      handler: async (ctx) => {
        const { direction, status, limit, offset } = ctx.query;
        const sight = await sightOf(deps, ctx);
        const { id } = await getEntry(reads, ctx.workspace.id, sight, ctx.params.knowledgeId);
        const filter = { entryId: id, direction, statuses: status };
        const page = await listLinks(reads, ctx.workspace.id, sight, filter, ctx.query);
        const body = { items: page.rows, total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url,
      operationId: 'createLink',
      summary: 'Link an entry to another',
      description: 'For who writes in the entry’s namespace and sees the other. 409 with `reason: "exists"`.',
      tags,
      authority: write,
      params: entryParams,
      body: newLinkBody,
      responses: { 201: linkAnswer },
      errors: ['conflict', 'wrong_state', 'limit_reached'],
      handler: (ctx) => {
        const call = { ...knowledgeCaller(ctx), entryId: ctx.params.knowledgeId };
        return ctx.write(async (tx) => created(await createLink(tx, call, ctx.body, ctx.actor)));
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: `${url}/:linkId`,
      operationId: 'updateLink',
      summary: 'Change a link from an entry, or decide on a proposed one',
      description: 'One that the entry’s text makes goes with the text: 409 with `reason: "from_text"`.',
      tags,
      authority: write,
      params: linkParams,
      body: linkPatchBody,
      responses: { 200: linkAnswer },
      errors: ['conflict', 'wrong_state'],
      handler: (ctx) => {
        const call = { ...knowledgeCaller(ctx), entryId: ctx.params.knowledgeId };
        return ctx.write(async (tx) => ok(await updateLink(tx, call, ctx.params.linkId, ctx.body, ctx.actor)));
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: `${url}/:linkId`,
      operationId: 'deleteLink',
      summary: 'Delete a link from an entry',
      description: 'As it is changed.',
      tags,
      authority: write,
      params: linkParams,
      responses: { 204: z.null() },
      errors: ['conflict', 'wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const call = { ...knowledgeCaller(ctx), entryId: ctx.params.knowledgeId };
          await deleteLink(tx, call, ctx.params.linkId, ctx.actor);
          return noContent();
        }),
    }),
  ];
}
