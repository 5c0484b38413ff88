import { type Fragment, sql } from '../../kernel/sql.ts';

/** Whose eyes reviews are seen with. */
export interface ReviewReader {
  readonly workspaceId: string;
  readonly userId: string;
}

/**
 * The one rule of who sees an item `i`: never somebody who may not see its project; of the others who submitted it, who
 * is to decide it, MANAGER, who is in the project, and who sees the session.
 */
export function seesReview({ workspaceId, userId }: ReviewReader): Fragment {
  return sql.fragment`i.workspace_id = ${workspaceId}
    AND (i.project_id IS NULL OR crewship_project_role(i.project_id, ${userId}) IS NOT NULL)
    AND (i.project_id IS NOT NULL OR i.submitted_by = ${userId} OR i.assignee_id = ${userId}
      OR EXISTS (SELECT FROM memberships m WHERE m.workspace_id = ${workspaceId} AND m.user_id = ${userId}
        AND m.role IN ('OWNER', 'ADMIN', 'MANAGER') AND m.disabled_at IS NULL)
      OR (i.chat_id IS NOT NULL AND crewship_chat_role(i.chat_id, ${userId}) IS NOT NULL))`;
}

/**
 * Which decisions `a` somebody may know of: not those about a project that they may not see, nor about an item of the
 * queue that they do not see.
 */
export function seesApproval(reader: ReviewReader): Fragment {
  return sql.fragment`a.workspace_id = ${reader.workspaceId}
    AND (a.project_id IS NULL OR crewship_project_role(a.project_id, ${reader.userId}) IS NOT NULL)
    AND (a.subject_type <> 'review_item' OR EXISTS (
      SELECT FROM review_items i WHERE i.id = a.subject_id AND ${seesReview(reader)}))`;
}
