import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import {
  canMoveIssue,
  type Issue,
  type IssueStatus,
  isClosedIssue,
  MENTIONED_IN,
} from '../../../domain/work/issues/issue.ts';
import { isOver } from '../../../domain/work/missions/mission-status.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockMission, type MissionRow } from '../../../db/work/missions/mission-row.ts';
import { cancelMission } from '../../engine/missions/mission-commands.ts';
import { resolveInboxItems } from '../../../db/people/inbox/inbox-store.ts';
import { releaseAttachments } from './issue-attachments.ts';
import { insertComment } from './issue-comments.ts';
import { checkReferences, type IssueReferences, writeLabels } from './issue-references.ts';
import {
  addActivity,
  findIssue,
  holdIssueTree,
  type IssueRef,
  type IssueRow,
  journalIssue,
  lockIssue,
} from './issue-rows.ts';

export interface IssuePatch extends IssueReferences {
  readonly title?: string | undefined;
  readonly description?: string | null | undefined;
  readonly status?: IssueStatus | undefined;
  readonly priority?: Issue['priority'] | undefined;
  readonly dueDate?: string | null | undefined;
  readonly estimate?: number | null | undefined;
  readonly sortOrder?: number | undefined;
  readonly comment?: { readonly agentId: string; readonly body: string } | undefined;
}

/** An issue, and the mission that works on it: locked, and null where none does. */
export interface HeldIssue {
  readonly issue: IssueRow;
  readonly mission: MissionRow | null;
}

/**
 * Locks an issue after the mission that works on it, as missions come first. Throws `not_found`, `forbidden`,
 * `wrong_state` where another mission was begun at this moment.
 */
export async function holdIssue(tx: Tx, ref: IssueRef): Promise<HeldIssue> {
  const known = await findIssue(tx, ref);
  const mission = known.mission_id === null ? null : await lockMission(tx, known.mission_id);
  const issue = await lockIssue(tx, ref);
  if (issue.mission_id !== known.mission_id) throw wrongState('issue', issue.status);
  return { issue, mission: mission === null || isOver(mission.status) ? null : mission };
}

/** What a mission is at work on is the mission's to move. */
export function missionOwned({ issue, mission }: HeldIssue): CrewshipError {
  return new CrewshipError('conflict', `${issue.identifier} is ${issue.status}; its mission moves it`, {
    extensions: { reason: 'mission_owned', current_status: issue.status, mission_id: mission?.id ?? null },
  });
}

/**
 * Changes an issue, all or nothing: the one way in which people and agents move one. While a mission works on it, it is
 * only given up, and its mission with it. Throws `not_found`, `forbidden`, `wrong_state` where its status has no
 * such move, `conflict` for one that its mission has to make, `invalid_request` when there is nothing to change and for
 * what it names that is not there.
 */
export async function updateIssue(tx: Tx, ref: IssueRef, patch: IssuePatch, actor: Actor): Promise<void> {
  if (patch.parentId !== undefined) await holdIssueTree(tx, tx.workspaceIds[0]!);
  const held = await holdIssue(tx, ref);
  const { issue } = held;
  const columns = await columnsOf(tx, held, patch, ref.userId ?? null);
  const changedFields = [
    ...Object.keys(columns).filter((name) => name !== 'completed_at'),
    ...(patch.labelIds === undefined ? [] : ['labels']),
  ];
  if (changedFields.length === 0 && patch.comment === undefined) {
    throw new CrewshipError('invalid_request', 'there is nothing to change');
  }
  if (changedFields.length > 0) {
    await tx.execute(sql`
      UPDATE issues SET ${assignments({ ...columns, updated_at: sql.fragment`now()` })}
      WHERE id = ${issue.id} AND status = ${issue.status}`);
    if (patch.labelIds !== undefined) await writeLabels(tx, issue, patch.labelIds);
    const changed = { identifier: issue.identifier, changed_fields: changedFields };
    if (patch.status === undefined) journalIssue(tx, issue, actor, { type: 'issue.updated', payload: changed });
    else {
      journalIssue(tx, issue, actor, {
        type: 'issue.status_change',
        payload: { ...changed, from: issue.status, to: patch.status },
      });
    }
    for (const [action, details] of activitiesOf(issue, patch)) await addActivity(tx, issue, actor, action, details);
  }
  if (patch.comment !== undefined) {
    const { agentId: id, body } = patch.comment;
    await insertComment(tx, issue, { author: { type: 'agent', id }, body }, actor);
  }
  // What its mission's end says of the issue, which is there already.
  if (patch.status !== undefined && held.mission !== null) await cancelMission(tx, held.mission, 'issue closed', actor);
}

