import { updateNamespace } from '../../../commands/knowledge/namespaces/namespace-commands.ts';
import { listNamespaces } from '../../../db/knowledge/namespaces/namespaces-store.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  namespaceAnswer,
  namespaceParams,
  namespacePatchBody,
  namespacesAnswer,
  namespacesQuery,
} from './namespace-schemas.ts';
import { knowledgeCaller, type KnowledgeDeps, onlookerOf } from './on-knowledge.ts';

/** Where knowledge is kept, and who reaches it: docs/contracts/knowledge.md, Namespaces. */
export function createNamespaceRoutes({ database }: KnowledgeDeps): Route[] {
  const tags = ['Knowledge'];
  const url = '/api/v1/knowledge/namespaces';
  return [
    defineRoute({
      method: 'GET',
      url,
      operationId: 'listNamespaces',
      summary: 'List the namespaces of knowledge that the caller reaches',
      tags,
      authority: { access: 'member', action: 'read', scope: 'knowledge:read' },
      query: namespacesQuery,
      responses: { 200: namespacesAnswer },
      handler: async (ctx) => {
        const { limit, offset } = ctx.query;
        const page = await listNamespaces(database.reads, onlookerOf(ctx), ctx.query);
        const body = { items: page.rows, total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: `${url}/:namespaceName`,
      operationId: 'updateNamespace',
      summary: 'Change the title of a namespace, or whether what is written into it is reviewed',
      description: 'The title of a project’s is the project’s name: 400.',
      tags,
      authority: { access: 'member', action: 'manage', scope: 'knowledge:write' },
      params: namespaceParams,
      body: namespacePatchBody,
      responses: { 200: namespaceAnswer },
      errors: ['version_conflict', 'wrong_state'],
      handler: (ctx) => {
        const { title, review_required: reviewRequired, version } = ctx.body;
        const change = { name: ctx.params.namespaceName, version, title, reviewRequired };
        return ctx.write(async (tx) => ok(await updateNamespace(tx, knowledgeCaller(ctx), change, ctx.actor)));
      },
    }),
  ];
}
