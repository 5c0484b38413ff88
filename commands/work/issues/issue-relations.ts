import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { RelationType } from '../../../domain/work/issues/issue.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import {
  addActivity,
  findIssue,
  findIssueOf,
  holdIssueTree,
  type IssueRef,
  type IssueRow,
  journalIssue,
  refuseViewer,
} from './issue-rows.ts';

/** Relations of one issue. */
const MAX_RELATIONS = 200;

/**
 * Says how two issues are to each other, stored once: `blocked_by` is the other's `blocks`, and `relates_to` has no
 * direction. Throws `not_found`, `forbidden`, `invalid_request` for itself, an issue that is not there and a circle of
 * what blocks what, `conflict` where it is said already.
 */
export async function relateIssues(
  tx: Tx,
  ref: IssueRef & { readonly userId: string },
  relation: { readonly target: string; readonly type: RelationType },
  actor: Actor,
): Promise<string> {
  const issue = await findIssue(tx, ref);
  await refuseViewer(tx, issue.project_id, ref.userId);
  const target = await findIssueOf(tx, issue.workspace_id, relation.target, ref.userId);
  if (target === null) throw invalidField('target_identifier', 'names no issue that the caller may see');
  if (target.id === issue.id) throw invalidField('target_identifier', 'is the issue itself');
  await holdIssueTree(tx, issue.workspace_id);
  const { type } = relation;
  const isTurned = type === 'blocked_by' || (type === 'relates_to' && target.id < issue.id);
  const [source, other] = isTurned ? [target, issue] : [issue, target];
  const stored = type === 'blocked_by' ? 'blocks' : type;
  if (stored === 'blocks') await refuseCircle(tx, source.id, other.id);
  await refuseTooMany(tx, issue.id);
  const id = newId();
  try {
    await tx.execute(sql`
      INSERT INTO issue_relations (id, workspace_id, source_id, target_id, relation_type, created_by)
      VALUES (${id}, ${issue.workspace_id}, ${source.id}, ${other.id}, ${stored}, ${ref.userId})`);
  } catch (error) {
    if (!isUniqueViolation(error, 'issue_relations_once')) throw error;
    throw new CrewshipError('conflict', 'the issues are so to each other already', { cause: error });
  }
  await tellBoth(tx, issue, target, type, 'added', actor);
  return id;
}

async function refuseCircle(tx: Tx, sourceId: string, targetId: string): Promise<void> {
  const circle = await tx.maybeOne(sql`
    WITH RECURSIVE after AS (
      SELECT ${targetId}::text AS id
      UNION SELECT r.target_id FROM after a JOIN issue_relations r
        ON r.source_id = a.id AND r.relation_type = 'blocks'
    ) SELECT 1 FROM after WHERE id = ${sourceId}`);
  if (circle !== null) throw invalidField('target_identifier', 'makes a circle of issues that block each other');
}

async function refuseTooMany(tx: Tx, issueId: string): Promise<void> {
  const { total } = await tx.one<{ total: number }>(sql`
    SELECT count(*) AS total FROM issue_relations WHERE source_id = ${issueId} OR target_id = ${issueId}`);
  if (total >= MAX_RELATIONS) throw new CrewshipError('conflict', `an issue has at most ${MAX_RELATIONS} relations`);
}

async function tellBoth(
  tx: Tx,
  issue: IssueRow,
  target: IssueRow,
  type: RelationType,
  what: 'added' | 'removed',
  actor: Actor,
): Promise<void> {
  await addActivity(tx, issue, actor, `relation_${what}`, { relation_type: type, target: target.identifier });
  const entry = what === 'added' ? 'issue.related' : 'issue.unrelated';
  journalIssue(tx, issue, actor, {
    type: entry,
    payload: { identifier: issue.identifier, relation_type: type, target: target.identifier },
  });
}

/** Takes it back. Throws `not_found`, also where one of the two is hidden from the caller. */
export async function unrelateIssues(
  tx: Tx,
  call: { readonly workspaceId: string; readonly userId: string; readonly relationId: string },
  actor: Actor,
): Promise<void> {
  const relation = await tx.maybeOne<{ source_id: string; target_id: string; relation_type: RelationType }>(sql`
    SELECT source_id, target_id, relation_type FROM issue_relations
    WHERE id = ${call.relationId} AND workspace_id = ${call.workspaceId}`);
  const source = relation && (await findIssueOf(tx, call.workspaceId, relation.source_id, call.userId));
  const target = relation && (await findIssueOf(tx, call.workspaceId, relation.target_id, call.userId));
  if (relation === null || source === null || target === null) throw notFound('relation');
  await refuseViewer(tx, source.project_id, call.userId);
  const gone = await tx.execute(sql`DELETE FROM issue_relations WHERE id = ${call.relationId}`);
  if (gone === 0) throw notFound('relation');
  await tellBoth(tx, source, target, relation.relation_type, 'removed', actor);
}
