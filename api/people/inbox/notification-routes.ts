import { z } from 'zod';
import { readAllInbox, setInboxState } from '../../../commands/people/inbox/inbox-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { countInbox, listInbox } from '../../../db/people/inbox/inbox-store.ts';
import { INBOX_TYPE_NAMES, type InboxItem, PRIORITIES } from '../../../domain/people/inbox/inbox.ts';
import { idField, optionalBody, sharedFields, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { readerOf } from './inbox-reader.ts';

const notification = z.object({
  id: z.string(),
  type: z.string(),
  title: z.string(),
  body: z.string().nullable(),
  priority: z.enum(PRIORITIES),
  blocking: z.boolean(),
  subject: z.object({ type: z.string(), id: z.string() }),
  read_at: timeField.nullable(),
  dismissed_at: timeField.nullable(),
  created_at: timeField,
});

function toNotification(item: InboxItem): z.input<typeof notification> {
  const { id, type, title, body, priority, blocking, read_at, dismissed_at, created_at } = item;
  const subject = { type: item.subject_type, id: item.subject_id };
  return { id, type, title, body, priority, blocking, subject, read_at, dismissed_at, created_at };
}

/** The inbox as a feed of the caller's: docs/contracts/escalations-and-approvals.md, Notifications. */
export function createNotificationRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Notifications'];
  const read = { access: 'member', action: 'read', scope: 'notifications:read' } as const;
  const own = { access: 'member', action: 'read', scope: 'notifications:write' } as const;
  const params = z.object({ notificationId: idField });
  const flag = z.enum(['true', 'false']).default('false');
  const type = z.enum(INBOX_TYPE_NAMES as [(typeof INBOX_TYPE_NAMES)[number]]).optional();

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/notifications',
      operationId: 'listNotifications',
      summary: 'List the caller’s notifications, newest first',
      tags,
      authority: read,
      query: z.object({
        workspace_id: idField.optional(),
        unread: flag,
        type,
        since: sharedFields.moment.optional(),
        include_dismissed: flag,
        ...pageQuery({ defaultLimit: 50 }),
      }),
      responses: {
        200: z.object({ items: z.array(notification), total: z.int(), limit: z.int(), offset: z.int() }),
      },
      handler: async (ctx) => {
        const { unread, include_dismissed: all, type: only, since, limit, offset } = ctx.query;
        const query = {
          state: unread === 'true' ? 'unread' : 'all',
          type: only,
          since,
          undismissed: all === 'false',
        } as const;
        const page = await listInbox(reads, readerOf(ctx), query, ctx.query);
        const body = { items: page.rows.map(toNotification), total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/notifications/unread-count',
      operationId: 'countNotifications',
      summary: 'Count what the caller has not read, and what holds something up',
      tags,
      authority: read,
      query: z.object({ workspace_id: idField.optional() }),
      responses: { 200: z.object({ unread: z.int(), blocking: z.int() }) },
      handler: async (ctx) => ok(await countInbox(reads, readerOf(ctx))),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/notifications/:notificationId/read',
      operationId: 'readNotification',
      summary: 'Say that the caller has read it; repeating it changes nothing',
      tags,
      authority: own,
      params,
      responses: { 200: notification },
      handler: (ctx) =>
        ctx.write(async (tx) =>
          ok(toNotification(await setInboxState(tx, readerOf(ctx), ctx.params.notificationId, 'read'))),
        ),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/notifications/read-all',
      operationId: 'readNotifications',
      summary: 'Say that the caller has read all of them, or all of a type or from before a time',
      tags,
      authority: own,
      query: z.object({ workspace_id: idField.optional() }),
      body: optionalBody(z.strictObject({ before: sharedFields.moment.optional(), type })),
      responses: { 200: z.object({ updated: z.int() }) },
      handler: (ctx) => ctx.write(async (tx) => ok({ updated: await readAllInbox(tx, readerOf(ctx), ctx.body ?? {}) })),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/notifications/:notificationId/dismiss',
      operationId: 'dismissNotification',
      summary: 'Put it away, for the caller alone',
      description: 'One that still holds something up is a 409.',
      tags,
      authority: own,
      params,
      responses: { 200: notification },
      errors: ['conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) =>
          ok(toNotification(await setInboxState(tx, readerOf(ctx), ctx.params.notificationId, 'resolved'))),
        ),
    }),
  ];
}
