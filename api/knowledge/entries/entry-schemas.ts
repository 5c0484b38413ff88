import { z } from 'zod';
import { ENTRY_ORDERS } from '../../../db/knowledge/entries/entries-store.ts';
import { LINK_DIRECTIONS } from '../../../db/knowledge/entries/links-store.ts';
import {
  ENTRY_KINDS,
  ENTRY_STATUSES,
  ENTRY_VISIBILITIES,
  type EntryFields,
} from '../../../domain/knowledge/entries/entry.ts';
import { LINK_ORIGINS, LINK_STATUSES, RELATIONS } from '../../../domain/knowledge/entries/link.ts';
import {
  clearableField,
  csvField,
  idField,
  momentField,
  nameField,
  searchField,
  timeField,
} from '../../http/kernel/fields.ts';
import { listOf, pageQuery } from '../../http/kernel/pagination.ts';
import { namespaceField } from '../namespaces/namespace-schemas.ts';

export const tagField = nameField(1, 64);
const weightField = z.number().min(0).max(1);
const sourceField = z.strictObject({
  type: z.string().trim().min(1).max(50),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2_048)
    .nullable()
    .default(null),
});
const linkFields = {
  relation: z.enum(RELATIONS),
  weight: weightField.default(1),
  rationale: clearableField(500).default(null),
};
const newLink = z.strictObject({ to_entry_id: idField, ...linkFields });

/** What a caller says of an entry. */
const entryFields = {
  title: nameField(1, 200),
  content: z.string().min(1).max(200_000).describe('Markdown; `[[Title]]` links to the entry of that title'),
  kind: z.enum(ENTRY_KINDS).default('page'),
  summary: clearableField(2_000).default(null),
  tags: z.array(tagField).max(30).default([]),
  status: z.enum(ENTRY_STATUSES).default('published').describe('where reviews are required, what is published waits'),
  visibility: z.enum(ENTRY_VISIBILITIES).default('visible').describe('hidden: for who writes in the namespace'),
  source: sourceField.nullable().default(null),
  confidence: weightField.nullable().default(null),
  expires_at: momentField.nullable().default(null).describe('stale from then on'),
};
export const newEntryBody = z
  .strictObject({
    namespace: namespaceField,
    ...entryFields,
    status: z.enum(['draft', 'published']).default('published').describe(entryFields.status.description!),
    links: z.array(newLink).max(50).default([]),
  })
  .meta({ example: { namespace: 'team', title: 'How we release', content: 'After [[Tests]].' } });
export const entryBody = z
  .strictObject({
    ...entryFields,
    status: z.enum(ENTRY_STATUSES),
    version: z.int().min(1).max(2_147_483_647).describe('the one that was read'),
  })
  .meta({ example: { title: 'How we release', content: 'After tests.', status: 'published', version: 1 } });

/** Tags once each, in their order. */
export function toFields(body: Omit<EntryFields, 'tags'> & { readonly tags: readonly string[] }): EntryFields {
  return { ...body, tags: [...new Set(body.tags)] };
}

export const entryParams = z.object({ knowledgeId: idField });
export const linkParams = z.object({ knowledgeId: idField, linkId: idField });

export const entrySummaryAnswer = z.object({
  id: z.string(),
  namespace: z.string(),
  title: z.string(),
  slug: z.string().describe('of the title, one of its namespace'),
  kind: z.enum(ENTRY_KINDS),
  summary: z.string().nullable(),
  tags: z.array(z.string()),
  status: z.enum(ENTRY_STATUSES),
  visibility: z.enum(ENTRY_VISIBILITIES),
  source: z.object({ type: z.string(), url: z.string().nullable() }).nullable(),
  file_id: z.string().nullable().describe('what it was made from'),
  project_id: z.string().nullable(),
  folder: z.string().nullable().describe('path of its folder in the project; null: of no project'),
  confidence: z.number().nullable(),
  expires_at: timeField.nullable(),
  version: z.int(),
  created_by: z.string().nullable(),
  created_at: timeField,
  updated_at: timeField,
});
export const entryAnswer = entrySummaryAnswer.extend({ content: z.string().describe('as it was written') });
export const entriesAnswer = listOf(entrySummaryAnswer);

export const entriesQuery = z.object({
  workspace_id: idField.optional(),
  namespace: namespaceField.optional(),
  project_id: idField.optional().describe('the namespace of this project'),
  status: csvField(z.enum(ENTRY_STATUSES)).optional(),
  kind: csvField(z.enum(ENTRY_KINDS)).optional(),
  tag: tagField.optional(),
  file_id: idField.optional(),
  q: searchField.describe('part of the title'),
  updated_since: momentField.optional(),
  sort: z.enum(ENTRY_ORDERS).default('updated').describe('`title` ascends, the others begin with the newest'),
  ...pageQuery({ defaultLimit: 50 }),
});
export const entryQuery = z.object({
  workspace_id: idField.optional(),
  version: z.coerce.number().int().min(1).max(2_147_483_647).optional().describe('as it was then'),
});

export const newLinkBody = newLink.meta({ example: { to_entry_id: 'c123456789', relation: 'supports' } });
export const linkPatchBody = z
  .strictObject({
    relation: linkFields.relation.optional(),
    weight: weightField.optional(),
    status: z.enum(LINK_STATUSES).optional(),
    rationale: clearableField(500).optional(),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), {
    path: ['relation'],
    error: 'or another field must be given',
  })
  .meta({ example: { weight: 0.5 } });
export const linksQuery = z.object({
  workspace_id: idField.optional(),
  direction: z.enum(LINK_DIRECTIONS).default('both'),
  status: csvField(z.enum(LINK_STATUSES)).optional(),
  ...pageQuery({ defaultLimit: 50 }),
});
export const linkAnswer = z.object({
  id: z.string(),
  from_entry_id: z.string(),
  to_entry_id: z.string(),
  relation: z.enum(RELATIONS),
  weight: z.number(),
  status: z.enum(LINK_STATUSES),
  origin: z.enum(LINK_ORIGINS),
  rationale: z.string().nullable(),
  created_by: z.string().nullable(),
  created_at: timeField,
  updated_at: timeField,
});
export const linksAnswer = listOf(linkAnswer);

export const graphQuery = z.object({
  workspace_id: idField.optional(),
  namespace: namespaceField,
  root: idField.optional().describe('entry of the namespace from which to go; without it all of the namespace'),
  depth: z.coerce.number().int().min(1).max(4).default(2).describe('steps from the root'),
  relation: csvField(z.enum(RELATIONS)).optional(),
  limit: z.coerce.number().int().min(1).max(2_000).default(500).describe('most nodes'),
});
export const graphAnswer = z.object({
  nodes: z.array(
    z.object({
      id: z.string(),
      namespace: z.string(),
      title: z.string(),
      slug: z.string(),
      kind: z.enum(ENTRY_KINDS),
      status: z.enum(ENTRY_STATUSES),
    }),
  ),
  edges: z.array(
    z.object({
      id: z.string(),
      from: z.string(),
      to: z.string(),
      relation: z.enum(RELATIONS),
      weight: z.number(),
    }),
  ),
  truncated: z.boolean().describe('nodes or edges were left out'),
  stats: z.object({
    nodes: z.int(),
    edges: z.int(),
    unlinked: z.int().describe('nodes without an edge that is shown'),
  }),
});
