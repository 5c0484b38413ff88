import { z } from 'zod';
import { saveDocument } from '../../../commands/kernel/config-documents/save-document.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { readDocument } from '../../../db/instance/config-documents/config-documents-store.ts';
import { DOCUMENT_KINDS } from '../../../domain/instance/config-documents/document-kinds.ts';
import { createDocumentRegistry } from '../../../domain/instance/config-documents/document-registry.ts';
import {
  channelsOfTypes,
  NO_PREFERENCES,
  NOTIFICATION_CHANNELS,
  NOTIFICATION_DOCUMENT,
  type NotificationPreferences,
  preferenceFields,
} from '../../../domain/people/inbox/notification-preferences.ts';
import { idField, sharedFields } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const BODY_BYTES = 16_384;
const registry = createDocumentRegistry(z, DOCUMENT_KINDS);
const { types, quietHours, digest, staggering } = preferenceFields(sharedFields);

const available = z.boolean().describe('whether the instance delivers by it; not looked at when it is written');
const channel = z.strictObject({ enabled: z.boolean().default(false), available: available.optional() });
const preferencesBody = z.strictObject({
  channels: z
    .strictObject({
      in_app: z.strictObject({ enabled: z.literal(true).default(true), available: available.optional() }).optional(),
      email: channel.optional(),
      webhook: channel.optional(),
    })
    .default({}),
  types: types.default({}),
  quiet_hours: quietHours.nullable().default(null),
  digest: digest.nullable().default(null),
  staggering: staggering.nullable().default(null),
  version: z.int().min(0).max(2_147_483_647).describe('the one that was read; 0 where nothing was written yet'),
});

const shownChannel = z.object({ enabled: z.boolean(), available });
const preferencesAnswer = z.object({
  channels: z.object({ in_app: shownChannel, email: shownChannel, webhook: shownChannel }),
  types: z.record(z.string(), z.array(z.enum(NOTIFICATION_CHANNELS))).describe('of every type there is'),
  quiet_hours: quietHours.nullable(),
  digest: digest.nullable(),
  staggering: staggering.nullable(),
  version: z.int().describe('0: nothing was written yet'),
});

function toAnswer(
  kept: NotificationPreferences,
  version: number,
  sendsMail: boolean,
): z.input<typeof preferencesAnswer> {
  const { in_app: inApp, email, webhook } = kept.channels;
  return {
    channels: {
      in_app: { ...inApp, available: true },
      email: { ...email, available: sendsMail },
      webhook: { ...webhook, available: true },
    },
    types: channelsOfTypes(kept) as Record<string, (typeof NOTIFICATION_CHANNELS)[number][]>,
    quiet_hours: kept.quiet_hours as z.input<typeof quietHours> | null,
    digest: kept.digest,
    staggering: kept.staggering,
    version,
  };
}

/** How the caller is told of what: docs/contracts/escalations-and-approvals.md, Notifications. */
export function createPreferenceRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly sendsMail: boolean;
}): Route[] {
  const { database, sendsMail } = deps;
  const tags = ['Notifications'];
  const query = z.object({ workspace_id: idField.optional() });
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/notifications/preferences',
      operationId: 'getNotificationPreferences',
      summary: 'How the caller is told of what in this workspace',
      tags,
      authority: { access: 'member', action: 'read', scope: 'notifications:read' },
      query,
      responses: { 200: preferencesAnswer },
      handler: async (ctx) => {
        const ref = { workspaceId: ctx.workspace.id, kind: NOTIFICATION_DOCUMENT, key: ctx.principal.userId! };
        const found = await readDocument(database.reads, ref);
        if (found === null) return ok(toAnswer(NO_PREFERENCES, 0, sendsMail));
        // What was written passed the schema.
        return ok(toAnswer(found.body as unknown as NotificationPreferences, found.version, sendsMail));
      },
    }),
    defineRoute({
      method: 'PUT',
      url: '/api/v1/notifications/preferences',
      operationId: 'saveNotificationPreferences',
      summary: 'Say how the caller is told of what, as a whole',
      description: 'What is left out has its default. What holds something up, and `account.security`, has `in_app`.',
      tags,
      authority: { access: 'member', action: 'read', scope: 'notifications:write' },
      query,
      body: preferencesBody,
      limits: { bodyBytes: BODY_BYTES },
      responses: { 200: preferencesAnswer },
      errors: ['version_conflict'],
      handler: (ctx) => {
        const { version, channels, ...rest } = ctx.body;
        const body: NotificationPreferences = {
          ...rest,
          channels: {
            in_app: { enabled: true },
            email: { enabled: channels.email?.enabled ?? false },
            webhook: { enabled: channels.webhook?.enabled ?? false },
          },
        };
        const ref = { workspaceId: ctx.workspace.id, kind: NOTIFICATION_DOCUMENT, key: ctx.principal.userId! };
        return ctx.write(async (tx) => {
          const saved = await saveDocument(tx, registry, { ...ref, body, version, actor: ctx.actor });
          return ok(toAnswer(body, saved.version, sendsMail));
        });
      },
    }),
  ];
}
