import type { JobKind } from '../../kernel/jobs/job-kind.ts';

/** A report of what agents could not do, from the rows of a time; no model is asked. */
export const gapReportJob = {
  name: 'capability.report',
  description: 'Finds what agents could not do again and again.',
  startedBy: { action: 'create', scope: 'testing:write' },
  seenBy: { action: 'read', scope: 'testing:read' },
  cancelledBy: { action: 'create', scope: 'testing:write' },
  input: ({ z, id, moment }) =>
    z.strictObject({
      from: moment.optional().describe('default: 7 days before `to`'),
      to: moment.optional().describe('default: now'),
      agent: id.optional().describe('of this one alone, by its id'),
      min_evidence: z.int().min(1).max(20).default(2).describe('what was seen less often is no finding'),
    }),
  result: ({ z }) => z.strictObject({ findings: z.int() }),
  deadlineMs: 600_000,
  driver: 'job',
  steps: ['collect'],
} as const satisfies JobKind;

export interface GapReportInput {
  readonly from?: string;
  readonly to?: string;
  readonly agent?: string;
  readonly min_evidence: number;
}
