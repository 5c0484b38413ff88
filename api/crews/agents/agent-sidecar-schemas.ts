import { z } from 'zod';
import {
  AGENT_ROLES,
  AGENT_STATUSES,
  CLI_ADAPTERS,
  LLM_PROVIDERS,
  TOOL_PROFILES,
} from '../../../domain/crews/agents/agent.ts';
import { NETWORK_MODES } from '../../../domain/crews/crews/crew.ts';
import { AUTONOMY_LEVELS } from '../../../domain/crews/autonomy/autonomy.ts';
import { SKILL_RUNTIMES } from '../../../domain/crews/skills/skill.ts';
import { CREDENTIAL_TYPES } from '../../../domain/vault/credentials/credential.ts';
import { idField } from '../../http/kernel/fields.ts';

const crewName = z.object({ id: z.string(), slug: z.string(), name: z.string() });

/** What an agent is launched with, found by the agent or by a chat with it. */
export const launchConfigAnswer = z.object({
  agent_id: z.string(),
  agent_slug: z.string(),
  agent_name: z.string(),
  agent_role: z.enum(AGENT_ROLES),
  agent_status: z.enum(AGENT_STATUSES),
  description: z.string().nullable(),
  role_title: z.string().nullable(),
  command: z.array(z.string()).nullable().describe('of a COMMAND agent'),
  max_concurrent_runs: z.int(),
  workspace_id: z.string(),
  crew_id: z.string(),
  crew_slug: z.string(),
  autonomy_level: z.enum(AUTONOMY_LEVELS),
  runtime_image: z.string().nullable(),
  devcontainer_config: z.string().nullable(),
  mise_config: z.string().nullable(),
  config_hash: z.string().nullable(),
  cached_image: z.string().nullable().describe('the image that was built of the configuration'),
  cli_adapter: z.enum(CLI_ADAPTERS),
  llm_provider: z.enum(LLM_PROVIDERS).nullable(),
  llm_model: z.string().nullable(),
  tool_profile: z.enum(TOOL_PROFILES),
  system_prompt: z.string().nullable(),
  timeout_seconds: z.int(),
  memory_enabled: z.boolean(),
  network_mode: z.enum(NETWORK_MODES),
  allowed_domains: z.array(z.string()),
  memory_mb: z.int(),
  cpus: z.number(),
  ttl_hours: z.number(),
  crew_members: z.array(crewName.extend({ agent_role: z.enum(AGENT_ROLES) })),
  connected_crews: z.array(crewName),
  installed_skills: z.array(
    z.object({
      id: z.string(),
      slug: z.string(),
      name: z.string(),
      description: z.string(),
      version: z.int(),
      runtime: z.enum(SKILL_RUNTIMES),
    }),
  ),
  credentials: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      type: z.enum(CREDENTIAL_TYPES),
      provider: z.string(),
      env_var_name: z.string().nullable(),
    }),
  ),
});
export type LaunchConfigAnswer = z.input<typeof launchConfigAnswer>;

export const crewAgentParams = z.object({ agentId: idField });

export const agentWebhookSecretAnswer = z.object({ agent_id: z.string(), webhook_secret: z.string() });
