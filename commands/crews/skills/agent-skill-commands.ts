import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { getSkillIn, lockSkill } from '../../../db/crews/skills/skills-store.ts';
import { INSTANCE, MAX_SKILLS_OF_AGENT } from '../../../domain/crews/skills/skill.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { flagged, mayGiveFlagged, type SkillCaller } from './skill-commands.ts';

export interface NewAssignment {
  readonly agentId: string;
  readonly skillId: string;
  readonly config: Readonly<Record<string, string>>;
}

/**
 * Gives an agent a skill; one that it has already stays as it is. What a scan has flagged is given by who manages, and
 * in no later version than that which they gave: they give it once more.
 * Throws `not_found` for the agent, `invalid_request` for what is no skill here, `forbidden`, `limit_reached`.
 */
export async function assignSkill(
  tx: Tx,
  caller: SkillCaller,
  given: NewAssignment,
  actor: Actor,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const agent = await tx.maybeOne<{ crew_id: string | null }>(sql`
    SELECT crew_id FROM agents WHERE id = ${given.agentId} AND deleted_at IS NULL FOR NO KEY UPDATE`);
  if (agent === null) throw notFound('agent');
  const skill = await heldSkill(tx, caller.workspaceId, given.skillId);
  const had = await tx.any<{ id: string; skill_id: string; config: NewAssignment['config'] }>(sql`
    SELECT id, skill_id, config FROM agent_skills WHERE agent_id = ${given.agentId}`);
  const same = had.find(({ skill_id: id }) => id === skill.id);
  const isFlagged = skill.scan_status === 'FLAGGED';
  if (same !== undefined && !(isFlagged && mayGiveFlagged(caller))) return { id: same.id, isNew: false };
  if (isFlagged && !mayGiveFlagged(caller)) throw flagged(skill, 'an administrator gives it to agents');
  if (same === undefined && had.length >= MAX_SKILLS_OF_AGENT) {
    throw new CrewshipError('limit_reached', `an agent has at most ${MAX_SKILLS_OF_AGENT} skills`, {
      extensions: { limit: MAX_SKILLS_OF_AGENT },
    });
  }
  const { id, config } = same ?? { id: newId(), config: given.config };
  if (same !== undefined) await tx.execute(sql`DELETE FROM agent_skills WHERE id = ${id}`);
  // Later than the version that is given, as the skill is held: `reachesAgent` compares them.
  await tx.execute(sql`
    INSERT INTO agent_skills (id, workspace_id, agent_id, skill_id, config, created_by, created_at)
    VALUES (${id}, ${caller.workspaceId}, ${given.agentId}, ${skill.id}, ${sql.jsonb(config)},
      ${caller.userId}, clock_timestamp())`);
  tx.journal({
    type: 'skill.assigned',
    actor,
    workspaceId: caller.workspaceId,
    crewId: agent.crew_id,
    agentId: given.agentId,
    targetType: 'skill',
    targetId: skill.id,
    summary: `skill ${skill.slug} given to an agent`,
    payload: { skill_id: skill.id, slug: skill.slug, assignment_id: id },
  });
  return { id, isNew: same === undefined };
}

/** The instance’s are as they are; one of the workspace is held, so that it is not deleted meanwhile. */
async function heldSkill(tx: Tx, workspaceId: string, id: string) {
  try {
    const skill = await getSkillIn(tx, workspaceId, id);
    return skill.scope === INSTANCE ? skill : await lockSkill(tx, workspaceId, id);
  } catch (error) {
    if (error instanceof CrewshipError && error.code === 'not_found') {
      throw invalidField('skill_id', 'names no skill that this workspace sees');
    }
    throw error;
  }
}

/** Takes a skill from an agent. Throws `not_found`. */
export async function unassignSkill(
  tx: Tx,
  caller: { readonly workspaceId: string },
  ref: { readonly agentId: string; readonly skillId: string },
  actor: Actor,
): Promise<void> {
  const agent = await tx.maybeOne<{ crew_id: string | null }>(sql`
    SELECT crew_id FROM agents WHERE id = ${ref.agentId} AND deleted_at IS NULL FOR NO KEY UPDATE`);
  if (agent === null) throw notFound('agent');
  const gone = await tx.maybeOne<{ id: string; slug: string }>(sql`
    DELETE FROM agent_skills i USING skills s
    WHERE i.agent_id = ${ref.agentId} AND i.skill_id = ${ref.skillId} AND s.id = i.skill_id
    RETURNING i.id, s.slug`);
  if (gone === null) throw notFound('skill');
  tx.journal({
    type: 'skill.unassigned',
    actor,
    workspaceId: caller.workspaceId,
    crewId: agent.crew_id,
    agentId: ref.agentId,
    targetType: 'skill',
    targetId: ref.skillId,
    summary: `skill ${gone.slug} taken from an agent`,
    payload: { skill_id: ref.skillId, slug: gone.slug, assignment_id: gone.id },
  });
}
