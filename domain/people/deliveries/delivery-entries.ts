import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { DeliveryChannel, DeliveryPurpose, SkipCode, WebhookFormat, WebhookSignature } from './delivery.ts';

type Sent = { readonly channel: DeliveryChannel; readonly purpose: DeliveryPurpose; readonly attempts: number };

/** What became of deliveries, and of the channels of people: never an address, a secret or what was said. */
export const deliveryEntries = {
  'delivery.delivered': entryKind<Sent>(),
  /** Not tried any more. `code`: what the receiver said last, as a word or a number. */
  'delivery.dead': entryKind<Sent & { readonly code: string }>(),
  'delivery.skipped': entryKind<Sent & { readonly code: SkipCode }>(),
  /** Somebody asked for it again. */
  'delivery.replayed': entryKind<Sent>(),
  'notification_channel.created': entryKind<{ readonly format: WebhookFormat; readonly signature: WebhookSignature }>(),
  'notification_channel.updated': entryKind<{ readonly changed_fields: readonly string[] }>(),
  'notification_channel.deleted': entryKind(),
  'notification_channel.secret_rotated': entryKind(),
  /** By itself: its receiver said that it is gone, or failed again and again. */
  'notification_channel.disabled': entryKind<{ readonly reason: 'gone' | 'failing' }>(),
};
