import { z } from 'zod';
import type { Database } from '../../../db/kernel/database.ts';
import { listToolCalls } from '../../../db/integrations/mcp/list-tool-calls.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { toolCallAnswer, toolCallQuery } from './tool-call-schemas.ts';

/** What agents did through MCP: docs/contracts/internal-ipc.md, Tool calls. */
export function createToolCallRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/mcp-tool-calls',
      operationId: 'listToolCalls',
      summary: 'List MCP tool calls, newest first',
      tags: ['Journal'],
      authority: { access: 'member', action: 'read', scope: 'journal:read' },
      query: toolCallQuery,
      responses: { 200: z.array(toolCallAnswer) },
      handler: async (ctx) => {
        const { agent_id: agentId, server_id: serverId, status, since, until } = ctx.query;
        const filter = { agentId, serverId, status, since, until };
        const page = await listToolCalls(deps.database.reads, ctx.workspace.id, filter, ctx.query);
        return ok([...page.rows], pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
  ];
}
