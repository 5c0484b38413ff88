import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Milestone, MilestoneFields } from '../../../domain/work/projects/milestone.ts';
import { refuseArchived } from '../../../domain/work/projects/project.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { getMilestoneIn } from '../../../db/work/projects/milestones-store.ts';
import { holdProject, type ProjectCall, projectFrame } from './hold-project.ts';

const MAX_MILESTONES = 200;

async function holdOpen(tx: Tx, call: ProjectCall, actor: Actor) {
  const project = await holdProject(tx, call, 'editor', actor);
  refuseArchived(project);
  return project;
}

/** The last of a project's. Throws `not_found`, `forbidden`, `wrong_state` in the archive, `conflict` beyond 200. */
export async function createMilestone(
  tx: Tx,
  call: ProjectCall,
  fields: MilestoneFields,
  actor: Actor,
): Promise<Milestone> {
  const project = await holdOpen(tx, call, actor);
  const { total, last } = await tx.one<{ total: number; last: number }>(sql`
    SELECT count(*) AS total, coalesce(max(position), 0) AS last FROM milestones WHERE project_id = ${project.id}`);
  if (total >= MAX_MILESTONES)
    throw new CrewshipError('conflict', `a project has at most ${MAX_MILESTONES} milestones`);
  const id = newId();
  await tx.execute(sql`
    INSERT INTO milestones (id, workspace_id, project_id, name, description, target_date, status, position, created_by)
    VALUES (${id}, ${project.workspace_id}, ${project.id}, ${fields.name}, ${fields.description},
      ${fields.target_date}::date, ${fields.status}, ${last + 1}, ${call.userId})`);
  const payload = { milestone_id: id };
  tx.journal({ ...projectFrame(project, actor), type: 'milestone.created', summary: 'milestone created', payload });
  return getMilestoneIn(tx, id);
}

/** Throws as {@link createMilestone} does. */
export async function updateMilestone(
  tx: Tx,
  call: ProjectCall & { readonly milestoneId: string },
  patch: { readonly [Field in keyof MilestoneFields]?: MilestoneFields[Field] | undefined } & {
    readonly position?: number | undefined;
  },
  actor: Actor,
): Promise<Milestone> {
  const project = await holdOpen(tx, call, actor);
  const set: Record<string, Fragment> = {};
  for (const [name, value] of Object.entries(patch)) {
    if (value !== undefined) set[name] = name === 'target_date' ? sql.fragment`${value}::date` : sql.fragment`${value}`;
  }
  const changedFields = Object.keys(set);
  const changed = await tx.execute(sql`
    UPDATE milestones SET ${assignments({ ...set, updated_at: sql.fragment`now()` })}
    WHERE id = ${call.milestoneId} AND project_id = ${project.id}`);
  if (changed === 0) throw notFound('milestone');
  tx.journal({
    ...projectFrame(project, actor),
    type: 'milestone.updated',
    summary: 'milestone updated',
    payload: { milestone_id: call.milestoneId, changed_fields: changedFields },
  });
  return getMilestoneIn(tx, call.milestoneId);
}

/** Its issues stay, and are of no milestone. Throws as {@link createMilestone} does. */
export async function deleteMilestone(
  tx: Tx,
  call: ProjectCall & { readonly milestoneId: string },
  actor: Actor,
): Promise<void> {
  const project = await holdOpen(tx, call, actor);
  const gone = await tx.execute(sql`
    DELETE FROM milestones WHERE id = ${call.milestoneId} AND project_id = ${project.id}`);
  if (gone === 0) throw notFound('milestone');
  const payload = { milestone_id: call.milestoneId };
  tx.journal({ ...projectFrame(project, actor), type: 'milestone.deleted', summary: 'milestone deleted', payload });
}
