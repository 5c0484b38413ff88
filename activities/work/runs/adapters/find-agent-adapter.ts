import type { AgentFields } from '../../../../domain/crews/agents/agent.ts';
import type { AgentAdapter } from './agent-adapter.ts';
import { claudeCodeAdapter } from './claude-code-adapter.ts';
import { commandAdapter } from './command-adapter.ts';
import { opencodeAdapter } from './opencode-adapter.ts';

const ADAPTERS: Partial<Readonly<Record<AgentFields['cli_adapter'], AgentAdapter>>> = {
  COMMAND: commandAdapter,
  CLAUDE_CODE: claudeCodeAdapter,
  OPENCODE: opencodeAdapter,
};

/** The adapter of a kind of agent; undefined for one that hosts do not run. */
export function findAgentAdapter(kind: AgentFields['cli_adapter']): AgentAdapter | undefined {
  return ADAPTERS[kind];
}
