import type { IncomingHttpHeaders } from 'node:http';
import type { CallerContext } from '../../domain/kernel/schemas/agent-call.ts';
import { AGENT_SLUG_HEADER, CHAT_HEADER } from '../../domain/crews/sidecar/mcp-server.ts';
import { ID_PATTERN } from '../../domain/kernel/schemas/fields.ts';

function idOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && ID_PATTERN.test(value) ? value : undefined;
}

/**
 * Who calls a tool, for what it leaves out. The agent's id is read from the run's token, unchecked: the API checks the
 * token, and what it proves wins over what is said.
 */
export function toolContext(headers: IncomingHttpHeaders): CallerContext {
  const runToken = headers['x-run-token'];
  const [kind, , , agentId] = typeof runToken === 'string' ? runToken.split('.') : [];
  return {
    agentId: kind === 'runv1' ? idOf(agentId) : undefined,
    agentSlug: idOf(headers[AGENT_SLUG_HEADER.toLowerCase()]),
    chatId: idOf(headers[CHAT_HEADER.toLowerCase()]),
  };
}
