import { z } from 'zod';
import { recordExport } from '../../../commands/conversations/chats/session-commands.ts';
import { listTurnEvents } from '../../../db/conversations/chats/read-conversation.ts';
import { getSession } from '../../../db/conversations/chats/sessions-store.ts';
import { eventsAnswer, lastEventId, streamCredential, wantsEvents } from '../../http/streams/event-stream.ts';
import { defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { transcriptOf, zipOf } from './session-record.ts';
import {
  exportAnswer,
  exportQuery,
  replayAnswer,
  replayQuery,
  sessionParams,
  transcriptAnswer,
  transcriptQuery,
} from './session-schemas.ts';
import { type TurnDeps, viewerOf } from './turn-calls.ts';
import { openTurnStream } from './turn-stream.ts';

/** What is kept of a session, for who sees it: docs/contracts/conversations.md, Sessions. */
export function createSessionRecordRoutes(deps: TurnDeps): Route[] {
  const { reads } = deps.database;
  const tags = ['Sessions'];
  const read = { access: 'member', action: 'read', scope: 'sessions:read' } as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/sessions/:sessionId/transcript',
      operationId: 'getTranscript',
      summary: 'Read a session as a document',
      tags,
      authority: read,
      params: sessionParams,
      query: transcriptQuery,
      responses: { 200: transcriptAnswer },
      contentType: 'application/json',
      handler: async (ctx) => {
        const viewer = viewerOf(ctx);
        const session = await getSession(reads, viewer, ctx.params.sessionId);
        const { format, include_tools: withTools } = ctx.query;
        const { mediaType, body } = transcriptOf({ reads, viewer, session }, { format, withTools });
        return ok(ctx.request.method === 'HEAD' ? '' : body, { 'content-type': mediaType });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/sessions/:sessionId/export',
      operationId: 'exportSession',
      summary: 'Take all that is kept of a session, as a zip',
      description: 'messages.jsonl, events.jsonl, runs.jsonl, and manifest.json with how many each has.',
      tags,
      authority: read,
      params: sessionParams,
      query: exportQuery,
      responses: { 200: exportAnswer },
      contentType: 'application/zip',
      handler: async (ctx) => {
        const viewer = viewerOf(ctx);
        const session = await getSession(reads, viewer, ctx.params.sessionId);
        const headers = {
          'content-type': 'application/zip',
          'content-disposition': `attachment; filename="session-${session.id}.zip"`,
        };
        if (ctx.request.method === 'HEAD') return ok('', headers);
        await deps.database.transaction({ workspaceIds: [viewer.workspaceId], requestId: ctx.requestId }, (tx) =>
          recordExport(tx, { ...viewer, id: session.id }, ctx.actor),
        );
        return ok(zipOf({ reads, viewer, session }), headers);
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/sessions/:sessionId/replay',
      operationId: 'replaySession',
      summary: 'Read what the turns of a session told',
      description:
        'It runs nothing. Read on with `after_seq` = `next_seq`. With `Accept: text/event-stream` they are ' +
        'server-sent events, whose ids are their numbers: what is stored, then what the turn under way tells until ' +
        'it is over. `Last-Event-ID` goes on after one; who has all of them, with no turn under way, is answered 204.',
      tags,
      authority: read,
      params: sessionParams,
      query: replayQuery,
      responses: { 200: replayAnswer, 204: z.null() },
      isLongLived: true,
      hasEvents: true,
      handler: async (ctx) => {
        const { after_seq: afterSeq, limit } = ctx.query;
        const viewer = viewerOf(ctx);
        const session = await getSession(reads, viewer, ctx.params.sessionId);
        const chat = { workspaceId: viewer.workspaceId, id: session.id };
        if (wantsEvents(ctx.request)) {
          const after = lastEventId(ctx.request.headers['last-event-id']) ?? afterSeq;
          if (session.turn_job_id === null && after >= session.event_seq) return noContent();
          if (ctx.request.method === 'HEAD') return eventsAnswer('');
          const credentialId = streamCredential(ctx.principal);
          return eventsAnswer(openTurnStream(deps, { viewer, credentialId, chatId: session.id, after, jobId: null }));
        }
        const found = await listTurnEvents(reads, chat, { afterSeq, limit });
        const events = found.map(({ created_at: ts, ...event }) => ({ ...event, ts }));
        return ok({ events, next_seq: events.at(-1)?.seq ?? afterSeq });
      },
    }),
  ];
}
