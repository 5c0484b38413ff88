import { z } from 'zod';
import { validationConfigSchema, validationFields } from '../../../domain/evidence/validation/validation-config.ts';
import { idField, momentField, refField, sharedFields, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

const { checks, judge } = validationFields(sharedFields);
const config = validationConfigSchema(sharedFields);
const version = z.int().min(0).max(2_147_483_647);

export const validationConfigBody = config.extend({
  version: version.describe('the one that was read; 0 where the workspace has none'),
});
export const validationConfigAnswer = z.object({
  checks,
  pass_score: z.number().describe('from which mean on a content passes'),
  judge: judge.nullable(),
  version: z.int().describe('of the workspace’s own; 0: it has none'),
});

export const validateBody = z
  .strictObject({
    content: z.string().max(200_000).optional(),
    subject: z
      .strictObject({ type: z.literal('task'), id: idField })
      .optional()
      .describe('instead: the result of a task of a mission'),
    checks: checks.optional().describe('instead of the workspace’s'),
    judge: judge.optional().describe('instead of the workspace’s; asked for by a check `rubric`'),
    context: z.string().max(20_000).default('').describe('what the content is about, and its sources'),
    agent: refField.optional().describe('whose content it is'),
  })
  .refine((body) => (body.content === undefined) !== (body.subject === undefined), {
    path: ['content'],
    error: 'or subject: exactly one of them',
  })
  .meta({ example: { content: 'All is well [1].', context: '[1] The log', checks: [{ kind: 'citations_resolve' }] } });

const score = z.number().nullable().describe('0 to 1; null: nothing gave one');

const checkAnswer = z.object({ id: z.string(), score, passed: z.boolean(), detail: z.string() });

const judgeAnswer = z.object({
  status: z.enum(['scored', 'timeout', 'failed', 'not_configured', 'over_budget']),
  score: score.describe('the median of the judges’'),
  spread: z.number().nullable().describe('their standard deviation'),
  confidence: z.number().nullable().describe('the median of how sure they say they are'),
  low_confidence: z.boolean().describe('people had better look'),
  judges: z.array(z.object({ score: z.number(), confidence: z.number(), reason: z.string(), model: z.string() })),
});

export const validatedAnswer = z.object({
  score: score.describe('the mean of the checks’'),
  passed: z.boolean().describe('all checks did, and the mean is enough'),
  checks: z.array(checkAnswer),
  judge: judgeAnswer.nullable().describe('null: none was asked'),
  log_id: z.string(),
});

export const validationLogsQuery = z.object({
  workspace_id: idField.optional(),
  passed: z.enum(['true', 'false']).optional(),
  agent: refField.optional(),
  subject_type: z.enum(['task']).optional(),
  from: momentField.optional().describe('from then on'),
  to: momentField.optional().describe('before then'),
  ...pageQuery({ defaultLimit: 50 }),
});

export const validationLogsAnswer = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      created_by: z.string().nullable(),
      agent_id: z.string().nullable(),
      subject: z.object({ type: z.literal('task'), id: z.string() }).nullable(),
      content_sha256: z.string().describe('of what was validated, UTF-8'),
      passed: z.boolean(),
      score,
      checks: z.array(checkAnswer),
      judge: judgeAnswer.nullable(),
      config_version: z.int(),
      created_at: timeField,
    }),
  ),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});
