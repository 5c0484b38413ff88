import type { JobKind } from '../../kernel/jobs/job-kind.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';
import { MAX_FILES_OF_JOB } from './knowledge-file.ts';

const HOUR_MS = 3_600_000;

// Whoever writes in the namespace of the file, which the request asks for.
const AUTHORITY = {
  startedBy: { action: 'participate', scope: 'knowledge:write' },
  seenBy: { action: 'manage', scope: 'knowledge:read' },
  cancelledBy: { action: 'manage', scope: 'knowledge:write' },
  driver: 'job',
} as const;

/** Makes the entries of a file from its newest content. */
export const ingestJob = {
  ...AUTHORITY,
  name: 'document.ingest',
  description: 'Reads a file of knowledge and makes its entries, which take the place of those before in one moment.',
  input: ({ z, id }) => z.strictObject({ file_id: id }),
  result: ({ z }) => z.strictObject({ file_id: z.string(), entries: z.int() }),
  subjectOf: (input) => ({ type: 'knowledge_file', id: input.file_id as string }),
  deadlineMs: 6 * HOUR_MS,
  steps: ['extract', 'index'],
} as const satisfies JobKind;

/** What is to be read again. */
function reingestInput({ z, id }: Fields) {
  return z
    .strictObject({
      file_ids: z.array(id).min(1).max(100).optional(),
      all: z
        .literal(true)
        .optional()
        .describe(`all that the caller writes, at most ${MAX_FILES_OF_JOB}, those changed longest ago first`),
      namespace: z.string().min(1).max(80).optional().describe('all of this one alone'),
      force: z.boolean().default(false).describe('also those that were read well by the readers that there are now'),
    })
    .refine((body) => (body.file_ids === undefined) !== (body.all === undefined), {
      path: ['file_ids'],
      error: 'or all must be given, and not both',
    })
    .refine((body) => body.namespace === undefined || body.all !== undefined, {
      path: ['namespace'],
      error: 'goes with all',
    })
    .meta({ example: { all: true } });
}

export interface ReingestInput {
  readonly file_ids?: readonly string[];
  readonly all?: true;
  readonly namespace?: string;
  readonly force: boolean;
}

/** Reads files again, one after the other; each that can’t be read fails alone. */
export const reingestJob = {
  ...AUTHORITY,
  name: 'document.reingest',
  description: 'Reads files of knowledge again, each for itself.',
  input: reingestInput,
  result: ({ z }) => z.strictObject({ ready: z.int(), failed: z.int() }),
  deadlineMs: 24 * HOUR_MS,
  steps: ['read'],
} as const satisfies JobKind;
