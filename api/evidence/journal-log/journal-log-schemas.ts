import { z } from 'zod';
import { idField } from '../../http/kernel/fields.ts';

const sizeField = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const hashField = z.string().describe('SHA-256, base64');

export const inclusionQuery = z.object({
  workspace_id: idField.optional(),
  position: sizeField,
  size: sizeField.optional().describe('of the log that the leaf is proven to be in; default: of the newest checkpoint'),
});
export const consistencyQuery = z.object({
  workspace_id: idField.optional(),
  from: sizeField,
  size: sizeField.optional().describe('default: of the newest checkpoint'),
});
export const inclusionAnswer = z.object({
  position: z.int(),
  leaf_index: z.int().describe('position − 1'),
  size: z.int(),
  leaf_hash: hashField,
  root_hash: hashField,
  hashes: z.array(hashField).describe('RFC 6962, 2.1.1'),
});
export const consistencyAnswer = z.object({
  from: z.int(),
  size: z.int(),
  from_root_hash: hashField,
  root_hash: hashField,
  hashes: z.array(hashField).describe('RFC 6962, 2.1.2'),
});

export const tileQuery = z.object({
  workspace_id: idField.optional(),
  level: z.coerce.number().int().min(0).max(7),
  tile: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
});

export const logKeysAnswer = z.object({
  origin: z.string(),
  keys: z.array(z.string()).describe('`<name>+<id>+<base64>`, as verifiers of signed notes take them'),
});

export const exportQuery = z.object({
  workspace_id: idField.optional(),
  after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).describe('only after this position'),
});

export const verifyQuery = z.object({
  workspace_id: idField.optional(),
  kept: z.string().max(4_096).optional().describe('a checkpoint of before, the whole note: finds truncation and forks'),
});
export const journalFault = z.object({
  kind: z.enum(['edited', 'missing', 'reordered', 'inserted', 'log_changed', 'bad_signature', 'truncated', 'forked']),
  position: z.int().nullable(),
  after: z.int().nullable().describe('the last position up to which all was well'),
  entry_id: z.string().nullable(),
  detail: z.string(),
});
export const verifyAnswer = z.object({
  valid: z.boolean(),
  size: z.int().describe('entries that are sealed'),
  unsealed: z.int().describe('entries that wait to be sealed'),
  checkpoint: z.string().nullable().describe('the newest, a signed note'),
  faults: z.array(journalFault).describe('the first 100'),
});
