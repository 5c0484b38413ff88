import { z } from 'zod';
import type { ResearchRun } from '../../../db/knowledge/research/research-store.ts';
import { researchInput } from '../../../domain/knowledge/research/research-job.ts';
import {
  CANDIDATE_STATUSES,
  JUDGED_BY,
  MOST_DECISIONS,
  VERDICTS,
} from '../../../domain/knowledge/research/research-run.ts';
import { JOB_STATUSES } from '../../../domain/work/jobs/job-status.ts';
import { csvField, idField, nameField, refField, sharedFields, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

export const researchRunParams = z.object({ researchRunId: idField });

export const newResearchBody = researchInput(sharedFields)
  .extend({ agent: refField.optional().describe('for whom it is: its routes and budgets of models count') })
  .meta({ example: { topic: 'Timeouts of payments', namespace: 'team', urls: ['https://example.com/timeouts'] } });

export const researchRunsQuery = z.object({
  workspace_id: idField.optional(),
  namespace: z.string().min(1).max(80).optional(),
  status: csvField(z.enum(JOB_STATUSES)).optional().describe('in these states, comma-separated'),
  ...pageQuery({ defaultLimit: 50 }),
});

export const researchRunQuery = z.object({
  workspace_id: idField.optional(),
  status: csvField(z.enum(CANDIDATE_STATUSES)).optional().describe('of candidates, comma-separated'),
});

export const queuedRunAnswer = z.object({ run_id: z.string(), job_id: z.string() });

const researchRunAnswer = z.object({
  id: z.string(),
  namespace: z.string(),
  status: z.enum(JOB_STATUSES).describe('of its job; `waiting`: pages wait for decisions'),
  topic: z.string(),
  questions: z.array(z.string()),
  urls: z.array(z.string()),
  allowed_domains: z.array(z.string()),
  max_pages: z.int(),
  reject_below: z.number().nullable(),
  agent_id: z.string().nullable(),
  queries: z.array(z.string()).nullable().describe('what is searched for; null: it is not planned yet'),
  planned_by: z.enum(JUDGED_BY).nullable(),
  stats: z.object({ candidates: z.int(), pending: z.int(), ingested: z.int() }),
  job_id: z.string(),
  created_by: z.string().nullable(),
  created_at: timeField,
  finished_at: timeField.nullable(),
});

const candidateAnswer = z.object({
  id: z.string(),
  url: z.string(),
  title: z.string(),
  excerpt: z.string(),
  score: z.number().nullable().describe('0 to 1; null: it is not judged'),
  verdict: z.enum(VERDICTS).nullable(),
  judged_by: z.enum(JUDGED_BY).nullable().describe('words: no model is configured, or none answered'),
  reason: z.string().describe('of its score, or why it is blocked or was not ingested'),
  status: z.enum(CANDIDATE_STATUSES),
  entry_id: z.string().nullable(),
  note: z.string().nullable(),
  decided_by: z.string().nullable(),
  decided_at: timeField.nullable(),
});

export const researchRunsAnswer = z.object({
  items: z.array(researchRunAnswer),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});
export const wholeRunAnswer = researchRunAnswer.extend({ candidates: z.array(candidateAnswer) });

export const decisionsBody = z.strictObject({
  decisions: z
    .array(
      z.strictObject({
        candidate_id: idField,
        decision: z.enum(['approve', 'reject']),
        title: nameField(1, 200).optional().describe('of the entry; default: the page’s'),
        tags: z.array(nameField(1, 50)).max(30).optional(),
        note: z.string().max(1_000).optional(),
      }),
    )
    .min(1)
    .max(MOST_DECISIONS),
});

export const decisionsAnswer = z.object({
  results: z.array(
    z.object({
      candidate_id: z.string(),
      ok: z.boolean(),
      code: z.enum(['not_found', 'not_judged', 'not_pending', 'repeated']).nullable().describe('why not'),
    }),
  ),
});

export function toRunAnswer(run: ResearchRun) {
  const { candidates_total: candidates, pending_total: pending, ingested_total: ingested, ...rest } = run;
  return { ...rest, stats: { candidates, pending, ingested }, job_id: run.id };
}
