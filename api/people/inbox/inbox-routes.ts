import { z } from 'zod';
import { purgeInbox, setInboxState, setInboxStates } from '../../../commands/people/inbox/inbox-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { countInbox, getInboxItem, listInbox } from '../../../db/people/inbox/inbox-store.ts';
import { ROLES } from '../../../domain/kernel/access/authority.ts';
import {
  INBOX_FILTERS,
  INBOX_KINDS,
  INBOX_STATES,
  INBOX_TYPES,
  PRIORITIES,
} from '../../../domain/people/inbox/inbox.ts';
import type { InboxItem } from '../../../domain/people/inbox/inbox.ts';
import { idField, sharedFields, timeField } from '../../http/kernel/fields.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { readerOf } from './inbox-reader.ts';

const listed = {
  id: z.string(),
  workspace_id: z.string(),
  kind: z.enum(INBOX_KINDS),
  type: z.string(),
  source_id: z.string().describe('of what it is about; `subject_type` says what that is'),
  subject_type: z.string(),
  subject_id: z.string(),
  crew_id: z.string().nullable(),
  audience_role: z.enum(ROLES).nullable().describe('the lowest role that it is for; null: one person'),
  target_role: z.enum(ROLES).nullable(),
  target_user_id: z.string().nullable(),
  title: z.string(),
  sender_type: z.enum(['agent', 'user', 'system']).nullable(),
  sender_id: z.string().nullable(),
  sender_name: z.string().nullable(),
  state: z.enum(INBOX_STATES).describe('for the caller'),
  priority: z.enum(PRIORITIES),
  blocking: z.boolean().describe('it leaves only when what it is about is settled'),
  read_at: timeField.nullable(),
  resolved_at: timeField.nullable(),
  resolved_by_user_id: z.string().nullable(),
  resolved_action: z.enum(['approved', 'rejected', 'retried', 'cancelled']).nullable(),
  created_at: timeField,
  updated_at: timeField,
};
const inboxItem = z.object({
  ...listed,
  body_md: z.string().nullable(),
  payload: z.record(z.string(), z.unknown()),
});

function toListed(item: InboxItem) {
  const { body: _body, payload: _payload, dismissed_at: _away, audience_user_id: targetUserId, ...rest } = item;
  return {
    ...rest,
    kind: INBOX_TYPES[item.type].kind,
    source_id: item.subject_id,
    target_role: item.audience_role,
    target_user_id: targetUserId,
  };
}

function toAnswer(item: InboxItem): z.input<typeof inboxItem> {
  return { ...toListed(item), body_md: item.body, payload: item.payload as Record<string, unknown> };
}

const filter = {
  state: z.enum(INBOX_FILTERS).default('all'),
  kind: z.enum(INBOX_KINDS).optional(),
};
const before = sharedFields.moment.optional().describe('made before');

const bulkBody = z
  .strictObject({
    ids: z.array(idField).min(1).max(100).optional(),
    filter: z
      .strictObject({ ...filter, before })
      .optional()
      .describe('the newest hundred that match'),
    state: z.enum(INBOX_STATES),
  })
  .refine(({ ids, filter: given }) => (ids === undefined) !== (given === undefined), {
    path: ['ids'],
    message: 'either these or a filter',
  })
  .meta({ example: { ids: ['item_1'], state: 'read' } });

/** What people should see to: docs/contracts/escalations-and-approvals.md, Inbox. */
export function createInboxRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Inbox'];
  const read = { access: 'member', action: 'read', scope: 'escalations:read' } as const;
  const own = { access: 'member', action: 'read', scope: 'escalations:write' } as const;
  const params = z.object({ itemId: idField });

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/inbox',
      operationId: 'listInbox',
      summary: 'List what is for the caller, by role or by name, newest first',
      tags,
      authority: read,
      query: z.object({
        workspace_id: idField.optional(),
        ...filter,
        ...pageQuery({ defaultLimit: 100, maxLimit: 500 }),
      }),
      responses: { 200: z.object({ rows: z.array(z.object(listed)), count: z.int(), unread_count: z.int() }) },
      handler: async (ctx) => {
        const reader = readerOf(ctx);
        const [page, { unread }] = await Promise.all([
          listInbox(reads, reader, ctx.query, ctx.query),
          countInbox(reads, reader),
        ]);
        const headers = pageHeaders(ctx.request.url, ctx.query, page);
        return ok({ rows: page.rows.map(toListed), count: page.rows.length, unread_count: unread }, headers);
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/inbox/count',
      operationId: 'countInbox',
      summary: 'Count what the caller has not read',
      tags,
      authority: read,
      query: z.object({ workspace_id: idField.optional() }),
      responses: { 200: z.object({ unread_count: z.int() }) },
      handler: async (ctx) => ok({ unread_count: (await countInbox(reads, readerOf(ctx))).unread }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/inbox/:itemId',
      operationId: 'getInboxItem',
      summary: 'Get an item; one that is not for the caller is the 404 of a missing one',
      tags,
      authority: read,
      params,
      responses: { 200: inboxItem },
      handler: async (ctx) => {
        const inWorkspace = {
          maybeOne: <Row>(query: Parameters<typeof reads.maybeOne>[1]) =>
            reads.maybeOne<Row>([ctx.workspace.id], query),
        };
        return ok(toAnswer(await getInboxItem(inWorkspace, readerOf(ctx), ctx.params.itemId)));
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/inbox/:itemId',
      operationId: 'setInboxState',
      summary: 'Say that the caller has read an item, has not, or puts it away',
      description: 'For the caller alone. A blocking item is put away by what it is about only: 409.',
      tags,
      authority: own,
      params,
      body: z.strictObject({ state: z.enum(INBOX_STATES) }),
      responses: { 200: inboxItem },
      errors: ['conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) =>
          ok(toAnswer(await setInboxState(tx, readerOf(ctx), ctx.params.itemId, ctx.body.state))),
        ),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/inbox/bulk',
      operationId: 'setInboxStates',
      summary: 'The same for several, with a result for each',
      tags,
      authority: own,
      query: z.object({ workspace_id: idField.optional() }),
      body: bulkBody,
      responses: {
        200: z.object({
          results: z.array(
            z.object({ id: z.string(), ok: z.boolean(), code: z.enum(['not_found', 'conflict']).nullable() }),
          ),
        }),
      },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { ids, filter: query, state } = ctx.body;
          const which = ids === undefined ? { query: query! } : { ids };
          return ok({ results: await setInboxStates(tx, readerOf(ctx), which, state) });
        }),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/inbox',
      operationId: 'purgeInbox',
      summary: 'Delete items for everybody, but those that still hold something up',
      description: 'At most 10,000 at a time, oldest first.',
      tags,
      authority: { access: 'member', action: 'manage', scope: 'escalations:write' },
      query: z.object({
        workspace_id: idField.optional(),
        ...filter,
        state: z.enum(INBOX_FILTERS).default('resolved'),
        before,
      }),
      responses: { 200: z.object({ deleted: z.int() }) },
      handler: (ctx) =>
        ctx.write(async (tx) => ok({ deleted: await purgeInbox(tx, readerOf(ctx), ctx.query, ctx.actor) })),
    }),
  ];
}