async function columnsOf(
  tx: Tx,
  held: HeldIssue,
  patch: IssuePatch,
  userId: string | null,
): Promise<Record<string, Fragment>> {
  const { issue } = held;
  const columns: Record<string, Fragment> = {};
  if (patch.status !== undefined) {
    if (held.mission !== null && patch.status !== 'CANCELLED' && patch.status !== 'DUPLICATE') throw missionOwned(held);
    if (!canMoveIssue(issue.status, patch.status)) throw wrongState('issue', issue.status);
    columns.status = sql.fragment`${patch.status}`;
    columns.completed_at = isClosedIssue(patch.status) ? sql.fragment`now()` : sql.fragment`NULL`;
  }
  const projectId = patch.projectId === undefined ? issue.project_id : patch.projectId;
  const holder = { workspaceId: issue.workspace_id, userId, issueId: issue.id, projectId };
  const { parentId } = await checkReferences(tx, patch, holder);
  if (patch.title !== undefined) columns.title = sql.fragment`${patch.title}`;
  if (patch.description !== undefined) columns.description = sql.fragment`${patch.description}`;
  if (patch.priority !== undefined) columns.priority = sql.fragment`${patch.priority}`;
  if (patch.assignee !== undefined) {
    columns.assignee_type = sql.fragment`${patch.assignee?.type ?? null}`;
    columns.assignee_id = sql.fragment`${patch.assignee?.id ?? null}`;
  }
  if (patch.dueDate !== undefined) columns.due_date = sql.fragment`${patch.dueDate}::date`;
  if (patch.estimate !== undefined) columns.estimate = sql.fragment`${patch.estimate}::integer`;
  if (patch.sortOrder !== undefined) columns.sort_order = sql.fragment`${patch.sortOrder}`;
  if (patch.parentId !== undefined) columns.parent_issue_id = sql.fragment`${parentId}`;
  if (patch.projectId !== undefined) columns.project_id = sql.fragment`${patch.projectId}`;
  if (patch.milestoneId !== undefined) columns.milestone_id = sql.fragment`${patch.milestoneId}`;
  // A milestone is of one project.
  else if (projectId !== issue.project_id) columns.milestone_id = sql.fragment`NULL`;
  return columns;
}

/** Ids, states and lengths: never what somebody wrote. */
function activitiesOf(issue: IssueRow, patch: IssuePatch): readonly (readonly [string, JsonObject])[] {
  const all: (readonly [string, JsonObject])[] = [];
  if (patch.status !== undefined) all.push(['status_changed', { from: issue.status, to: patch.status }]);
  if (patch.priority !== undefined) all.push(['priority_changed', { to: patch.priority }]);
  if (patch.assignee !== undefined) {
    const to = patch.assignee?.id ?? null;
    all.push(['assignee_changed', { from: issue.assignee_id, to }]);
  }
  if (patch.description !== undefined) {
    const [from, to] = [issue.description?.length ?? 0, patch.description?.length ?? 0];
    all.push(['description_changed', { from_length: from, to_length: to }]);
  }
  if (patch.parentId !== undefined) all.push(['parent_changed', { from: issue.parent_issue_id }]);
  return all;
}

/**
 * Deletes an issue that is in BACKLOG or CANCELLED, with what is said of it; its missions, tasks and journal stay.
 * Throws `not_found`, `forbidden`, `wrong_state`.
 */
export async function deleteIssue(tx: Tx, ref: IssueRef, actor: Actor): Promise<void> {
  const { issue } = await holdIssue(tx, ref);
  if (issue.status !== 'BACKLOG' && issue.status !== 'CANCELLED') throw wrongState('issue', issue.status);
  await releaseAttachments(tx, issue);
  await resolveInboxItems(tx, MENTIONED_IN, [issue.id]);
  await tx.execute(sql`DELETE FROM issues WHERE id = ${issue.id}`);
  journalIssue(tx, issue, actor, {
    type: 'issue.deleted',
    payload: { identifier: issue.identifier, status: issue.status },
  });
}
