import { z } from 'zod';
import { PUBLIC_RUN_STATUSES } from '../../../domain/work/runs/run.ts';
import { ASSIGNEE_TYPES, ISSUE_PRIORITIES, ISSUE_STATUSES, RELATION_TYPES } from '../../../domain/work/issues/issue.ts';
import {
  clearableField,
  csvField,
  idField,
  nameField,
  optionalBody,
  refField,
  timeField,
} from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

const MAX_LABELS = 20;
const MAX_BULK = 100;

const workspaceQuery = { workspace_id: idField.optional() };
const statusField = z.enum(ISSUE_STATUSES);
const priorityField = z.enum(ISSUE_PRIORITIES);
/** A day, or the day of a moment; "" and null: none. */
const dueField = z
  .union([z.iso.date(), z.iso.datetime({ offset: true }), z.literal('')])
  .nullable()
  .transform((text) => (text === null || text === '' ? null : text.slice(0, 10)))
  .refine((day) => day === null || (day >= '1970-01-01' && day < '3000-01-01'), 'must be between 1970 and 3000')
  .describe('YYYY-MM-DD or RFC 3339; "" or null: none');
/** An id; "" and null: none. */
const linkField = z.union([idField, z.literal('').transform(() => null), z.null()]);
const labelsField = z.array(idField).max(MAX_LABELS).describe('ids; in place of those that it has');
const estimateField = z.int().min(0).max(1_000_000).nullable();
const sortOrderField = z.int().min(0).max(1_000_000_000);

export const publicIssueAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  crew_id: z.string(),
  crew_name: z.string(),
  crew_slug: z.string(),
  lead_agent_id: z.string().nullable(),
  mission_type: z.literal('issue'),
  number: z.int().describe('within its prefix'),
  identifier: z.string(),
  title: z.string(),
  description: z.string().nullable(),
  status: statusField,
  priority: priorityField,
  assignee_type: z.enum(ASSIGNEE_TYPES).nullable(),
  assignee_id: z.string().nullable(),
  due_date: z.string().nullable().describe('YYYY-MM-DD'),
  estimate: z.int().nullable(),
  sort_order: z.int(),
  parent_issue_id: z.string().nullable(),
  project_id: z.string().nullable(),
  project_name: z.string().nullable(),
  milestone_id: z.string().nullable(),
  labels: z.array(z.object({ id: z.string(), name: z.string(), color: z.string() })),
  sub_issues_count: z.int(),
  comment_count: z.int(),
  current_mission_id: z.string().nullable().describe('the mission that works on it, or did last'),
  created_by: z.object({ type: z.enum(ASSIGNEE_TYPES), id: z.string().nullable(), name: z.string().nullable() }),
  authored_via: z.enum(['user_api', 'agent_tool_call']),
  created_at: timeField,
  updated_at: timeField,
  completed_at: timeField.nullable(),
});

export const anyIssueParams = z.object({ issueRef: idField });
export const crewIssuesParams = z.object({ crewId: refField });
export const crewIssueParams = z.object({ crewId: refField, issueRef: idField });
export const relationParams = z.object({ relationId: idField });
export const labelParams = z.object({ labelId: idField });
export const issueQuery = z.object(workspaceQuery);
export const pagedQuery = z.object({ ...workspaceQuery, ...pageQuery({ defaultLimit: 50 }) });

export const issuesQuery = z.object({
  ...workspaceQuery,
  status: csvField(statusField).optional().describe('comma-separated'),
  priority: csvField(priorityField).optional().describe('comma-separated'),
  project_id: idField.optional(),
  crew_id: idField.optional(),
  assignee_id: idField.optional(),
  label: z.string().min(1).max(64).optional().describe('a label by name, in any case'),
  search: z.string().trim().max(200).optional().describe('part of the title'),
  sort: z
    .enum(['created_at', 'updated_at', 'priority', 'sort_order'])
    .default('created_at')
    .describe('newest first, most urgent first, or by sort_order'),
  ...pageQuery({ defaultLimit: 50 }),
});

const fields = {
  title: nameField(1, 500),
  description: clearableField(20_000),
  priority: priorityField,
  assignee_type: z.enum(ASSIGNEE_TYPES).nullable().describe('default: what assignee_id names'),
  assignee_id: linkField.describe('a member or an agent of the workspace; "" or null: nobody'),
  due_date: dueField,
  project_id: linkField,
  milestone_id: linkField.describe('of its project'),
  parent_issue_id: linkField.describe('its id or identifier'),
  estimate: estimateField,
  sort_order: sortOrderField,
  labels: labelsField,
};

