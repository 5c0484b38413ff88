import { z } from 'zod';
import { DESCRIPTION_QUALITIES, MAX_SKILL_CONTENT_BYTES, SCAN_STATUSES } from '../../../domain/crews/skills/skill.ts';
import { idField, nameField, slugField } from '../../http/kernel/fields.ts';

export const importParams = z.object({ workspaceId: idField });

const unsafeField = z.boolean().default(false).describe('takes a license that is not permissive, or not known');
/** Its place is judged when it is called. */
const placeField = z.url({ protocol: /^https?$/ }).max(1_900);

export const importBody = z
  .strictObject({
    url: placeField.optional().describe('https; of a SKILL.md'),
    content: z.string().min(1).max(MAX_SKILL_CONTENT_BYTES).optional().describe('a SKILL.md'),
    allow_unsafe_license: unsafeField,
  })
  .refine((body) => (body.url === undefined) !== (body.content === undefined), {
    path: ['url'],
    error: 'or `content` must be given, and not both',
  })
  .meta({ example: { content: '---\nname: notes\ndescription: Signs notes.\nlicense: MIT\n---\nSign them.' } });
export const importedAnswer = z.object({
  skill_id: z.string(),
  name: z.string(),
  slug: z.string(),
  created: z.boolean().describe('false: the skill that came from there before was changed'),
});

export const bulkImportBody = z.strictObject({
  git_url: placeField.describe('https; of a repository that everybody may read'),
  git_ref: nameField(1, 200).optional().describe('branch, tag or commit; the default branch where none is named'),
  paths: z.array(nameField(1, 500)).max(50).default([]).describe('folders to look in; everywhere where none is named'),
  vendor: nameField(1, 100).optional(),
  allow_unsafe_license: unsafeField,
  dry_run: z.boolean().default(false).describe('says what would be taken, and takes nothing'),
});
export const bulkImportAnswer = z.object({
  source: z.object({ url: z.string(), revision: z.string().describe('the commit') }),
  dry_run: z.boolean(),
  total_found: z.int(),
  total_imported: z.int(),
  imported: z.array(
    z.object({
      path: z.string(),
      slug: z.string(),
      name: z.string(),
      skill_id: z.string().nullable().describe('null in a dry run'),
      created: z.boolean().nullable().describe('null in a dry run'),
    }),
  ),
  skipped: z.array(z.object({ path: z.string(), slug: z.string().nullable(), reason: z.string() })),
  truncated: z.boolean().describe('there are more than 100'),
});

export const generateBody = z.strictObject({
  slug: slugField,
  prompt: nameField(10, 4_000).describe('what the skill is to teach'),
});
export const generatedAnswer = z.object({
  skill_id: z.string(),
  slug: z.string(),
  content: z.string(),
  scan_status: z.enum(SCAN_STATUSES),
  scan_reason: z.string().nullable().describe('what the scan found'),
  description_quality: z.enum(DESCRIPTION_QUALITIES),
});
