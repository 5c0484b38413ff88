import { z } from 'zod';
import { JOURNAL_PRIORITIES } from '../../../domain/kernel/journal/journal-entry.ts';
import type { JournalCursor, JournalFilter } from '../../../domain/evidence/journal/journal-filter.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { csvField, idField, timeField } from '../../http/kernel/fields.ts';

const SEVERITIES = ['info', 'notice', 'warn', 'error'] as const;
const ACTOR_TYPES = ['agent', 'user', 'system', 'keeper', 'sidecar', 'orchestrator'] as const;

/** Trace ids of missions carry a prefix, so they may be longer than ids. */
const traceField = z.string().regex(/^[A-Za-z0-9_-]{2,128}$/, 'must be 2 to 128 of A-Z, a-z, 0-9, _ and -');
const typeField = z.string().regex(/^[a-z0-9_.]{1,100}$/, 'must be an entry type');
const momentField = z.iso.datetime({ offset: true });

const filterMembers = {
  workspace_id: idField.optional(),
  crew_id: idField.optional(),
  crew_ids: csvField(idField).optional(),
  agent_id: idField.optional(),
  agent_ids: csvField(idField).optional(),
  mission_id: idField.optional(),
  trace_id: traceField.optional(),
  run_id: idField.optional().describe('a run’s id is its trace id'),
  entry_type: csvField(typeField).optional(),
  exclude_entry_type: csvField(typeField).optional(),
  severity: csvField(z.enum(SEVERITIES)).optional(),
  actor_type: csvField(z.enum(ACTOR_TYPES)).optional(),
  priority: csvField(z.enum(JOURNAL_PRIORITIES)).optional(),
  since: momentField.optional(),
  until: momentField.optional(),
};

const q = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .optional()
  .describe(
    'a phrase: its words, one after the other, in the summary or in a text of the payload; case does not matter',
  );

export const journalStreamQuery = z.object({
  ...filterMembers,
  q: z.string().max(0, 'a stream cannot be searched: list the journal instead').optional(),
});
export const journalCountQuery = z.object({ ...filterMembers, q });
export const journalListQuery = z.object({
  ...filterMembers,
  q,
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(256).optional().describe('`next_cursor` of the page before'),
});
export const journalParams = z.object({ entryId: idField });

/** Query parameters as the store's filter. */
export function toFilter(query: z.output<typeof journalStreamQuery>): JournalFilter {
  const crewIds = [...(query.crew_id === undefined ? [] : [query.crew_id]), ...(query.crew_ids ?? [])];
  const agentIds = [...(query.agent_id === undefined ? [] : [query.agent_id]), ...(query.agent_ids ?? [])];
  if (query.run_id !== undefined && query.trace_id !== undefined && query.run_id !== query.trace_id) {
    throw invalidField('run_id', 'disagrees with trace_id');
  }
  return {
    crewIds,
    agentIds,
    missionId: query.mission_id,
    traceId: query.trace_id ?? query.run_id,
    entryTypes: query.entry_type,
    excludeEntryTypes: query.exclude_entry_type,
    severities: query.severity,
    actorTypes: query.actor_type,
    priorities: query.priority,
    since: query.since,
    until: query.until,
  };
}

/** Opaque to callers; (ts, id) of the last entry of a page. */
export function encodeCursor(cursor: JournalCursor): string {
  return Buffer.from(`${cursor.ts}|${cursor.id}`).toString('base64url');
}

/** Throws `invalid_request` on anything that {@link encodeCursor} did not make. */
export function decodeCursor(text: string | undefined): JournalCursor | null {
  if (text === undefined) return null;
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\|([A-Za-z0-9_-]{2,64})$/.exec(
    Buffer.from(text, 'base64url').toString(),
  );
  if (match === null || Number.isNaN(Date.parse(match[1]!))) throw invalidField('cursor', 'is no cursor of this list');
  return { ts: match[1]!, id: match[2]! };
}

export const journalStreamAnswer = z
  .unknown()
  .describe('server-sent events: each entry as JSON, its position as the id')
  .meta({ type: 'string' });

const jsonObject = z.record(z.string(), z.unknown());

export const journalEntryAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  crew_id: z.string().nullable(),
  agent_id: z.string().nullable(),
  mission_id: z.string().nullable(),
  task_id: z.string().nullable(),
  ts: timeField,
  entry_type: z.string(),
  severity: z.enum(SEVERITIES),
  priority: z.enum(JOURNAL_PRIORITIES),
  actor_type: z.enum(ACTOR_TYPES),
  actor_id: z.string().nullable(),
  target_type: z.string().nullable(),
  target_id: z.string().nullable(),
  request_id: z.string().nullable(),
  summary: z.string(),
  payload: jsonObject,
  refs: jsonObject,
  trace_id: z.string().nullable(),
  span_id: z.string().nullable(),
  expires_at: timeField.nullable(),
  position: z.int().nullable().describe('place in the workspace’s gap-free sequence; null for a moment after commit'),
});

export const journalListAnswer = z.object({
  entries: z.array(journalEntryAnswer),
  next_cursor: z.string().nullable(),
  count: z.int().describe('entries on this page'),
});
