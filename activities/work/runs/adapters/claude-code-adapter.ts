import type { RunExecution } from '../../../../db/work/runs/read-run-execution.ts';
import { createClaudeCodeReader } from '../../../../domain/work/agent-output/claude-code-reader.ts';
import { createClaudeTurnLines } from '../../../../domain/work/agent-output/turn-reader.ts';
import { ANTHROPIC_BASE_URL, PLACEHOLDER_KEY } from '../../../../domain/crews/sidecar/llm-paths.ts';
import { MCP_SERVER_ID, MCP_URL } from '../../../../domain/crews/sidecar/mcp-server.ts';
import type { AgentAdapter } from './agent-adapter.ts';
import { agentHome, RUN_TOKEN_HEADER } from './agent-environment.ts';
import { mcpHeaders, TOOL_CALL_TIMEOUT_MS } from './agent-mcp.ts';
import { agentPrompt } from './agent-prompt.ts';
import { reportOutcome } from './report-outcome.ts';

const TOOL = { program: 'claude', setting: 'CREWSHIP_CLAUDE_CODE_PATH' };

/** The crew's tools. The tool puts in the variable's value itself: arguments are public, the token is not. */
function mcpConfig(execution: RunExecution): string {
  const headers = mcpHeaders(execution, '${CREWSHIP_RUN_TOKEN}');
  // Otherwise its model sees none of them until it searches for tools.
  const server = { type: 'http', url: MCP_URL, headers, timeout: TOOL_CALL_TIMEOUT_MS, alwaysLoad: true };
  return JSON.stringify({ mcpServers: { [MCP_SERVER_ID]: server } });
}

/** Claude Code without a terminal. The container is its sandbox: it asks nobody for permissions. */
export const claudeCodeAdapter: AgentAdapter = {
  start: (execution, runToken) => ({
    argv: [
      TOOL.program,
      '--print',
      '--output-format',
      'stream-json',
      '--verbose',
      // Somebody reads along.
      ...(execution.chat === null ? [] : ['--include-partial-messages']),
      ...(execution.chat?.max_turns == null ? [] : ['--max-turns', String(execution.chat.max_turns)]),
      '--permission-mode',
      'bypassPermissions',
      '--no-session-persistence',
      '--mcp-config',
      mcpConfig(execution),
      '--strict-mcp-config',
      // It finds the agent’s skills there.
      ...(execution.skills === null ? [] : ['--add-dir', execution.skills.root]),
    ],
    input: agentPrompt(execution),
    env: {
      ANTHROPIC_BASE_URL,
      ANTHROPIC_API_KEY: PLACEHOLDER_KEY,
      ANTHROPIC_CUSTOM_HEADERS: `${RUN_TOKEN_HEADER}: ${runToken}`,
      ...(execution.agent.llmModel === null ? {} : { ANTHROPIC_MODEL: execution.agent.llmModel }),
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      ...(execution.agent.memoryEnabled ? {} : { CLAUDE_CODE_DISABLE_AUTO_MEMORY: '1' }),
      CLAUDE_CONFIG_DIR: `${agentHome(execution)}/claude`,
    },
  }),

  createReader: () => createClaudeCodeReader(),

  createTurnLines: createClaudeTurnLines,

  report: (_deps, ended) => Promise.resolve(reportOutcome(ended, TOOL)),
};
