import type { DeliveredSkill } from '../../../domain/crews/skills/delivered-skill.ts';
import type { SkillFile } from '../../../domain/crews/skills/skill.ts';
import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';
import { assignedSkill, BY_SLUG } from './agent-skills-store.ts';

type File = SkillFile & { readonly skill_id: string };

/** All that an attempt of the agent is told of its skills, by slug, each slug once. */
export async function readRunSkills(
  db: Pick<Database, 'reads'>,
  workspaceId: string,
  agentId: string,
): Promise<readonly DeliveredSkill[]> {
  const skills = await db.reads.any<Omit<DeliveredSkill, 'files'>>(
    [workspaceId],
    sql`
      SELECT DISTINCT ON (s.slug) s.id, s.slug, s.name, s.description, s.version, s.runtime, s.content, i.config
      FROM agent_skills i ${assignedSkill} WHERE i.agent_id = ${agentId} AND s.is_told
      ORDER BY ${BY_SLUG}`,
  );
  if (skills.every(({ runtime }) => runtime === 'INSTRUCTIONS'))
    return skills.map((skill) => ({ ...skill, files: [] }));
  // In the version that was just read: a newer one is not mixed with it.
  const files = await db.reads.any<File>(
    [workspaceId],
    sql`
      SELECT f.skill_id, f.path, f.content, f.is_executable AS "isExecutable"
      FROM skill_files f
      JOIN jsonb_to_recordset(${sql.jsonb(skills.map(({ id, version }) => ({ id, version })))})
        AS r (id text, version integer) ON r.id = f.skill_id AND r.version = f.version
      ORDER BY f.path`,
  );
  return skills.map((skill) => ({ ...skill, files: files.filter(({ skill_id: id }) => id === skill.id) }));
}
