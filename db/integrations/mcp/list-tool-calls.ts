import type { ToolCall } from '../../../domain/integrations/mcp/tool-call.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export interface ToolCallFilter {
  readonly agentId: string | undefined;
  readonly serverId: string | undefined;
  readonly status: string | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
}

/** The newest two hundred that match. */
export function listToolCalls(
  reads: ReadPool,
  workspaceId: string,
  filter: ToolCallFilter,
): Promise<readonly ToolCall[]> {
  const conditions = [sql.fragment`workspace_id = ${workspaceId}`];
  if (filter.agentId !== undefined) conditions.push(sql.fragment`agent_id = ${filter.agentId}`);
  if (filter.serverId !== undefined) conditions.push(sql.fragment`mcp_server_id = ${filter.serverId}`);
  if (filter.status !== undefined) conditions.push(sql.fragment`status = ${filter.status}`);
  if (filter.since !== undefined) conditions.push(sql.fragment`created_at >= ${filter.since}::timestamptz`);
  if (filter.until !== undefined) conditions.push(sql.fragment`created_at < ${filter.until}::timestamptz`);
  return reads.any<ToolCall>(
    [workspaceId],
    sql`
      SELECT id, workspace_id, crew_id, agent_id, mcp_server_id, mcp_server_scope, tool_name, status, duration_ms,
        error_message, created_at
      FROM mcp_tool_calls WHERE ${sql.join(conditions, sql.fragment` AND `)} ORDER BY created_at DESC, id DESC
        LIMIT 200`,
  );
}
