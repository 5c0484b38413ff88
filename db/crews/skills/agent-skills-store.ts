import { INSTANCE, type InstalledSkill } from '../../../domain/crews/skills/skill.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

export interface AgentSkill {
  readonly id: string;
  readonly agent_id: string;
  readonly skill_id: string;
  /** Not where a version that a scan has flagged waits for an administrator to give it. */
  readonly enabled: boolean;
  readonly config: Readonly<Record<string, string>>;
  readonly created_by: string | null;
  readonly created_at: string;
  /** What the agent is told, which may be the workspace's of the same slug. */
  readonly skill: InstalledSkill;
}

/**
 * Whether an agent with the assignment `i` is told the skill `w`: one of a workspace that a scan has flagged where it
 * was itself given, which administrators alone do, since its version is what it is.
 */
const reachesAgent = sql.fragment`
  (w.scan_status = 'CLEAN' OR w.workspace_id = ${INSTANCE} OR (w.id = i.skill_id AND EXISTS (
    SELECT FROM skill_versions v
    WHERE v.skill_id = w.id AND v.version = w.version AND v.created_at <= i.created_at)))`;

/**
 * The skill `s` that an assignment `i` stands for: of those that reach its agent (`s.is_told`) the workspace's of the
 * slug before the instance's.
 */
export const assignedSkill = sql.fragment`
  JOIN skills k ON k.id = i.skill_id
  JOIN LATERAL (SELECT w.*, i.enabled AND ${reachesAgent} AS is_told FROM skills w
    WHERE w.slug = k.slug AND w.deleted_at IS NULL AND (w.id = k.id OR w.workspace_id = i.workspace_id)
    ORDER BY ${reachesAgent} DESC, w.workspace_id = ${INSTANCE} LIMIT 1) s ON true`;

/** Of several assignments of a slug the one that counts. */
export const BY_SLUG = sql.fragment`s.slug, s.workspace_id = ${INSTANCE}, i.skill_id = s.id DESC, i.id`;

const installed = sql.fragment`jsonb_build_object('id', s.id, 'slug', s.slug, 'name', s.name, 'description',
  s.description, 'version', s.version, 'runtime', s.runtime)`;

/** All that an agent has; it has few. */
export function listAgentSkills(reads: ReadPool, workspaceId: string, agentId: string): Promise<readonly AgentSkill[]> {
  return reads.any<AgentSkill>(
    [workspaceId],
    sql`
      SELECT i.id, i.agent_id, i.skill_id, s.is_told AS enabled, i.config, i.created_by, i.created_at,
        ${installed} AS skill
      FROM agent_skills i ${assignedSkill} WHERE i.agent_id = ${agentId} ORDER BY s.slug, i.id`,
  );
}

/** What the agent `a` is told of, each slug once. */
export const installedSkills: Fragment = sql.fragment`
  (SELECT coalesce(jsonb_agg(n.skill ORDER BY n.slug), '[]')
    FROM (SELECT DISTINCT ON (s.slug) s.slug, ${installed} AS skill
      FROM agent_skills i ${assignedSkill} WHERE i.agent_id = a.id AND s.is_told ORDER BY ${BY_SLUG}) n)`;
