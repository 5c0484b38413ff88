import type { Agent } from '../../../domain/crews/agents/agent.ts';
import type { AutonomyLevel } from '../../../domain/crews/autonomy/autonomy.ts';
import type { Crew } from '../../../domain/crews/crews/crew.ts';
import type { InstalledSkill } from '../../../domain/crews/skills/skill.ts';
import type { Credential } from '../../../domain/vault/credentials/credential.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { pickReference } from '../../kernel/references.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import { installedSkills } from '../skills/agent-skills-store.ts';
import { reachOfAgent } from '../../vault/credentials/reaching-credentials.ts';

interface CrewName {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

/**
 * What an agent is launched with (docs/contracts/internal-ipc.md, Agents and crews). Names credentials, never their
 * values.
 */
export interface LaunchConfig {
  readonly agent_id: string;
  readonly agent_slug: string;
  readonly agent_name: string;
  readonly agent_role: Agent['agent_role'];
  readonly agent_status: Agent['status'];
  readonly description: string | null;
  readonly role_title: string | null;
  readonly command: readonly string[] | null;
  readonly max_concurrent_runs: number;
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly crew_slug: string;
  readonly autonomy_level: AutonomyLevel;
  readonly runtime_image: string | null;
  readonly devcontainer_config: string | null;
  readonly mise_config: string | null;
  readonly config_hash: string | null;
  /** The image that was built of its configuration. */
  readonly cached_image: string | null;
  readonly cli_adapter: Agent['cli_adapter'];
  readonly llm_provider: Agent['llm_provider'];
  readonly llm_model: string | null;
  readonly tool_profile: Agent['tool_profile'];
  readonly system_prompt: string | null;
  readonly timeout_seconds: number;
  readonly memory_enabled: boolean;
  readonly network_mode: Crew['network_mode'];
  readonly allowed_domains: readonly string[];
  readonly memory_mb: number;
  readonly cpus: number;
  readonly ttl_hours: number;
  readonly crew_members: readonly (CrewName & { readonly agent_role: Agent['agent_role'] })[];
  /** Crews that this one may write to. */
  readonly connected_crews: readonly CrewName[];
  readonly installed_skills: readonly InstalledSkill[];
  readonly credentials: readonly {
    readonly id: string;
    readonly name: string;
    readonly type: Credential['type'];
    readonly provider: string;
    readonly env_var_name: string | null;
  }[];
}

/** The keeper's tiers from here on are never handed out at launch. */
const KEEPER_GATED_LEVEL = 3;

function launchConfigs(condition: Fragment) {
  return sql`
    SELECT a.id, a.slug, a.id AS agent_id, a.slug AS agent_slug, a.name AS agent_name, a.agent_role,
      a.status AS agent_status, a.description, a.role_title, a.command, a.max_concurrent_runs, a.workspace_id,
      c.id AS crew_id, c.slug AS crew_slug, c.autonomy_level, c.runtime_image, c.devcontainer_config, c.mise_config,
      c.config_hash, c.cached_image, a.cli_adapter, a.llm_provider,
      a.llm_model, a.tool_profile, a.system_prompt, a.timeout_seconds, a.memory_enabled, c.network_mode,
      c.allowed_domains, c.container_memory_mb AS memory_mb, c.container_cpus AS cpus,
      c.container_ttl_hours AS ttl_hours,
      (SELECT jsonb_agg(jsonb_build_object('id', m.id, 'slug', m.slug, 'name', m.name, 'agent_role', m.agent_role)
          ORDER BY m.slug)
        FROM agents m WHERE m.crew_id = c.id AND m.deleted_at IS NULL) AS crew_members,
      coalesce((SELECT jsonb_agg(jsonb_build_object('id', p.id, 'slug', p.slug, 'name', p.name) ORDER BY p.slug)
        FROM crew_connections l JOIN crews p ON p.deleted_at IS NULL AND p.id = CASE
          WHEN l.from_crew_id = c.id THEN l.to_crew_id WHEN l.direction = 'bidirectional' THEN l.from_crew_id END
        WHERE l.from_crew_id = c.id OR l.to_crew_id = c.id), '[]') AS connected_crews,
      ${installedSkills} AS installed_skills,
      coalesce((SELECT jsonb_agg(jsonb_build_object('id', k.id, 'name', k.name, 'type', k.type, 'provider', k.provider,
          'env_var_name', k.slot) ORDER BY k.rank, k.priority DESC, k.name)
        FROM (
          SELECT DISTINCT ON (coalesce(r.slot, d.id)) d.id, d.name, d.type, d.provider, r.slot, r.rank, r.priority
          FROM ${reachOfAgent({ runId: null })} r JOIN credentials d ON d.id = r.credential_id
          WHERE d.deleted_at IS NULL AND d.status = 'ACTIVE' AND d.security_level < ${KEEPER_GATED_LEVEL}
            AND (r.expires_at IS NULL OR r.expires_at > now())
            AND (r.source <> 'crew' OR NOT EXISTS (
              SELECT 1 FROM credential_grants g WHERE g.agent_id = a.id AND g.credential_id = d.id AND g.run_id IS NULL
                AND (g.expires_at IS NULL OR g.expires_at > now())))
          ORDER BY coalesce(r.slot, d.id), r.rank, r.priority DESC, r.created_at, r.id
        ) k), '[]') AS credentials
    FROM agents a JOIN crews c ON c.id = a.crew_id AND c.deleted_at IS NULL
    WHERE a.deleted_at IS NULL AND ${condition}`;
}

type Row = LaunchConfig & { readonly id: string; readonly slug: string };

/** Of an agent of this crew, by id or slug. Throws `not_found`. */
export async function resolveLaunchConfig(
  reads: ReadPool,
  workspaceId: string,
  ref: { readonly crewId: string; readonly agent: string },
): Promise<LaunchConfig> {
  const rows = await reads.any<Row>(
    [workspaceId],
    launchConfigs(sql.fragment`c.id = ${ref.crewId} AND (a.id = ${ref.agent} OR a.slug = ${ref.agent})`),
  );
  return pickReference('agent', ref.agent, rows);
}

/** Of the agent that a chat of this crew is with. Throws `not_found`. */
export async function resolveChatLaunchConfig(
  reads: ReadPool,
  workspaceId: string,
  ref: { readonly crewId: string; readonly chatId: string },
): Promise<LaunchConfig> {
  const row = await reads.maybeOne<Row>(
    [workspaceId],
    launchConfigs(sql.fragment`
      c.id = ${ref.crewId} AND a.id = (SELECT h.agent_id FROM chats h WHERE h.id = ${ref.chatId})`),
  );
  if (row === null) throw notFound('chat');
  return row;
}
