import { z } from 'zod';
import { ARTIFACT_KINDS, MAX_HTML_BYTES } from '../../../domain/work/artifacts/artifact.ts';
import { clearableField, idField, timeField } from '../../http/kernel/fields.ts';

/** What messages and runs say of what was published. */
export const artifactRefAnswer = z.object({
  reference_token: z.string().describe('names it in the paths of attachments'),
  name: z.string(),
  title: z.string().nullable(),
  kind: z.enum(ARTIFACT_KINDS),
  mime: z.string(),
  size_bytes: z.int(),
  revision: z.int().describe('the newest'),
});

export const artifactParams = z.object({ referenceToken: idField });

const revisionField = z.coerce
  .number()
  .int()
  .min(1)
  .max(1_000_000_000)
  .optional()
  .describe('which one; default: the newest');
export const artifactQuery = z.object({ workspace_id: idField.optional(), revision: revisionField });

export const downloadAnswer = z.unknown().describe('the file').meta({ type: 'string', format: 'binary' });

export const sourceAnswer = z.object({
  revision: z.int(),
  html: z.string().describe('as it is kept: show it in a frame that may run nothing'),
  sha256: z.string(),
  editable: z.boolean().describe('whether the caller may save another revision'),
  updated_at: timeField.describe('when this revision was made'),
});

/** JSON may take up to six bytes for a character. */
export const REVISION_BODY_BYTES = 3 * MAX_HTML_BYTES;

export const newRevisionBody = z
  .strictObject({
    html: z
      .string()
      .min(1)
      .refine((html) => Buffer.byteLength(html) <= MAX_HTML_BYTES, `must be at most ${MAX_HTML_BYTES} bytes of UTF-8`)
      .describe('at most 2 MiB'),
    base_revision: z.int().min(1).describe('what it was made from: the newest'),
    note: clearableField(500).optional(),
  })
  .meta({ example: { html: '<h1>March</h1>', base_revision: 1 } });

const removedAnswer = z.array(
  z.object({
    what: z.enum(['element', 'attribute', 'style']),
    name: z.string().describe('of an attribute: its element’s and its own'),
    count: z.int(),
  }),
);
export const revisionAnswer = z.object({
  revision: z.int(),
  sha256: z.string(),
  removed: removedAnswer.describe('what was taken out before it was kept'),
});

export const layoutCleanupBody = z
  .strictObject({
    base_revision: z.int().min(1).optional().describe('default: the newest'),
    instructions: z
      .string()
      .trim()
      .min(1)
      .max(2_000)
      .optional()
      .describe('what a model is to do; without them no model is asked'),
  })
  .nullish()
  .meta({ example: { instructions: 'One table for all months.' } });
export const layoutCleanupAnswer = z.object({ job_id: z.string() });
