import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { cutTitle } from '../../../domain/work/missions/mission.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockMission, type MissionRow } from '../../../db/work/missions/mission-row.ts';
import { placeCrew } from '../../engine/hosts/place-crew.ts';
import { createMission, patchMission, startMission } from '../../engine/missions/mission-commands.ts';
import { createTask } from '../../engine/missions/task-commands.ts';
import { findIssue, type IssueRef, type IssueRow, lockIssue } from './issue-rows.ts';
import { holdIssue } from './update-issue.ts';

interface Doer {
  readonly id: string;
  readonly role: string;
}

/**
 * BACKLOG or TODO → IN_PROGRESS: a mission of the issue, with one task for its assignee, or none where that is the
 * LEAD, who plans. One that was sent back goes on in its mission with another task. Of those who start it at once one
 * does. Throws `not_found`, `forbidden`, `wrong_state`, `invalid_request` without an agent of the crew to do it, and
 * what starting a mission throws.
 */
export async function startIssue(tx: Tx, ref: IssueRef & { readonly userId: string }, actor: Actor): Promise<void> {
  const known = await findIssue(tx, ref);
  refusePrivate(known);
  const last = known.mission_id === null ? null : await lockMission(tx, known.mission_id);
  // The crew's row for good: others that start an issue of it wait here, and not each for the other.
  await placeCrew(tx, known.crew_id);
  const doer = await doerOf(tx, known);
  if (last?.status === 'REVIEW') await goOn(tx, ref, last, doer, actor);
  else if (last?.status === 'PLANNING') {
    // It was restarted, and waits for exactly this.
    refuseUnstartable(await lockIssue(tx, ref), last.id);
    await startMission(tx, last, actor);
  } else await begin(tx, ref, known, doer, actor);
}

/** Missions are the workspace's: what is for a private project's people alone is not told to everybody by one. */
function refusePrivate(issue: IssueRow): void {
  if (!issue.is_private) return;
  throw new CrewshipError('conflict', 'missions are seen by the whole workspace, and the issue’s project is private', {
    extensions: { reason: 'private_project' },
  });
}

async function doerOf(tx: Tx, issue: IssueRow): Promise<Doer> {
  if (issue.assignee_type !== 'agent') {
    throw invalidField('assignee_id', 'must name an agent of the issue’s crew before it is started');
  }
  const agent = await tx.maybeOne<Doer>(sql`
    SELECT id, agent_role AS role FROM agents
    WHERE id = ${issue.assignee_id} AND crew_id = ${issue.crew_id} AND deleted_at IS NULL FOR SHARE`);
  if (agent === null) throw invalidField('assignee_id', 'names no agent of the issue’s crew');
  return agent;
}

function refuseUnstartable(issue: IssueRow, missionId: string | null): void {
  if (issue.status !== 'BACKLOG' && issue.status !== 'TODO') throw wrongState('issue', issue.status);
  // Somebody else has begun it at this moment.
  if (issue.mission_id !== missionId) throw wrongState('issue', issue.status);
}

async function begin(
  tx: Tx,
  ref: IssueRef & { readonly userId: string },
  known: IssueRow,
  doer: Doer,
  actor: Actor,
): Promise<void> {
  const lead = await tx.maybeOne<{ id: string }>(sql`
    SELECT id FROM agents WHERE crew_id = ${known.crew_id} AND agent_role = 'LEAD' AND deleted_at IS NULL`);
  if (lead === null) throw new CrewshipError('conflict', 'the crew has no LEAD', { extensions: { reason: 'no_lead' } });
  const missionId = await createMission(
    tx,
    {
      workspaceId: known.workspace_id,
      crewId: known.crew_id,
      leadAgentId: lead.id,
      title: `${known.identifier} ${cutTitle(known.title, known.identifier.length + 1)}`,
      description: known.description,
      workflowTemplate: null,
      timeoutMs: null,
      createdBy: ref.userId,
      issueId: known.id,
    },
    actor,
  );
  const mission = await lockMission(tx, missionId);
  if (mission === null) throw notFound('mission');
  if (doer.role !== 'LEAD')
    await addTask(tx, mission, { title: known.title, description: known.description }, doer, actor);
  refuseUnstartable(await lockIssue(tx, ref), known.mission_id);
  await tx.execute(sql`UPDATE issues SET mission_id = ${missionId} WHERE id = ${known.id}`);
  await startMission(tx, mission, actor);
}

/** The mission that it was reviewed in is opened again, with what the reviewer asked for as one more task. */
async function goOn(
  tx: Tx,
  ref: IssueRef & { readonly userId: string },
  mission: MissionRow,
  doer: Doer,
  actor: Actor,
): Promise<void> {
  const { issue } = await holdIssue(tx, ref);
  refuseUnstartable(issue, mission.id);
  const asked = await tx.maybeOne<{ body: string }>(sql`
    SELECT body FROM issue_comments WHERE issue_id = ${issue.id} AND author_type = 'user'
    ORDER BY created_at DESC, id DESC LIMIT 1`);
  await patchMission(tx, mission, { status: 'IN_PROGRESS' }, actor);
  const open = (await lockMission(tx, mission.id))!;
  const title = `Changes to ${issue.identifier}`;
  await addTask(tx, open, { title, description: asked?.body.slice(0, 20_000) ?? issue.description }, doer, actor);
}

async function addTask(
  tx: Tx,
  mission: MissionRow,
  { title, description }: { readonly title: string; readonly description: string | null },
  doer: Doer,
  actor: Actor,
): Promise<void> {
  const task = { title, description, assignedAgentId: doer.id, taskOrder: 0, dependsOn: [], maxIterations: null };
  await createTask(tx, mission, task, actor);
}
