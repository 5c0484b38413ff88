import { z } from 'zod';
import { MCP_SERVER_SCOPES, TOOL_CALL_STATUSES } from '../../../domain/integrations/mcp/tool-call.ts';
import { idField, momentField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

export const toolCallAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  crew_id: z.string(),
  agent_id: z.string(),
  mcp_server_id: z.string(),
  mcp_server_scope: z.enum(MCP_SERVER_SCOPES),
  tool_name: z.string(),
  status: z.enum(TOOL_CALL_STATUSES),
  duration_ms: z.int().nullable(),
  error_message: z.string().nullable(),
  created_at: timeField,
});

export const toolCallQuery = z.object({
  workspace_id: idField.optional(),
  agent_id: idField.optional(),
  server_id: idField.optional(),
  status: z.string().max(32).optional().describe('an unknown status matches nothing'),
  since: momentField.optional(),
  until: momentField.optional(),
  ...pageQuery({ defaultLimit: 200, maxLimit: 200 }),
});
