import type { RunExecution } from '../../../../db/work/runs/read-run-execution.ts';
import { LONGEST_QUERY_SECONDS } from '../../../../domain/work/peers/peer-request.ts';
import { AGENT_SLUG_HEADER, CHAT_HEADER } from '../../../../domain/crews/sidecar/mcp-server.ts';
import { RUN_TOKEN_HEADER } from './agent-environment.ts';

/** Longer than any tool of the sidecar takes, with the time that it waits for an API that is away. */
export const TOOL_CALL_TIMEOUT_MS = (LONGEST_QUERY_SECONDS + 60) * 1_000;

/**
 * The headers of an agent's MCP client. `runToken` is how its tool writes a variable of the environment: what is
 * configured is shown in arguments, and the token is not.
 */
export function mcpHeaders({ agent, run }: RunExecution, runToken: string): Record<string, string> {
  return {
    [RUN_TOKEN_HEADER]: runToken,
    [AGENT_SLUG_HEADER]: agent.slug,
    ...(run.chat_id === null ? {} : { [CHAT_HEADER]: run.chat_id }),
  };
}
