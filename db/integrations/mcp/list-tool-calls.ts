import type { ToolCall } from '../../../domain/integrations/mcp/tool-call.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export interface ToolCallFilter {
  readonly agentId: string | undefined;
  readonly serverId: string | undefined;
  readonly status: string | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
}

const CALLS = newestFirst('mcp_tool_calls');

/** Those that match, newest first. */
export function listToolCalls(
  reads: ReadPool,
  workspaceId: string,
  filter: ToolCallFilter,
  page: PageRequest,
): Promise<Page<ToolCall>> {
  const conditions = [sql.fragment`workspace_id = ${workspaceId}`];
  if (filter.agentId !== undefined) conditions.push(sql.fragment`agent_id = ${filter.agentId}`);
  if (filter.serverId !== undefined) conditions.push(sql.fragment`mcp_server_id = ${filter.serverId}`);
  if (filter.status !== undefined) conditions.push(sql.fragment`status = ${filter.status}`);
  if (filter.since !== undefined) conditions.push(sql.fragment`created_at >= ${filter.since}::timestamptz`);
  if (filter.until !== undefined) conditions.push(sql.fragment`created_at < ${filter.until}::timestamptz`);
  const where = sql.join(conditions, sql.fragment` AND `);
  return readPage<ToolCall>(
    reads,
    [workspaceId],
    sql`
      SELECT id, workspace_id, crew_id, agent_id, mcp_server_id, mcp_server_scope, tool_name, status, duration_ms,
        error_message, created_at, ${CALLS.key}, count(*) OVER () AS total
      FROM mcp_tool_calls WHERE ${where} ${CALLS.after(page)} ORDER BY ${CALLS.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM mcp_tool_calls WHERE ${where}`,
  );
}
