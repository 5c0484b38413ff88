import { INSTANCE, type InstalledSkill } from '../../../domain/crews/skills/skill.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

export interface AgentSkill {
  readonly id: string;
  readonly agent_id: string;
  readonly skill_id: string;
  readonly enabled: boolean;
  readonly config: Readonly<Record<string, string>>;
  readonly created_by: string | null;
  readonly created_at: string;
  /** What the agent is told, which may be the workspace's of the same slug. */
  readonly skill: InstalledSkill;
}

/** The skill `s` that an assignment `i` stands for: the workspace's of the slug before the instance's. */
export const assignedSkill = sql.fragment`
  JOIN skills k ON k.id = i.skill_id
  JOIN LATERAL (SELECT * FROM skills w WHERE w.slug = k.slug AND w.deleted_at IS NULL
      AND (w.id = k.id OR w.workspace_id = i.workspace_id)
    ORDER BY w.workspace_id = ${INSTANCE} LIMIT 1) s ON true`;

const installed = sql.fragment`jsonb_build_object('id', s.id, 'slug', s.slug, 'name', s.name, 'description',
  s.description, 'version', s.version, 'runtime', s.runtime)`;

/** All that an agent has; it has few. */
export function listAgentSkills(reads: ReadPool, workspaceId: string, agentId: string): Promise<readonly AgentSkill[]> {
  return reads.any<AgentSkill>(
    [workspaceId],
    sql`
      SELECT i.id, i.agent_id, i.skill_id, i.enabled, i.config, i.created_by, i.created_at, ${installed} AS skill
      FROM agent_skills i ${assignedSkill} WHERE i.agent_id = ${agentId} ORDER BY s.slug, i.id`,
  );
}

/** What the agent `a` is told of, each slug once. */
export const installedSkills: Fragment = sql.fragment`
  (SELECT coalesce(jsonb_agg(n.skill ORDER BY n.slug), '[]')
    FROM (SELECT DISTINCT ON (s.slug) s.slug, ${installed} AS skill
      FROM agent_skills i ${assignedSkill} WHERE i.agent_id = a.id AND i.enabled ORDER BY s.slug) n)`;
