import { z } from 'zod';
import { DOCUMENT_FORMATS } from '../../../domain/knowledge/files/document-format.ts';
import { FILE_STATUSES, ON_CONFLICT } from '../../../domain/knowledge/files/knowledge-file.ts';
import { ENTRY_VISIBILITIES } from '../../../domain/knowledge/entries/entry.ts';
import { namespaceOfProject } from '../../../domain/knowledge/namespaces/namespace.ts';
import { folderPath, MAX_FOLDER_DEPTH, MAX_PATH_CHARACTERS } from '../../../domain/work/projects/folder.ts';
import { csvField, idField, nameField, searchField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';
import { tagField } from '../entries/entry-schemas.ts';
import { namespaceField } from '../namespaces/namespace-schemas.ts';

const MAX_TEXT_BYTES = 1_048_576;
/** JSON may take six bytes for one. Files are not of a body. */
export const INGEST_BODY_BYTES = 6 * MAX_TEXT_BYTES + 65_536;

const MOST_TAGS = 30;
const common = {
  namespace: namespaceField,
  title: nameField(1, 200).nullable().default(null).describe('of the entries; default: what the file is called'),
  visibility: z.enum(ENTRY_VISIBILITIES).default('visible').describe('hidden: for who writes in the namespace'),
  project_id: idField.optional().describe('whose namespace it is, if it is a project’s'),
};

/** That a project is named twice alike. */
function ofOneProject({ namespace, project_id: id }: { namespace: string; project_id?: string | undefined }): boolean {
  return id === undefined || namespace === namespaceOfProject(id);
}
const ANOTHER = { path: ['project_id'], error: 'must be of the project whose namespace is named' };

/** What is sent as JSON: an address or a text. */
export const ingestBody = z
  .strictObject({
    ...common,
    tags: z.array(tagField).max(MOST_TAGS).default([]),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2_048)
      .optional(),
    text: z
      .string()
      .min(1)
      .max(MAX_TEXT_BYTES)
      .refine((text) => Buffer.byteLength(text) <= MAX_TEXT_BYTES, `must be at most ${MAX_TEXT_BYTES} bytes of UTF-8`)
      .optional()
      .describe('Markdown, or any other text, of at most 1 MiB'),
  })
  .refine((body) => (body.url === undefined) !== (body.text === undefined), {
    path: ['url'],
    error: 'or text must be given, and not both',
  })
  .refine(ofOneProject, ANOTHER)
  .nullish()
  .meta({ example: { namespace: 'team', title: 'How we release', text: 'After tests.' } });

/** The fields beside a file. */
export const ingestForm = z
  .strictObject({ ...common, tags: csvField(tagField, MOST_TAGS).default([]).describe('comma-separated') })
  .refine(ofOneProject, ANOTHER);

export const ingestAnswer = z.object({
  file_id: z.string(),
  job_id: z.string().nullable().describe('which reads it, or has read it'),
});

const fileError = z
  .object({ code: z.string(), detail: z.string() })
  .nullable()
  .describe('why its newest content was not read');
export const fileAnswer = z.object({
  id: z.string(),
  namespace: z.string(),
  project_id: z.string().nullable(),
  folder: z.string().describe('in its project; "" is the root'),
  filename: z.string(),
  format: z.enum(DOCUMENT_FORMATS).describe('by its content'),
  mime: z.string(),
  size_bytes: z.int(),
  sha256: z.string(),
  version: z.int().describe('counts its contents'),
  visible: z.boolean().describe('whether what was made of it is found'),
  status: z.enum(FILE_STATUSES).describe('of the newest content; what was made of the one before is found until then'),
  error: fileError,
  entry_count: z.int(),
  job_id: z.string().nullable().describe('which reads it, or has read it last'),
  source_url: z.string().nullable(),
  created_by: z.string().nullable(),
  created_at: timeField,
  updated_at: timeField,
});
export const filesAnswer = z.object({ items: z.array(fileAnswer), total: z.int(), limit: z.int(), offset: z.int() });

const statusField = csvField(z.enum(FILE_STATUSES)).optional();
export const filesQuery = z.object({
  workspace_id: idField.optional(),
  namespace: namespaceField.optional(),
  project_id: idField.optional().describe('the namespace of this project'),
  status: statusField,
  ...pageQuery({ defaultLimit: 50 }),
});

export const deleteFileQuery = z
  .object({
    workspace_id: idField.optional(),
    file_id: idField.optional(),
    namespace: namespaceField.optional(),
    filename: z.string().min(1).max(800).optional().describe('after its folder, if it is in one'),
  })
  .refine(
    (query) =>
      query.file_id === undefined
        ? query.namespace !== undefined && query.filename !== undefined
        : query.namespace === undefined && query.filename === undefined,
    { path: ['file_id'], error: 'or namespace and filename must be given' },
  );
export const deleteFileAnswer = z.object({ file_id: z.string(), entries_deleted: z.int() });

export const visibilityBody = z
  .strictObject({ file_id: idField, visible: z.boolean() })
  .meta({ example: { file_id: 'c123456789', visible: false } });

const folderField = z
  .string()
  .max(MAX_PATH_CHARACTERS)
  .transform((path, context) => {
    const known = folderPath(path);
    // Files have it without the first slash.
    if (known !== null) return known.slice(1);
    const message = `must be at most ${MAX_FOLDER_DEPTH} names of 120 characters parted by /, none of them . or ..`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

export const documentsQuery = z.object({
  workspace_id: idField.optional(),
  folder: folderField.optional().describe('those in this folder itself; "" is the root'),
  status: statusField,
  q: searchField.describe('part of the name'),
  ...pageQuery({ defaultLimit: 50 }),
});
const documentAnswer = z.object({
  id: z.string(),
  name: z.string(),
  folder: z.string().describe('"" is the root'),
  mime: z.string(),
  size_bytes: z.int(),
  sha256: z.string(),
  status: z.enum(FILE_STATUSES).describe('of the newest content; what was made of the one before is found until then'),
  version: z.int().describe('counts its contents'),
  job_id: z.string().nullable().describe('which reads it, or has read it last'),
  error: fileError,
  created_by: z.string().nullable(),
  created_at: timeField,
});
export const documentsAnswer = z.object({
  items: z.array(documentAnswer),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});
export const uploadForm = z.strictObject({
  folder: folderField.default('').describe('default: the root'),
  on_conflict: z
    .enum(ON_CONFLICT)
    .default('version')
    .describe('where the folder has the name: another content of that document, another name, or 409'),
});
export const uploadAnswer = z.object({
  documents: z.array(documentAnswer),
  job_ids: z.array(z.string()).describe('of those whose content is new'),
});
export const reingestBody = z
  .strictObject({
    document_ids: z.array(idField).min(1).max(100).optional(),
    all: z.literal(true).optional(),
    force: z.boolean().default(false).describe('also those that were read well by the readers that there are now'),
  })
  .refine((body) => (body.document_ids === undefined) !== (body.all === undefined), {
    path: ['document_ids'],
    error: 'or all must be given, and not both',
  })
  .meta({ example: { all: true } });
export const reingestAnswer = z.object({ job_ids: z.array(z.string()) });

export const fileDownloadQuery = z.object({ workspace_id: idField.optional() });
export const fileDownloadAnswer = z.unknown().describe('the file').meta({ type: 'string', format: 'binary' });
