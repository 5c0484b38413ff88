export const TOOL_CALL_STATUSES = ['success', 'error', 'denied', 'timeout'] as const;
export const MCP_SERVER_SCOPES = ['workspace', 'crew', 'agent'] as const;

/** One use of an MCP tool, as agents report it. */
export interface ToolCall {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly agent_id: string;
  readonly mcp_server_id: string;
  readonly mcp_server_scope: (typeof MCP_SERVER_SCOPES)[number];
  readonly tool_name: string;
  readonly status: (typeof TOOL_CALL_STATUSES)[number];
  readonly duration_ms: number | null;
  readonly error_message: string | null;
  readonly created_at: string;
}
