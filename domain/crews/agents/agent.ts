import type { AgentCircuit } from './circuit.ts';
import { CrewshipError, invalidField } from '../../kernel/errors/crewship-error.ts';

export const AGENT_ROLES = ['AGENT', 'LEAD'] as const;
export const LEAD_MODES = ['active', 'passive'] as const;
export const AGENT_STATUSES = ['IDLE', 'RUNNING', 'ERROR', 'PENDING_REVIEW'] as const;
export const CLI_ADAPTERS = [
  'COMMAND',
  'CLAUDE_CODE',
  'OPENCODE',
  'CODEX_CLI',
  'GEMINI_CLI',
  'CURSOR_CLI',
  'FACTORY_DROID',
] as const;
export const LLM_PROVIDERS = ['ANTHROPIC', 'OPENAI', 'GOOGLE', 'CURSOR', 'FACTORY', 'OLLAMA'] as const;
export const TOOL_PROFILES = ['MINIMAL', 'CODING', 'FULL'] as const;

/** Bounds of the COMMAND adapter's argv. */
export const MAX_COMMAND_WORDS = 64;
export const MAX_COMMAND_WORD_LENGTH = 4_096;

/** What a caller may set. Field names are those of the API, in every layer. */
export interface AgentFields {
  readonly crew_id: string | null;
  readonly name: string;
  readonly slug: string;
  readonly agent_role: (typeof AGENT_ROLES)[number];
  readonly lead_mode: (typeof LEAD_MODES)[number] | null;
  readonly cli_adapter: (typeof CLI_ADAPTERS)[number];
  /** argv of the COMMAND adapter; no shell is involved. */
  readonly command: readonly string[] | null;
  readonly llm_provider: (typeof LLM_PROVIDERS)[number] | null;
  readonly llm_model: string | null;
  readonly tool_profile: (typeof TOOL_PROFILES)[number];
  readonly timeout_seconds: number;
  readonly max_concurrent_runs: number;
  readonly memory_enabled: boolean;
  readonly description: string | null;
  readonly role_title: string | null;
  readonly system_prompt: string | null;
  readonly avatar_seed: string | null;
  readonly avatar_style: string | null;
}

export interface Agent extends AgentFields {
  readonly id: string;
  readonly workspace_id: string;
  readonly status: (typeof AGENT_STATUSES)[number];
  /** Since when it begins nothing. */
  readonly paused_at: string | null;
  readonly circuit: AgentCircuit;
  readonly crew: { readonly id: string; readonly name: string; readonly slug: string } | null;
  /** Whether inbound webhooks of this agent can be verified. */
  readonly webhook_secret_set: boolean;
  readonly created_by_user_id: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export const NEW_AGENT_DEFAULTS: Omit<AgentFields, 'name' | 'slug'> = {
  crew_id: null,
  agent_role: 'AGENT',
  lead_mode: null,
  cli_adapter: 'CLAUDE_CODE',
  command: null,
  llm_provider: null,
  llm_model: null,
  tool_profile: 'CODING',
  timeout_seconds: 1_800,
  max_concurrent_runs: 1,
  memory_enabled: false,
  description: null,
  role_title: null,
  system_prompt: null,
  avatar_seed: null,
  avatar_style: null,
};

/** Rules across fields. Throws `invalid_request` that names the field. */
export function checkAgent(agent: AgentFields): void {
  if (agent.agent_role === 'LEAD' && agent.crew_id === null) throw invalidField('crew_id', 'is required for a LEAD');
  if (agent.cli_adapter === 'COMMAND' && (agent.command === null || agent.command.length === 0)) {
    throw invalidField('command', 'is required for the COMMAND adapter');
  }
}

/** The crew has a LEAD already. */
export function secondLead(): CrewshipError {
  return new CrewshipError('conflict', 'the crew has a LEAD already');
}
