import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ToolCall } from '../../../domain/integrations/mcp/tool-call.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** Records a tool call. Throws `not_found` for an agent that is not the crew's. */
export async function recordToolCall(tx: Tx, call: Omit<ToolCall, 'id' | 'created_at'>, actor: Actor): Promise<string> {
  const agent = await tx.maybeOne(sql`
    SELECT 1 FROM agents WHERE id = ${call.agent_id} AND crew_id = ${call.crew_id} AND deleted_at IS NULL`);
  if (agent === null) throw notFound('agent');
  const id = newId();
  await tx.execute(sql`
    INSERT INTO mcp_tool_calls (id, workspace_id, crew_id, agent_id, mcp_server_id, mcp_server_scope, tool_name, status,
      duration_ms, error_message)
    VALUES (${id}, ${call.workspace_id}, ${call.crew_id}, ${call.agent_id}, ${call.mcp_server_id},
      ${call.mcp_server_scope}, ${call.tool_name}, ${call.status}, ${call.duration_ms}, ${call.error_message})`);
  tx.journal({
    type: 'mcp.tool_call',
    severity: call.status === 'success' ? 'info' : 'warn',
    actor,
    workspaceId: call.workspace_id,
    crewId: call.crew_id,
    agentId: call.agent_id,
    targetType: 'mcp_tool_call',
    targetId: id,
    summary: `MCP tool call: ${call.status}`,
    payload: {
      mcp_server_id: call.mcp_server_id,
      mcp_server_scope: call.mcp_server_scope,
      tool_name: call.tool_name,
      status: call.status,
      duration_ms: call.duration_ms,
    },
  });
  return id;
}
