import { sayOfTask } from '../../../commands/engine/tasks/say-of-task.ts';
import { listTaskEvents, readManagedTask } from '../../../db/work/tasks/tasks-store.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { eventsAnswer, lastEventId, streamCredential, wantsEvents } from '../../http/streams/event-stream.ts';
import type { Realtime } from '../../http/streams/realtime.ts';
import { openRowStream } from '../../http/streams/row-stream.ts';
import {
  managedTaskParams,
  newTaskEventBody,
  taskEventAnswer,
  taskEventsAnswer,
  taskEventsQuery,
} from './managed-task-schemas.ts';
import { readerOf, readTasks, type TaskDeps, taskCall, writeTasks } from './on-task.ts';

/** Events of a look of a stream. */
const STREAM_EVENTS = 50;

/** What happened to a task, and what is said of it: docs/contracts/tasks.md, Events. */
export function createTaskEventRoutes(
  deps: TaskDeps & { readonly realtime: Realtime; readonly log: Pick<Logger, 'warn'> },
): Route[] {
  const { reads } = deps.database;
  const tags = ['Tasks'];
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/tasks/:taskId/events',
      operationId: 'listTaskEvents',
      summary: 'List what happened to a task, in order',
      description:
        'Read on with `after_seq` = `next_seq`. With `Accept: text/event-stream` they are server-sent events as they ' +
        'happen, whose ids are their numbers and whose names are their types; `Last-Event-ID` goes on after one.',
      tags,
      authority: readTasks,
      params: managedTaskParams,
      query: taskEventsQuery,
      responses: { 200: taskEventsAnswer },
      errors: ['unavailable'],
      isLongLived: true,
      hasEvents: true,
      handler: async (ctx) => {
        const { after_seq: afterSeq, limit } = ctx.query;
        const { workspaceId } = readerOf(ctx);
        const { id } = await readManagedTask(reads, readerOf(ctx), ctx.params.taskId);
        if (!wantsEvents(ctx.request)) {
          const events = await listTaskEvents(reads, workspaceId, id, { afterSeq, limit });
          return ok({ events, next_seq: events.at(-1)?.seq ?? afterSeq });
        }
        if (ctx.request.method === 'HEAD') return eventsAnswer('');
        const body = await openRowStream(deps.realtime, {
          workspaceId,
          credentialId: streamCredential(ctx.principal),
          entries: { traceId: id },
          after: lastEventId(ctx.request.headers['last-event-id']) ?? afterSeq,
          async read(after) {
            // Who is taken out of its project is told no more.
            await readManagedTask(reads, readerOf(ctx), id);
            const found = await listTaskEvents(reads, workspaceId, id, { afterSeq: after, limit: STREAM_EVENTS + 1 });
            const events = found.slice(0, STREAM_EVENTS);
            return {
              events: events.map((event) => ({ id: event.seq, name: event.type, data: event })),
              hasMore: found.length > events.length,
              end: null,
            };
          },
          log: deps.log,
        });
        return eventsAnswer(body);
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/tasks/:taskId/events',
      operationId: 'addTaskEvent',
      summary: 'Say something of a task: a comment, progress, or an event of one’s own',
      description: 'For MEMBER and above, and editors of its project.',
      tags,
      authority: writeTasks,
      params: managedTaskParams,
      body: newTaskEventBody,
      responses: { 201: taskEventAnswer },
      errors: ['wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { type, message, data } = ctx.body;
          return created(await sayOfTask(tx, taskCall(ctx), { type, message, data: data as JsonObject }, ctx.actor));
        }),
    }),
  ];
}
