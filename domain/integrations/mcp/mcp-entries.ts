import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { ToolCall } from './tool-call.ts';

export const mcpEntries = {
  'mcp.tool_call':
    entryKind<Pick<ToolCall, 'mcp_server_id' | 'mcp_server_scope' | 'tool_name' | 'status' | 'duration_ms'>>(),
};
