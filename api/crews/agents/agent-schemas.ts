import { z } from 'zod';
import {
  AGENT_ROLES,
  AGENT_STATUSES,
  CLI_ADAPTERS,
  LEAD_MODES,
  LLM_PROVIDERS,
  MAX_COMMAND_WORD_LENGTH,
  MAX_COMMAND_WORDS,
  TOOL_PROFILES,
} from '../../../domain/crews/agents/agent.ts';
import { CIRCUIT_STATES } from '../../../domain/crews/agents/circuit.ts';
import {
  clearableField,
  idField,
  nameField,
  refField,
  searchField,
  slugField,
  timeField,
} from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

const command = z
  .array(z.string().max(MAX_COMMAND_WORD_LENGTH))
  .min(1)
  .max(MAX_COMMAND_WORDS)
  .refine(([program]) => program !== '', { path: [0], message: 'names the program' })
  .nullable()
  .describe('argv of the COMMAND adapter, run without a shell');

const optionalMembers = {
  crew_id: idField.nullable().optional(),
  agent_role: z.enum(AGENT_ROLES).optional(),
  lead_mode: z.enum(LEAD_MODES).nullable().optional(),
  cli_adapter: z
    .enum(CLI_ADAPTERS)
    .optional()
    .describe('COMMAND, CLAUDE_CODE and OPENCODE run; runs of the others fail with adapter_unavailable'),
  command: command.optional(),
  llm_provider: z.enum(LLM_PROVIDERS).nullable().optional(),
  llm_model: clearableField(128).optional(),
  tool_profile: z.enum(TOOL_PROFILES).optional(),
  timeout_seconds: z.int().min(1).max(86_400).optional(),
  max_concurrent_runs: z.int().min(1).max(100).optional(),
  memory_enabled: z.boolean().optional(),
  description: clearableField(2_000).optional(),
  role_title: clearableField(100).optional(),
  system_prompt: clearableField(100_000).optional(),
  avatar_seed: clearableField(128).optional(),
  avatar_style: clearableField(64).optional(),
};

export const newAgentBody = z.strictObject({ name: nameField(2, 100), slug: slugField, ...optionalMembers });
export const agentPatchBody = z.strictObject({
  name: nameField(2, 100).optional(),
  slug: slugField.optional(),
  ...optionalMembers,
});

export const agentAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  crew_id: z.string().nullable(),
  name: z.string(),
  slug: z.string(),
  agent_role: z.enum(AGENT_ROLES),
  lead_mode: z.enum(LEAD_MODES).nullable(),
  status: z.enum(AGENT_STATUSES),
  paused_at: timeField.nullable().describe('since when it begins nothing: `POST …/unpause`'),
  cli_adapter: z.enum(CLI_ADAPTERS),
  command: z.array(z.string()).nullable(),
  llm_provider: z.enum(LLM_PROVIDERS).nullable(),
  llm_model: z.string().nullable(),
  tool_profile: z.enum(TOOL_PROFILES),
  timeout_seconds: z.int(),
  max_concurrent_runs: z.int(),
  memory_enabled: z.boolean(),
  description: z.string().nullable(),
  role_title: z.string().nullable(),
  system_prompt: z.string().nullable(),
  avatar_seed: z.string().nullable(),
  avatar_style: z.string().nullable(),
  circuit: z
    .object({
      state: z.enum(CIRCUIT_STATES),
      consecutive_failures: z.int().describe('tasks that its attempts have ended in failure, one after another'),
      opened_at: timeField.nullable(),
      retry_at: timeField.nullable().describe('from when one attempt is let through'),
    })
    .describe('open: its next tasks fail at once'),
  crew: z.object({ id: z.string(), name: z.string(), slug: z.string() }).nullable(),
  webhook_secret_set: z.boolean(),
  created_by_user_id: z.string().nullable(),
  created_at: timeField,
  updated_at: timeField,
});

export const webhookSecretAnswer = z.object({
  webhook_secret: z.string().nullable().describe('shown once'),
  rotated_at: timeField,
});

export const agentParams = z.object({ agentId: refField });
export const agentListQuery = z.object({
  workspace_id: idField.optional(),
  crew_id: idField.optional(),
  q: searchField.describe('in the name or slug'),
  ...pageQuery({ defaultLimit: 100 }),
});
