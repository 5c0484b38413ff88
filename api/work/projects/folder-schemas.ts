import { z } from 'zod';
import {
  FOLDER_OPERATIONS,
  FOLDER_UPDATE_STATUSES,
  MAX_FOLDER_DEPTH,
  MAX_PATH_CHARACTERS,
} from '../../../domain/work/projects/folder.ts';
import { SCAFFOLD_ITEM_KINDS, SCAFFOLD_ITEM_STATUSES } from '../../../domain/work/projects/scaffold.ts';
import { csvField, idField, nameField, optionalBody, refField, timeField } from '../../http/kernel/fields.ts';
import { listOf, pageQuery } from '../../http/kernel/pagination.ts';
import { workspaceQuery } from './project-schemas.ts';

const MAX_NOTE_CHARACTERS = 1_000;

export const foldersQuery = z.object({
  ...workspaceQuery,
  parent: z
    .string()
    .min(1)
    .max(MAX_PATH_CHARACTERS)
    .optional()
    .describe('id or path of the folder below which; default: all, with the root'),
  depth: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_FOLDER_DEPTH)
    .default(MAX_FOLDER_DEPTH)
    .describe('levels below that folder'),
  ...pageQuery({ defaultLimit: 50 }),
});

const folderAnswer = z.object({
  id: z.string(),
  path: z.string().describe('from the root, `/`: `/Specs/Drafts`'),
  name: z.string(),
  parent_id: z.string().nullable().describe('null: the root'),
  document_count: z.int().describe('in it, not below it'),
  version: z.int().describe('another one whenever its path is another'),
});
export const foldersAnswer = listOf(folderAnswer);

export const folderUpdatesQuery = z.object({
  ...workspaceQuery,
  status: csvField(z.enum(FOLDER_UPDATE_STATUSES)).optional(),
  ...pageQuery({ defaultLimit: 50 }),
});

export const folderUpdateAnswer = z.object({
  id: z.string(),
  operation: z.enum(FOLDER_OPERATIONS),
  path: z.string().describe('the folder; of create the one that is to be'),
  new_path: z.string().nullable().describe('of rename and move: where it is to be'),
  document_id: z.string().nullable().describe('of file_document: what is to be in the folder'),
  reason: z.string().nullable(),
  proposed_by: z.string().nullable().describe('an agent'),
  base_version: z.int().describe('of the folder when it was proposed; of create and of the one above'),
  status: z.enum(FOLDER_UPDATE_STATUSES).describe('conflict: the folder changed before anybody decided'),
  approval_id: z.string(),
  note: z.string().nullable().describe('of who decided'),
  decided_by: z.string().nullable(),
  decided_at: timeField.nullable(),
  created_at: timeField,
});
export const folderUpdatesAnswer = listOf(folderUpdateAnswer);

export const folderUpdateParams = z.object({ projectId: refField, folderUpdateId: idField });
export const approveUpdateBody = optionalBody(
  z.strictObject({ note: nameField(1, MAX_NOTE_CHARACTERS).nullable().default(null) }),
);
export const rejectUpdateBody = z.strictObject({ reason: nameField(1, MAX_NOTE_CHARACTERS) });
export const appliedAnswer = z.object({
  update: folderUpdateAnswer,
  folder: folderAnswer.nullable().describe('as it is then; null: it was deleted'),
});

export const scaffoldItemsQuery = z.object({
  ...workspaceQuery,
  status: csvField(z.enum(SCAFFOLD_ITEM_STATUSES)).optional(),
  kind: csvField(z.enum(SCAFFOLD_ITEM_KINDS)).optional(),
  ...pageQuery({ defaultLimit: 50 }),
});
export const scaffoldItemsAnswer = listOf(
  z.object({
    id: z.string(),
    job_id: z.string(),
    kind: z.enum(SCAFFOLD_ITEM_KINDS),
    path: z.string().describe('of the folder, or of that in which the document is; of a task the root'),
    title: z.string(),
    status: z.enum(SCAFFOLD_ITEM_STATUSES).describe('proposed: not made yet; skipped: it was there'),
    created_ref: z.string().nullable().describe('id of the folder, the entry of knowledge or the task'),
    error: z.string().nullable(),
  }),
);
