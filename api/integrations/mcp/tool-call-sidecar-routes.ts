import { z } from 'zod';
import { recordToolCall } from '../../../commands/integrations/mcp/record-tool-call.ts';
import { MCP_SERVER_SCOPES, TOOL_CALL_STATUSES } from '../../../domain/integrations/mcp/tool-call.ts';
import { idField } from '../../http/kernel/fields.ts';
import { created, defineRoute, type Route } from '../../http/kernel/route.ts';

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
const toolCallBody = z.object({
  agent_id: idField,
  mcp_server_id: idField,
  mcp_server_scope: z.enum(MCP_SERVER_SCOPES).default('workspace'),
  tool_name: z.string().min(1).max(255),
  status: z.enum(TOOL_CALL_STATUSES).default('success'),
  duration_ms: z.int().min(0).max(2_147_483_647).nullable().default(null),
  error_message: z.string().max(2_000).nullable().default(null),
});

/** What agents did with tools: docs/contracts/internal-ipc.md, Tool calls. */
export function createInternalToolCallRoutes(): Route[] {
  const tags = ['Internal'];
  const authority = { access: 'internal', ofEndedRuns: true } as const;

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/mcp-tool-calls',
      operationId: 'recordToolCall',
      summary: 'Record what an agent did with an MCP tool',
      tags,
      authority,
      body: toolCallBody,
      responses: { 201: z.object({ id: z.string() }) },
      errors: ['not_found', 'conflict', 'idempotency_mismatch'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const scope = { workspace_id: ctx.principal.workspace.id, crew_id: ctx.principal.crewId };
          return created({ id: await recordToolCall(tx, { ...ctx.body, ...scope }, ctx.actor) });
        }),
    }),
  ];
}
