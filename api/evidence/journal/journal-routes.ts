import { z } from 'zod';
import { countJournal, getJournalEntry, listJournal } from '../../../db/evidence/journal/list-journal.ts';
import { readNewestOfStream } from '../../../db/evidence/journal/read-stream.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { Principal, Role } from '../../../domain/kernel/access/authority.ts';
import { type JournalReader, journalReader } from '../../../domain/evidence/journal/journal-reader.ts';
import { eventsAnswer, lastEventId, streamCredential } from '../../http/streams/event-stream.ts';
import type { Realtime } from '../../http/streams/realtime.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { openJournalStream } from './journal-event-stream.ts';
import {
  decodeCursor,
  encodeCursor,
  journalCountQuery,
  journalEntryAnswer,
  journalListAnswer,
  journalListQuery,
  journalParams,
  journalStreamAnswer,
  journalStreamQuery,
  toFilter,
} from './journal-schemas.ts';

/** Entries that a stream begins with. */
const NEWEST = 50;

function readerOf(ctx: { principal: Principal; workspace: { role: Role } }): JournalReader {
  return journalReader(ctx.workspace.role, ctx.principal.userId);
}

/** The journal, read only: docs/contracts/journal-and-streams.md, Reading. */
export function createJournalRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly realtime: Realtime;
}): Route[] {
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
        const search = { ...toFilter(ctx.query), reader: readerOf(ctx), phrase: ctx.query.q };
        const found = await listJournal(reads, ctx.workspace.id, search, { limit: limit + 1, cursor });
        const entries = found.slice(0, limit);
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
      handler: async (ctx) => {
        const search = { ...toFilter(ctx.query), reader: readerOf(ctx), phrase: ctx.query.q };
        return ok({ total: await countJournal(reads, ctx.workspace.id, search) });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/journal/stream',
      operationId: 'streamJournal',
      summary: 'Follow the journal as server-sent events',
      description:
        'Begins with the newest matching entries (up to 50, of the last 10,000), oldest first, and goes on with each ' +
        'entry as it gets its position. An event’s id is that position: with `Last-Event-ID` the stream goes on ' +
        'after it, with nothing left out and nothing twice. A comment with the position reached comes every 15 ' +
        'seconds. `event: closed` ends a stream (`shutting_down`: connect again; `access_revoked`: the token or the ' +
        'membership is gone); `event: reset` says that the id is unknown, as after a restore, and that what follows ' +
        'is not a continuation.',
      tags,
      authority,
      query: journalStreamQuery,
      responses: { 200: journalStreamAnswer },
      contentType: 'text/event-stream',
      isLongLived: true,
      handler: async (ctx) => {
        const filter = { ...toFilter(ctx.query), reader: readerOf(ctx) };
        const after = lastEventId(ctx.request.headers['last-event-id']);
        if (ctx.request.method === 'HEAD') return eventsAnswer('');
        const workspaceId = ctx.workspace.id;
        const body = await openJournalStream(deps.realtime, {
          workspaceId,
          credentialId: streamCredential(ctx.principal),
          filter,
          after,
          readNewest: (upTo) => readNewestOfStream(reads, workspaceId, { upTo, limit: NEWEST, filter }),
        });
        return eventsAnswer(body);
      },
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
      handler: async (ctx) => ok(await getJournalEntry(reads, ctx.workspace.id, readerOf(ctx), ctx.params.entryId)),
    }),
  ];
}
