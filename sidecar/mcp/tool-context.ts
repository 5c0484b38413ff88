import type { IncomingHttpHeaders } from 'node:http';
import { AGENT_SLUG_HEADER, CHAT_HEADER } from '../../domain/crews/sidecar/mcp-server.ts';
import type { ToolContext } from './agent-tools.ts';

const ID = /^[A-Za-z0-9_-]{2,64}$/;

function idOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && ID.test(value) ? value : undefined;
}

/**
 * Who calls a tool, for what it leaves out. The agent's id is read from the run's token, unchecked: the API checks the
 * token, and what it proves wins over what is said.
 */
export function toolContext(headers: IncomingHttpHeaders): ToolContext {
  const runToken = headers['x-run-token'];
  const [kind, , , agentId] = typeof runToken === 'string' ? runToken.split('.') : [];
  return {
    agentId: kind === 'runv1' ? idOf(agentId) : undefined,
    agentSlug: idOf(headers[AGENT_SLUG_HEADER.toLowerCase()]),
    chatId: idOf(headers[CHAT_HEADER.toLowerCase()]),
  };
}