export const newIssueBody = z
  .strictObject({
    title: fields.title,
    description: fields.description.default(null),
    priority: fields.priority.default('none'),
    assignee_type: fields.assignee_type.optional(),
    assignee_id: fields.assignee_id.optional(),
    due_date: fields.due_date.optional(),
    project_id: fields.project_id.optional(),
    milestone_id: fields.milestone_id.optional(),
    parent_issue_id: fields.parent_issue_id.optional(),
    estimate: fields.estimate.optional(),
    sort_order: fields.sort_order.default(0),
    labels: fields.labels.default([]),
  })
  .meta({ example: { title: 'Checkout fails since 14:30', priority: 'urgent' } });

export const issuePatchBody = z
  .strictObject({
    title: fields.title.optional(),
    description: fields.description.optional(),
    status: statusField.optional(),
    priority: fields.priority.optional(),
    assignee_type: fields.assignee_type.optional(),
    assignee_id: fields.assignee_id.optional(),
    due_date: fields.due_date.optional(),
    project_id: fields.project_id.optional(),
    milestone_id: fields.milestone_id.optional(),
    parent_issue_id: fields.parent_issue_id.optional(),
    estimate: fields.estimate.optional(),
    sort_order: fields.sort_order.optional(),
    labels: fields.labels.optional(),
  })
  .meta({ example: { status: 'TODO' } });

export const bulkBody = z
  .strictObject({
    ids: z.array(idField).min(1).max(MAX_BULK).describe('ids or identifiers'),
    updates: z.strictObject({
      status: statusField.optional(),
      priority: fields.priority.optional(),
      assignee_type: fields.assignee_type.optional(),
      assignee_id: fields.assignee_id.optional(),
      project_id: fields.project_id.optional(),
      labels: fields.labels.optional(),
    }),
  })
  .meta({ example: { ids: ['CRE-1', 'CRE-2'], updates: { priority: 'high' } } });
export const bulkAnswer = z.object({
  updated: z.int(),
  results: z
    .array(
      z.object({
        id: z.string().describe('as it was asked for'),
        ok: z.boolean(),
        code: z.string().nullable(),
        detail: z.string().nullable(),
      }),
    )
    .describe('in the order of ids'),
});

export const movedAnswer = z.object({ status: statusField, identifier: z.string() });
export const reviewBody = z
  .strictObject({
    action: z.enum(['approve', 'request_changes']),
    comment: clearableField(10_000).optional(),
    reassign_to: z.string().min(2).max(64).optional().describe('the slug of an agent of the crew'),
  })
  .meta({ example: { action: 'approve' } });
export const reviewAnswer = z.object({ status: z.literal('ok'), action: z.enum(['approve', 'request_changes']) });

export const activityAnswer = z.array(
  z.object({
    id: z.string(),
    mission_id: z.string().describe('the issue'),
    actor_type: z.string(),
    actor_id: z.string().nullable(),
    actor_name: z.string().nullable(),
    action: z.string(),
    details: z.record(z.string(), z.unknown()).describe('ids, states and lengths'),
    created_at: timeField,
  }),
);

export const issueRunsAnswer = z.array(
  z.object({
    id: z.string(),
    status: z.enum(PUBLIC_RUN_STATUSES),
    agent_name: z.string().nullable(),
    task: z.string().nullable(),
    started_at: timeField.nullable(),
    ended_at: timeField.nullable(),
    duration_ms: z.int().nullable(),
    result_summary: z.string().nullable(),
    error_message: z.string().nullable(),
  }),
);

export const publicCommentAnswer = z.object({
  id: z.string(),
  mission_id: z.string().describe('the issue'),
  author_type: z.enum(ASSIGNEE_TYPES),
  author_id: z.string(),
  author_name: z.string().nullable(),
  body: z.string(),
  created_at: timeField,
  updated_at: timeField,
});
export const newCommentBody = z
  .strictObject({ body: nameField(1, 50_000).describe('`@name` mentions an agent by its slug, or a member') })
  .meta({ example: { body: 'Seen on staging too, @builder.' } });

export const relationAnswer = z.object({
  id: z.string(),
  source_id: z.string().describe('this issue'),
  target_id: z.string(),
  relation_type: z.enum([...RELATION_TYPES, 'duplicated_by']).describe('as seen from this issue'),
  target_identifier: z.string(),
  target_title: z.string(),
  target_status: statusField,
  created_at: timeField,
});
export const newRelationBody = z.strictObject({
  target_identifier: idField.describe('its id or identifier'),
  relation_type: z.enum(RELATION_TYPES),
});
export const relatedAnswer = z.object({ id: z.string(), status: z.literal('ok') });

export const labelAnswer = z.object({
  id: z.string(),
  name: z.string(),
  color: z.string(),
  label_group: z.string().nullable(),
});
export const newLabelBody = z
  .strictObject({ name: nameField(1, 64), color: nameField(1, 32), label_group: clearableField(64).default(null) })
  .meta({ example: { name: 'bug', color: 'red' } });
export const labelPatchBody = z.strictObject({
  name: nameField(1, 64).optional(),
  color: nameField(1, 32).optional(),
  label_group: clearableField(64).optional(),
});
export const stopBody = optionalBody(z.strictObject({}));
