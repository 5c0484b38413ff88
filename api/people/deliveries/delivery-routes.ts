import { z } from 'zod';
import { replayDelivery } from '../../../commands/people/deliveries/delivery-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { type DeliveryOwner, listDeliveries, readDelivery } from '../../../db/people/deliveries/deliveries-store.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { idField } from '../../http/kernel/fields.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { accepted, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { ownerOf } from './channel-routes.ts';
import { deliveriesQuery, deliveryAnswer, personsDelivery, toDelivery } from './delivery-schemas.ts';

function listOf<Row extends z.ZodType>(row: Row) {
  return z.object({ items: z.array(row), total: z.int(), limit: z.int(), offset: z.int() });
}

/** What left the instance for people, and what did not: docs/contracts/deliveries.md, Deliveries. */
export function createDeliveryRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Notifications'];
  const read = { access: 'member', action: 'read', scope: 'notifications:read' } as const;
  const own = { access: 'member', action: 'read', scope: 'notifications:write' } as const;
  const params = z.object({ deliveryId: idField });

  async function list(owner: DeliveryOwner, query: z.output<typeof deliveriesQuery>, url: string) {
    const { status, channel, channel_id: channelId, notification_id: itemId, limit, offset } = query;
    const page = await listDeliveries(reads, owner, { status, channel, channelId, itemId }, query);
    return ok({ items: page.rows.map(toDelivery), total: page.total, limit, offset }, pageHeaders(url, query, page));
  }

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/notifications/deliveries',
      operationId: 'listNotificationDeliveries',
      summary: 'List what left the instance for the caller, and what did not, newest first',
      tags,
      authority: read,
      query: deliveriesQuery,
      responses: { 200: listOf(deliveryAnswer) },
      handler: (ctx) => list(ownerOf(ctx), ctx.query, ctx.request.url),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/notifications/deliveries/:deliveryId',
      operationId: 'getNotificationDelivery',
      summary: 'Get one of the caller’s deliveries',
      tags,
      authority: read,
      params,
      responses: { 200: deliveryAnswer },
      handler: async (ctx) => {
        const row = await readDelivery(reads, ownerOf(ctx), ctx.params.deliveryId);
        if (row === null) throw notFound('delivery');
        return ok(toDelivery(row));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/notifications/deliveries/:deliveryId/replay',
      operationId: 'replayNotificationDelivery',
      summary: 'Ask for one of the caller’s deliveries again, under its id',
      description: 'One that failed, is dead or was skipped; another is a 409. It has all its tries again.',
      tags,
      authority: own,
      params,
      responses: { 202: deliveryAnswer },
      errors: ['wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) =>
          accepted(toDelivery(await replayDelivery(tx, ownerOf(ctx), ctx.params.deliveryId, ctx.actor))),
        ),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/admin/deliveries',
      operationId: 'listDeliveries',
      summary: 'List the deliveries of everybody in the workspace, newest first',
      description: '`status=dead` are the dead letters. Whom and by what, never where to or what was said.',
      tags: ['Admin'],
      authority: { access: 'member', action: 'manage', scope: 'notifications:read' },
      query: deliveriesQuery,
      responses: { 200: listOf(personsDelivery) },
      handler: (ctx) => list({ workspaceId: ctx.workspace.id }, ctx.query, ctx.request.url),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/admin/deliveries/:deliveryId/replay',
      operationId: 'replayDelivery',
      summary: 'Ask for anybody’s delivery again, under its id',
      tags: ['Admin'],
      authority: { access: 'member', action: 'manage', scope: 'notifications:write' },
      params,
      responses: { 202: personsDelivery },
      errors: ['wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const owner = { workspaceId: ctx.workspace.id };
          return accepted(toDelivery(await replayDelivery(tx, owner, ctx.params.deliveryId, ctx.actor)));
        }),
    }),
  ];
}
