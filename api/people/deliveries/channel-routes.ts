import { z } from 'zod';
import {
  createChannel,
  deleteChannel,
  rotateChannelSecret,
  updateChannel,
} from '../../../commands/people/deliveries/channel-commands.ts';
import { testChannel } from '../../../commands/people/deliveries/delivery-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { type ChannelOwner, listChannels, readChannel } from '../../../db/people/deliveries/channels-store.ts';
import type { Principal } from '../../../domain/kernel/access/authority.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { idField } from '../../http/kernel/fields.ts';
import { accepted, created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import {
  channelAnswer,
  channelChangeBody,
  channelWithSecret,
  deliveryAnswer,
  newChannelBody,
  toChannel,
  toDelivery,
} from './delivery-schemas.ts';

/** Whose channels and deliveries a request is about: the caller's, in its workspace. */
export function ownerOf(ctx: {
  readonly principal: Principal;
  readonly workspace: { readonly id: string };
}): ChannelOwner {
  return { workspaceId: ctx.workspace.id, userId: ctx.principal.userId ?? '' };
}

/** The caller's receivers of webhooks: docs/contracts/deliveries.md, Channels. */
export function createChannelRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly keyRing: Pick<KeyRing, 'seal'>;
}): Route[] {
  const { reads } = deps.database;
  const tags = ['Notifications'];
  const read = { access: 'member', action: 'read', scope: 'notifications:read' } as const;
  const own = { access: 'member', action: 'read', scope: 'notifications:write' } as const;
  const params = z.object({ channelId: idField });
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/notifications/channels',
      operationId: 'listNotificationChannels',
      summary: 'List the caller’s receivers of webhooks, oldest first',
      tags,
      authority: read,
      query: z.object({ workspace_id: idField.optional() }),
      responses: { 200: z.array(channelAnswer) },
      handler: async (ctx) => ok((await listChannels(reads, ownerOf(ctx))).map(toChannel)),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/notifications/channels',
      operationId: 'createNotificationChannel',
      summary: 'Name a receiver of webhooks for the caller’s notifications',
      description: 'At most ten a person. What goes by it is said by `PUT /notifications/preferences`.',
      tags,
      authority: own,
      query: z.object({ workspace_id: idField.optional() }),
      body: newChannelBody,
      secretMembers: ['secret'],
      responses: { 201: channelWithSecret },
      errors: ['conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const made = await createChannel(tx, deps.keyRing, { ...ownerOf(ctx), ...ctx.body }, ctx.actor);
          return created({ ...toChannel(made.channel), secret: made.secret });
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/notifications/channels/:channelId',
      operationId: 'getNotificationChannel',
      summary: 'Get one of the caller’s receivers',
      tags,
      authority: read,
      params,
      responses: { 200: channelAnswer },
      handler: async (ctx) => {
        const row = await readChannel(reads, ownerOf(ctx), ctx.params.channelId);
        if (row === null) throw notFound('notification channel');
        return ok(toChannel(row));
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/notifications/channels/:channelId',
      operationId: 'updateNotificationChannel',
      summary: 'Change one of the caller’s receivers, or switch it on again',
      tags,
      authority: own,
      params,
      body: channelChangeBody,
      responses: { 200: channelAnswer },
      handler: (ctx) =>
        ctx.write(async (tx) =>
          ok(toChannel(await updateChannel(tx, ownerOf(ctx), ctx.params.channelId, ctx.body, ctx.actor))),
        ),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/notifications/channels/:channelId',
      operationId: 'deleteNotificationChannel',
      summary: 'Delete one of the caller’s receivers; what was to go there is skipped',
      tags,
      authority: own,
      params,
      responses: { 204: z.null() },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          await deleteChannel(tx, ownerOf(ctx), ctx.params.channelId, ctx.actor);
          return noContent();
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/notifications/channels/:channelId/rotate-secret',
      operationId: 'rotateNotificationChannelSecret',
      summary: 'Make another secret; the one before it signs beside it for a day',
      tags,
      authority: own,
      params,
      secretMembers: ['secret'],
      responses: { 200: channelWithSecret },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { channelId } = ctx.params;
          const made = await rotateChannelSecret(tx, deps.keyRing, ownerOf(ctx), channelId, ctx.actor);
          return ok({ ...toChannel(made.channel), secret: made.secret });
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/notifications/channels/:channelId/test',
      operationId: 'testNotificationChannel',
      summary: 'Send a message that says that it is a test, once',
      description: 'Whatever the preferences and quiet hours say. What came of it is in the delivery.',
      tags,
      authority: own,
      params,
      responses: { 202: deliveryAnswer },
      errors: ['conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => accepted(toDelivery(await testChannel(tx, ownerOf(ctx), ctx.params.channelId)))),
    }),
  ];
}
