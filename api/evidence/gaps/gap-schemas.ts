import { z } from 'zod';
import type { GapReport } from '../../../db/evidence/gaps/gaps-store.ts';
import { GAP_CATEGORIES, GAP_SEVERITIES, GAP_STATUSES } from '../../../domain/evidence/gaps/gap.ts';
import { TASK_PRIORITIES } from '../../../domain/work/tasks/managed-task.ts';
import { JOB_STATUSES } from '../../../domain/work/jobs/job-status.ts';
import {
  clearableField,
  csvField,
  idField,
  momentField,
  nameField,
  optionalBody,
  refField,
  timeField,
} from '../../http/kernel/fields.ts';
import { managedTaskAnswer } from '../../work/tasks/managed-task-schemas.ts';
import { listOf, pageQuery } from '../../http/kernel/pagination.ts';

export const gapReportParams = z.object({ gapReportId: idField });
export const gapFindingParams = z.object({ gapFindingId: idField });

export const newReportBody = optionalBody(
  z.strictObject({
    from: momentField.optional().describe('default: 7 days before `to`'),
    to: momentField.optional().describe('default: now; at most 90 days after `from`'),
    agent: refField.optional().describe('of this one alone'),
    min_evidence: z.int().min(1).max(20).default(2).describe('what was seen less often is no finding'),
  }),
);

export const reportsQuery = z.object({
  workspace_id: idField.optional(),
  status: csvField(z.enum(JOB_STATUSES)).optional().describe('in these states, comma-separated'),
  ...pageQuery({ defaultLimit: 50 }),
});
export const findingsQuery = z.object({
  workspace_id: idField.optional(),
  status: csvField(z.enum(GAP_STATUSES)).optional(),
  severity: csvField(z.enum(GAP_SEVERITIES)).optional(),
  category: csvField(z.enum(GAP_CATEGORIES)).optional(),
  agent: refField.optional(),
  q: z.string().trim().max(200).optional().describe('part of the title'),
  ...pageQuery({ defaultLimit: 50 }),
});

export const findingStatusBody = z.strictObject({
  status: z.enum(GAP_STATUSES),
  note: clearableField(2_000).optional(),
});

export const gapTaskBody = optionalBody(
  z.strictObject({
    project_id: idField.nullable().default(null),
    title: nameField(1, 200).nullable().default(null).describe('default: the finding’s'),
    agent: refField.nullable().default(null),
    priority: z.enum(TASK_PRIORITIES).default('none'),
    reviewer_id: idField.nullable().default(null),
  }),
);

export const queuedReportAnswer = z.object({ report_id: z.string(), job_id: z.string() });

export const findingAnswer = z.object({
  id: z.string(),
  title: z.string(),
  category: z.enum(GAP_CATEGORIES),
  severity: z.enum(GAP_SEVERITIES),
  status: z.enum(GAP_STATUSES),
  agent_id: z.string().nullable(),
  evidence: z
    .array(z.object({ type: z.enum(['run', 'journal_entry', 'escalation', 'validation_log']), id: z.string() }))
    .describe('the newest 20 of what was seen'),
  occurrences: z.int().describe('in the newest report that saw it'),
  note: z.string().nullable(),
  task_id: z.string().nullable().describe('that was made of it, where the caller sees its project'),
  first_seen_at: timeField,
  last_seen_at: timeField,
});

export const gapTaskAnswer = z.object({ finding: findingAnswer, task: managedTaskAnswer });

export const reportAnswer = z.object({
  id: z.string(),
  status: z.enum(JOB_STATUSES),
  window: z.object({ from: timeField, to: timeField }),
  agent_id: z.string().nullable(),
  min_evidence: z.int(),
  counts: z
    .object({ low: z.int(), medium: z.int(), high: z.int(), critical: z.int() })
    .nullable()
    .describe('findings by severity; null: it is not done'),
  summary: z.string(),
  job_id: z.string(),
  created_by: z.string().nullable(),
  created_at: timeField,
});

export const reportsAnswer = listOf(reportAnswer);
export const findingsAnswer = listOf(findingAnswer);
export const wholeReportAnswer = reportAnswer.extend({ findings: z.array(findingAnswer) });

export function toReportAnswer(report: GapReport): z.input<typeof reportAnswer> {
  const { window_from: from, window_to: to, ...rest } = report;
  return { ...rest, window: { from, to }, job_id: report.id };
}
