import type { JobKind } from '../../kernel/jobs/job-kind.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';
import { MOST_PAGES } from './research-run.ts';

const DAY_MS = 86_400_000;
const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** What research is asked for by, by either door. */
export function researchInput({ z, id }: Fields) {
  const text = z.string().trim().min(1).max(500);
  return z.strictObject({
    topic: text,
    namespace: z.string().min(1).max(80).describe('into which approved pages go'),
    questions: z.array(text).max(10).default([]),
    urls: z
      .array(z.url({ protocol: /^https?$/ }).max(2_048))
      .max(50)
      .default([])
      .describe('pages that are read in any case, before those that are found'),
    allowed_domains: z
      .array(z.string().toLowerCase().regex(DOMAIN, 'must be the name of a domain'))
      .max(50)
      .default([])
      .describe('pages of these and of what is below them alone; none: of any'),
    max_pages: z.int().min(1).max(MOST_PAGES).default(20),
    reject_below: z.number().min(0).max(1).nullable().default(null).describe('pages with a lower score are rejected'),
    agent: id
      .nullable()
      .default(null)
      .describe('for whom it is: routes and budgets of models count as for its own calls'),
  });
}

export interface ResearchInput {
  readonly topic: string;
  readonly namespace: string;
  readonly questions: readonly string[];
  readonly urls: readonly string[];
  readonly allowed_domains: readonly string[];
  readonly max_pages: number;
  readonly reject_below: number | null;
  readonly agent: string | null;
}

/** Finds pages on the web, reads and judges them, and keeps those that people approve of as entries. */
export const researchJob = {
  name: 'web.research',
  description: 'Finds and judges pages of the web, and makes entries of those that people approve of.',
  startedBy: { action: 'manage', scope: 'knowledge:write' },
  seenBy: { action: 'manage', scope: 'knowledge:read' },
  cancelledBy: { action: 'manage', scope: 'knowledge:write' },
  input: researchInput,
  result: ({ z }) => z.strictObject({ found: z.int(), ingested: z.int() }),
  deadlineMs: 14 * DAY_MS,
  driver: 'job',
  steps: ['plan', 'search', 'fetch', 'judge', 'decide'],
} as const satisfies JobKind;
