import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { MAX_ISSUE_DEPTH } from '../../../domain/work/issues/issue.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { findIssueOf, refuseViewer } from './issue-rows.ts';

export type Assignee = { readonly type: 'user' | 'agent'; readonly id: string };

/** What an issue names: each is of the workspace, and what the caller may see. */
export interface IssueReferences {
  readonly assignee?: Assignee | null | undefined;
  readonly projectId?: string | null | undefined;
  readonly milestoneId?: string | null | undefined;
  readonly parentId?: string | null | undefined;
  readonly labelIds?: readonly string[] | undefined;
}

interface Holder {
  readonly workspaceId: string;
  readonly userId: string | null;
  /** Null: it is being made. */
  readonly issueId: string | null;
  /** The project that it is of when the change is done. */
  readonly projectId: string | null;
}

/**
 * Checks what an issue names, and gives its parent's id. The tree is held where a parent is named. Throws
 * `invalid_request` with the field that names what is not there, `conflict` beyond the depth.
 */
export async function checkReferences(
  tx: Tx,
  references: IssueReferences,
  holder: Holder,
): Promise<{ readonly parentId: string | null }> {
  const { assignee, projectId, milestoneId, parentId, labelIds } = references;
  if (assignee != null) await refuseForeignAssignee(tx, holder.workspaceId, assignee);
  if (projectId != null && holder.userId !== null) await refuseViewer(tx, projectId, holder.userId);
  if (milestoneId != null) await refuseForeignMilestone(tx, milestoneId, holder);
  if (labelIds !== undefined) await refuseForeignLabels(tx, holder.workspaceId, labelIds);
  return { parentId: parentId == null ? null : await findParent(tx, parentId, holder) };
}

async function refuseForeignAssignee(tx: Tx, workspaceId: string, { type, id }: Assignee): Promise<void> {
  const found = await tx.maybeOne(
    type === 'agent'
      ? sql`SELECT 1 FROM agents WHERE id = ${id} AND workspace_id = ${workspaceId} AND deleted_at IS NULL`
      : sql`SELECT 1 FROM memberships
            WHERE user_id = ${id} AND workspace_id = ${workspaceId} AND disabled_at IS NULL`,
  );
  if (found === null) throw invalidField('assignee_id', `names no ${type} of this workspace`);
}

async function refuseForeignMilestone(tx: Tx, id: string, holder: Holder): Promise<void> {
  const found = await tx.maybeOne(sql`
    SELECT 1 FROM milestones WHERE id = ${id} AND workspace_id = ${holder.workspaceId}
      AND project_id = ${holder.projectId}`);
  if (found === null) throw invalidField('milestone_id', 'names no milestone of the issue’s project');
}

async function refuseForeignLabels(tx: Tx, workspaceId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { known } = await tx.one<{ known: number }>(sql`
    SELECT count(*) AS known FROM labels
    WHERE workspace_id = ${workspaceId} AND id = ANY (${sql.array([...ids], 'text')})`);
  if (known < new Set(ids).size) throw invalidField('labels', 'names a label that is not in this workspace');
}

async function findParent(tx: Tx, ref: string, holder: Holder): Promise<string> {
  const parent = await findIssueOf(tx, holder.workspaceId, ref, holder.userId);
  if (parent === null) throw invalidField('parent_issue_id', 'names no issue that the caller may see');
  const above = await tx.any<{ id: string }>(sql`
    WITH RECURSIVE above AS (
      SELECT ${parent.id}::text AS id, 1 AS depth
      UNION ALL
      SELECT i.parent_issue_id, a.depth + 1 FROM above a JOIN issues i ON i.id = a.id
      WHERE i.parent_issue_id IS NOT NULL AND a.depth <= ${MAX_ISSUE_DEPTH}
    ) SELECT id FROM above`);
  if (above.some(({ id }) => id === holder.issueId)) {
    throw invalidField('parent_issue_id', 'makes a circle: that issue is below this one');
  }
  if (above.length >= MAX_ISSUE_DEPTH) {
    throw new CrewshipError('conflict', `issues are at most ${MAX_ISSUE_DEPTH} deep`, {
      extensions: { reason: 'too_deep' },
    });
  }
  return parent.id;
}

/** Puts these labels in the place of those that an issue has. */
export async function writeLabels(
  tx: Tx,
  issue: { readonly id: string; readonly workspace_id: string },
  ids: readonly string[],
): Promise<void> {
  const all = sql.array([...new Set(ids)], 'text');
  await tx.execute(sql`DELETE FROM issue_labels WHERE issue_id = ${issue.id} AND label_id <> ALL (${all})`);
  await tx.execute(sql`
    INSERT INTO issue_labels (workspace_id, issue_id, label_id)
    SELECT ${issue.workspace_id}, ${issue.id}, label FROM unnest(${all}) AS label ON CONFLICT DO NOTHING`);
}

/**
 * Whom a body names: undefined where it names nobody anew, null for nobody. Without a type it is the one that an agent
 * or a member of the workspace has. Throws `invalid_request`.
 */
export async function assigneeOf(
  tx: Tx,
  workspaceId: string,
  body: {
    readonly assignee_type?: Assignee['type'] | null | undefined;
    readonly assignee_id?: string | null | undefined;
  },
): Promise<Assignee | null | undefined> {
  const { assignee_type: type, assignee_id: id } = body;
  if (id === undefined) {
    if (type != null) throw invalidField('assignee_id', 'goes with assignee_type');
    return type === null ? null : undefined;
  }
  if (id === null) return null;
  if (type != null) return { type, id };
  const agent = await tx.maybeOne(sql`
    SELECT 1 FROM agents WHERE id = ${id} AND workspace_id = ${workspaceId} AND deleted_at IS NULL`);
  return { type: agent === null ? 'user' : 'agent', id };
}
