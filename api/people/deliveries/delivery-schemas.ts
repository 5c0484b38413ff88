import { z } from 'zod';
import type { ChannelRow } from '../../../db/people/deliveries/channels-store.ts';
import type { DeliveryRow } from '../../../db/people/deliveries/deliveries-store.ts';
import {
  DELIVERY_CHANNELS,
  DELIVERY_STATES,
  WEBHOOK_FORMATS,
  WEBHOOK_SIGNATURES,
} from '../../../domain/people/deliveries/delivery.ts';
import { idField, nameField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

const urlField = z
  .url({ protocol: /^https?$/, message: 'must be an http or https URL' })
  .max(2_048)
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return url === null || (url.username === '' && url.password === '');
  }, 'must not hold a user name or a password')
  .describe('where messages are posted: a public address, or one that the operator allows');
const formatField = z
  .enum(WEBHOOK_FORMATS)
  .describe('of the body: `{type, timestamp, data}` as Standard Webhooks has it, or a CloudEvent in JSON');
const channelName = nameField(1, 100);

export const newChannelBody = z
  .strictObject({
    name: channelName,
    url: urlField,
    format: formatField.default('standard'),
    signature: z
      .enum(WEBHOOK_SIGNATURES)
      .default('hmac-sha256')
      .describe('`v1` with a shared secret, or `v1a` which the public key checks'),
  })
  .meta({ example: { name: 'My receiver', url: 'https://hooks.example.com/crewship', format: 'cloudevents' } });

export const channelChangeBody = z
  .strictObject({ name: channelName, url: urlField, format: formatField, enabled: z.boolean() })
  .partial()
  .refine((body) => Object.values(body).some((value) => value !== undefined), 'must name what is to change')
  .meta({ example: { enabled: true } });

export const channelAnswer = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  format: formatField,
  signature: z.enum(WEBHOOK_SIGNATURES),
  public_key: z.string().nullable().describe('`whpk_…`, what checks Ed25519; null for a shared secret'),
  enabled: z.boolean(),
  disabled_reason: z
    .enum(['gone', 'failing'])
    .nullable()
    .describe('why it was switched off by itself: its receiver answered 410, or deliveries died one after the other'),
  failures: z.int().describe('deliveries that died one after the other'),
  old_secret_until: timeField.nullable().describe('until when the secret before the newest signs beside it'),
  created_at: timeField,
  updated_at: timeField,
});
export const channelWithSecret = channelAnswer.extend({
  secret: z.string().nullable().describe('`whsec_…`, shown this once; null for Ed25519, whose public key is enough'),
});

export function toChannel(row: ChannelRow): z.input<typeof channelAnswer> {
  return row;
}

const deliveryFields = {
  id: z.string().describe('also of the message: `webhook-id`, or in the mail’s `Message-ID`'),
  purpose: z.enum(['notification', 'digest', 'test']),
  cause: z.enum(['direct', 'staggered']).describe('`staggered`: nobody had answered by the first channel'),
  channel: z.enum(DELIVERY_CHANNELS),
  channel_id: z.string().nullable().describe('of a webhook'),
  type: z.string().nullable().describe('of the notification'),
  notification_id: z.string().nullable(),
  digest_id: z.string().nullable().describe('the delivery that tells it with others'),
  status: z.enum(DELIVERY_STATES),
  attempts: z.int().describe('in all'),
  due_at: timeField.nullable().describe('when it is looked at next; null: it is settled'),
  code: z.string().nullable().describe('why it failed, died or was skipped'),
  response_status: z.int().nullable().describe('of the receiver’s last answer'),
  settled_at: timeField.nullable(),
  created_at: timeField,
  updated_at: timeField,
};
export const deliveryAnswer = z.object(deliveryFields);
export const personsDelivery = z.object({ ...deliveryFields, user_id: z.string() });

export function toDelivery(row: DeliveryRow): z.input<typeof personsDelivery> {
  const { item_id: notificationId, workspace_id: _workspace, tries: _tries, due_at: dueAt, ...rest } = row;
  return { ...rest, notification_id: notificationId, due_at: row.settled_at === null ? dueAt : null };
}

export const deliveriesQuery = z.object({
  workspace_id: idField.optional(),
  status: z.enum(DELIVERY_STATES).optional(),
  channel: z.enum(DELIVERY_CHANNELS).optional(),
  channel_id: idField.optional(),
  notification_id: idField.optional(),
  ...pageQuery({ defaultLimit: 50 }),
});
