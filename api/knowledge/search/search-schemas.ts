import { z } from 'zod';
import { ENTRY_KINDS } from '../../../domain/knowledge/entries/entry.ts';
import { RELATIONS } from '../../../domain/knowledge/entries/link.ts';
import { idField, nameField, refField } from '../../http/kernel/fields.ts';
import { entrySummaryAnswer, tagField } from '../entries/entry-schemas.ts';
import { namespaceField } from '../namespaces/namespace-schemas.ts';

const where = {
  namespaces: z.array(namespaceField).max(20).optional().describe('default: all that the caller reaches'),
  project_id: idField.optional().describe('the namespace of this project'),
};
const modes = ['hybrid', 'text', 'semantic'] as const;

export const searchBody = z
  .strictObject({
    query: nameField(1, 1_000),
    ...where,
    tags: z.array(tagField).max(30).optional().describe('entries that have all of them'),
    kind: z.enum(ENTRY_KINDS).optional(),
    mode: z.enum(modes).default('hybrid'),
    limit: z.int().min(1).max(50).default(10),
  })
  .meta({ example: { query: 'how do we release' } });
export const searchAnswer = z.object({
  hits: z.array(
    z.object({
      entry: entrySummaryAnswer,
      chunk_id: z.string().describe('what of the entry was found'),
      score: z.number().describe('0 to 1'),
      highlights: z.array(z.string()).describe('what of it has the words'),
    }),
  ),
  mode_used: z.enum(modes).describe('`text`: words and titles, whatever was asked for'),
  took_ms: z.int(),
});

export const retrieveBody = z
  .strictObject({
    query: nameField(1, 1_000),
    ...where,
    agent: refField.optional().describe('no more than this agent may read'),
    depth: z.int().min(0).max(3).default(1).describe('links to follow'),
    relations: z.array(z.enum(RELATIONS)).max(RELATIONS.length).optional().describe('links to follow; default: all'),
    max_entries: z.int().min(1).max(50).default(12),
    max_tokens: z.int().min(200).max(32_000).default(4_000).describe('of the context, as they are estimated'),
  })
  .meta({ example: { query: 'how do we release' } });
export const retrieveAnswer = z.object({
  context: z.string().describe('for a prompt: each piece numbered, in a fence that was made for this answer'),
  entries: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      score: z.number(),
      hop: z.int().describe('links away from what the question found'),
      path: z.array(z.string()).describe('entries over which it was reached, itself the last'),
    }),
  ),
  citations: z.array(
    z.object({
      number: z.int().describe('of its piece in the context'),
      entry_id: z.string(),
      title: z.string(),
      namespace: z.string(),
      version: z.int(),
      url: z.string().nullable().describe('of its source'),
    }),
  ),
  tokens: z.int().describe('estimated, rather too many'),
  truncated: z.boolean().describe('entries were left out of the context'),
});
