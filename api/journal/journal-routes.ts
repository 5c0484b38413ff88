import { z } from 'zod';
import { countJournal, getJournalEntry, listJournal } from '../../db/journal/list-journal.ts';
import type { Database } from '../../db/kernel/database.ts';
import type { JournalEntry } from '../../domain/journal/journal-filter.ts';
import { defineRoute, ok, type Route } from '../kernel/route.ts';
import {
  decodeCursor,
  encodeCursor,
  journalCountQuery,
  journalEntryAnswer,
  journalListAnswer,
  journalListQuery,
  journalParams,
  toFilter,
} from './journal-schemas.ts';

type EntryAnswer = z.input<typeof journalEntryAnswer>;

function toAnswer(entry: JournalEntry): EntryAnswer {
  return entry as EntryAnswer;
}

/** The journal, read only: contract journal-cost, section 2. */
export function createJournalRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Journal'];
  const authority = { access: 'member', action: 'read', scope: 'journal:read' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/journal',
      operationId: 'listJournal',
      summary: 'List journal entries, newest first',
      description: 'Lists in filters are comma-separated and match any of their values exactly.',
      tags,
      authority,
      query: journalListQuery,
      responses: { 200: journalListAnswer },
      handler: async (ctx) => {
        const { limit } = ctx.query;
        const cursor = decodeCursor(ctx.query.cursor);
        // One more than asked for tells whether another page exists, so no page is ever empty but the first.
        const found = await listJournal(reads, ctx.workspace.id, toFilter(ctx.query), { limit: limit + 1, cursor });
        const entries = found.slice(0, limit).map(toAnswer);
        const last = entries.at(-1);
        const next = found.length > limit && last !== undefined ? encodeCursor(last) : null;
        return ok({ entries, next_cursor: next, count: entries.length });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/journal/count',
      operationId: 'countJournal',
      summary: 'Count journal entries',
      tags,
      authority,
      query: journalCountQuery,
      responses: { 200: z.object({ total: z.int() }) },
      handler: async (ctx) => ok({ total: await countJournal(reads, ctx.workspace.id, toFilter(ctx.query)) }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/journal/:entryId',
      operationId: 'getJournalEntry',
      summary: 'Get a journal entry',
      tags,
      authority,
      params: journalParams,
      responses: { 200: journalEntryAnswer },
      handler: async (ctx) => ok(toAnswer(await getJournalEntry(reads, ctx.workspace.id, ctx.params.entryId))),
    }),
  ];
}
