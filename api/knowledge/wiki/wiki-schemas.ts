import { z } from 'zod';
import type { MeditationRun } from '../../../db/knowledge/wiki/meditation-store.ts';
import { ENTRY_STATUSES } from '../../../domain/knowledge/entries/entry.ts';
import { meditationInput } from '../../../domain/knowledge/wiki/meditation-job.ts';
import {
  ACTION_CODES,
  FINDING_KINDS,
  FINDING_STATUSES,
  MEDITATION_MODES,
  MOST_ACTED_ON,
  WIKI_ACTIONS,
  WIKI_QUEUES,
} from '../../../domain/knowledge/wiki/wiki.ts';
import { JOB_STATUSES } from '../../../domain/work/jobs/job-status.ts';
import { csvField, idField, sharedFields, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

const namespaceField = z.string().min(1).max(80);

export const governanceQuery = z.object({
  workspace_id: idField.optional(),
  namespace: namespaceField.optional(),
  queue: z.enum(WIKI_QUEUES).optional(),
  status: z.enum(FINDING_STATUSES).default('open').describe('of findings; entries wait while they are `open`'),
  ...pageQuery({ defaultLimit: 50 }),
});

const shownEntry = z.object({ id: z.string(), title: z.string(), status: z.enum(ENTRY_STATUSES) });

export const governanceAnswer = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      type: z.enum(['finding', 'entry']),
      queue: z.enum(WIKI_QUEUES),
      status: z.enum(FINDING_STATUSES),
      namespace: z.string(),
      entry: shownEntry,
      other: shownEntry.nullable().describe('the other entry that it is about'),
      evidence: z.record(z.string(), z.unknown()),
      created_at: timeField,
    }),
  ),
  queues: z.array(z.object({ name: z.enum(WIKI_QUEUES), count: z.int() })),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});

const idList = z.array(idField).max(MOST_ACTED_ON).default([]);

export const actionsBody = z
  .strictObject({
    action: z.enum(WIKI_ACTIONS),
    item_ids: idList.describe('of findings, and of entries that wait in a queue'),
    entry_ids: idList,
    action_ids: idList.describe('for undo: what an action’s results name'),
    target_id: idField.optional().describe('for merge: the entry that takes the others in'),
    reason: z.string().max(1_000).optional(),
  })
  .superRefine((body, context) => {
    const [acted, undone] = [[...body.item_ids, ...body.entry_ids], body.action_ids];
    const [wanted, others] = body.action === 'undo' ? [undone, acted] : [acted, undone];
    const path = [body.action === 'undo' ? 'action_ids' : 'item_ids'];
    if (wanted.length === 0) context.addIssue({ code: 'custom', message: 'must name something', path });
    if (wanted.length > MOST_ACTED_ON) {
      context.addIssue({ code: 'custom', message: `at most ${MOST_ACTED_ON} at once`, path });
    }
    if (others.length > 0) context.addIssue({ code: 'custom', message: 'action_ids are for undo alone', path });
    if ((body.action === 'merge') !== (body.target_id !== undefined)) {
      context.addIssue({ code: 'custom', message: 'is for merge, and needed there', path: ['target_id'] });
    }
  })
  .meta({ example: { action: 'archive', entry_ids: ['an-entry'] } });

export const actionsAnswer = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      ok: z.boolean(),
      code: z.enum(ACTION_CODES).nullable().describe('why not'),
      action_id: z.string().nullable().describe('by which it is undone'),
    }),
  ),
});

export const triggerBody = meditationInput(sharedFields).meta({ example: { namespace: 'team' } });
export const queuedMeditationAnswer = z.object({ run_id: z.string(), job_id: z.string() });

export const meditationsQuery = z.object({
  workspace_id: idField.optional(),
  namespace: namespaceField.optional(),
  status: csvField(z.enum(JOB_STATUSES)).optional().describe('in these states, comma-separated'),
  ...pageQuery({ defaultLimit: 50 }),
});

export const meditationsAnswer = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      namespace: z.string(),
      status: z.enum(JOB_STATUSES),
      mode: z.enum(MEDITATION_MODES),
      max_proposals: z.int(),
      dry_run: z.boolean(),
      stats: z.object({
        entries: z.int(),
        findings: z.partialRecord(z.enum(FINDING_KINDS), z.int()).describe('by kind, those that were known included'),
      }),
      proposals: z.int().describe('findings that are new by it'),
      job_id: z.string(),
      created_by: z.string().nullable(),
      created_at: timeField,
      started_at: timeField.nullable(),
      finished_at: timeField.nullable(),
    }),
  ),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});

export function toMeditationAnswer({ entries_seen: entries, counts: findings, ...run }: MeditationRun) {
  return { ...run, stats: { entries, findings }, job_id: run.id };
}
