import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Database } from '../../../db/kernel/database.ts';
import type { RunViewer } from '../../../db/work/runs/list-runs.ts';
import { measureRunOutput, readRunBytes, readRunEvents } from '../../../db/work/runs/read-run-events.ts';
import { isTerminalRun } from '../../../domain/work/runs/run-status.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { byteRange, rangeHeaders } from '../../http/kernel/byte-range.ts';
import { defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { eventsAnswer, lastEventId, streamCredential, wantsEvents } from '../../http/streams/event-stream.ts';
import type { Realtime } from '../../http/streams/realtime.ts';
import { openRowStream, type RowsFound } from '../../http/streams/row-stream.ts';
import { runEventsAnswer, runEventsQuery, runOutputAnswer } from './run-output-schemas.ts';
import { viewerOf } from './run-routes.ts';
import { runParams, runQuery } from './run-schemas.ts';

/** Events of a look of a stream: at most a megabyte. */
const STREAM_EVENTS = 16;
/** Entries that come with more output, or with the end of it. */
const OUTPUT_ENTRIES = ['exec.output_chunk', 'run.completed', 'run.failed', 'run.cancelled', 'run.timeout'];

/** What a run wrote, while it runs and after: docs/contracts/missions.md, Output of a run. */
export function createRunOutputRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly realtime: Realtime;
  readonly log: Pick<Logger, 'warn'>;
}): Route[] {
  const { reads } = deps.database;
  const tags = ['Runs'];
  const authority = { access: 'member', action: 'read', scope: 'runs:read' } as const;

  async function look(
    viewer: RunViewer,
    runId: string,
    range: { after: number; tail?: number | undefined },
  ): Promise<RowsFound> {
    const found = await readRunEvents(reads, viewer, runId, { ...range, limit: STREAM_EVENTS + 1 });
    const events = found.events.slice(0, STREAM_EVENTS);
    return {
      events: events.map((event) => ({ id: event.offset, name: 'output', data: event })),
      hasMore: found.events.length > events.length,
      end: isTerminalRun(found.run.status) ? { name: 'end', data: found.run } : null,
    };
  }

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/runs/:runId/events',
      operationId: 'listRunEvents',
      summary: 'Read what a run writes, piece by piece',
      description:
        'Pieces of the output, scrubbed, oldest first. As server-sent events each is an `output` whose id is its ' +
        'offset; with `Last-Event-ID` the stream goes on after it, with nothing left out and nothing twice. `end` ' +
        'comes last and says how the run ended; `closed` and `reset` are those of the journal’s stream. ' +
        'Who comes back after `end` is answered 204.',
      tags,
      authority,
      params: runParams,
      query: runEventsQuery,
      responses: { 200: runEventsAnswer, 204: z.null() },
      errors: ['unavailable'],
      isLongLived: true,
      hasEvents: true,
      handler: async (ctx) => {
        const { limit, cursor, tail, follow } = ctx.query;
        const { runId } = ctx.params;
        const viewer = viewerOf(ctx);
        const seenBefore = lastEventId(ctx.request.headers['last-event-id']);
        const seen = seenBefore ?? (cursor === undefined ? -1 : Number(cursor));
        if (!follow && !wantsEvents(ctx.request)) {
          const found = await readRunEvents(reads, viewer, runId, { after: seen, limit: limit + 1, tail });
          const events = found.events.slice(0, limit);
          const next = found.events.length > limit ? String(events.at(-1)!.offset) : null;
          return ok({ events, next_cursor: next, run: found.run });
        }
        // A run that is not there is a 404 and no stream.
        const next = await readRunEvents(reads, viewer, runId, { after: seen, limit: 1, tail });
        const [first] = next.events;
        if (first === undefined && seenBefore !== null && isTerminalRun(next.run.status)) return noContent();
        if (ctx.request.method === 'HEAD') return eventsAnswer('');
        const body = await openRowStream(deps.realtime, {
          workspaceId: viewer.workspaceId,
          credentialId: streamCredential(ctx.principal),
          entries: { traceId: runId, entryTypes: OUTPUT_ENTRIES },
          after: first === undefined ? seen : first.offset - 1,
          read: (after) => look(viewer, runId, { after }),
          log: deps.log,
        });
        return eventsAnswer(body);
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/runs/:runId/output',
      operationId: 'readRunOutput',
      summary: 'Read what a run wrote, as text',
      description: 'What is stored by now, scrubbed; `Range` takes a part: `bytes=-2000` is the end.',
      tags,
      authority,
      params: runParams,
      query: runQuery,
      contentType: 'text/plain',
      responses: { 200: runOutputAnswer, 206: runOutputAnswer },
      errors: ['range_not_satisfiable'],
      handler: async (ctx) => {
        const { runId } = ctx.params;
        const size = await measureRunOutput(reads, viewerOf(ctx), runId);
        const range = byteRange(ctx.request.headers.range, size);
        const headers = { 'content-type': 'text/plain; charset=utf-8', ...rangeHeaders(range, size) };
        const bytes = readRunBytes(reads, viewerOf(ctx), runId, range ?? { start: 0, end: size });
        const body = ctx.request.method === 'HEAD' ? '' : Readable.from(bytes, { objectMode: false });
        return { status: range === null ? 200 : 206, body, headers };
      },
    }),
  ];
}
