/** Ways out of the instance. */
export type DeliveryChannel = 'email' | 'webhook';
export const DELIVERY_CHANNELS = ['email', 'webhook'] as const satisfies readonly DeliveryChannel[];

/**
 * `failed`: tried in vain, and tried again. `dead`: not tried any more. `skipped`: not sent, as its `code` says.
 * `digested`: told with others, by another delivery.
 */
export const DELIVERY_STATES = ['pending', 'sending', 'failed', 'delivered', 'dead', 'skipped', 'digested'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** States from which a delivery may be asked for again. */
export const REPLAYABLE: readonly DeliveryState[] = ['failed', 'dead', 'skipped'];

/** An item of the inbox, several that do not press, or a message by which somebody tries a channel. */
export type DeliveryPurpose = 'notification' | 'digest' | 'test';

/** `staggered`: as nobody answered by the first channel. */
export type DeliveryCause = 'direct' | 'staggered';

/** Why a delivery was not sent. */
export type SkipCode =
  /** The instance has no mail server. */
  | 'no_mail_server'
  /** Nobody has shown that the person reads mails to the address. */
  | 'address_unconfirmed'
  /** The person no longer wants it by this channel. */
  | 'switched_off'
  | 'channel_off'
  /** The person may not see it any more, or it is gone. */
  | 'no_access'
  /** The person has read it, or it is settled. */
  | 'seen';

export const WEBHOOK_FORMATS = ['standard', 'cloudevents'] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];
export const WEBHOOK_SIGNATURES = ['hmac-sha256', 'ed25519'] as const;
export type WebhookSignature = (typeof WEBHOOK_SIGNATURES)[number];

/** As which a channel's secret is sealed, and the one before it. */
export const CHANNEL_SECRET_FIELD = 'channel_secret';

/** Channels of one person in a workspace. */
export const MAX_CHANNELS = 10;
/** For so long the secret before the newest signs beside it. */
export const OLD_SECRET_SECONDS = 24 * 3_600;
/** After so many deliveries that died in a row a channel is off. */
export const FAILURES_TO_DISABLE = 5;

const SECOND = 1;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Rests between tries: some 26 hours in all. */
const PAUSES_SECONDS = [5 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 17 * HOUR] as const;
/** A delivery is tried so often before it is dead. */
export const DELIVERY_TRIES = PAUSES_SECONDS.length + 1;
/** Whatever a receiver asks for, it is tried again within a day. */
const LONGEST_PAUSE_SECONDS = 24 * HOUR;
/** So that those that failed together do not come back together. */
const SPREAD = 0.2;

/**
 * How long a delivery rests after so many tries that failed, at least as long as the receiver asked for. `chance` is
 * from 0 up to 1.
 */
export function deliveryPauseSeconds(tries: number, chance: number, askedSeconds = 0): number {
  const pause = PAUSES_SECONDS[Math.min(tries, PAUSES_SECONDS.length) - 1] ?? PAUSES_SECONDS[0];
  return Math.min(LONGEST_PAUSE_SECONDS, Math.max(pause * (1 + SPREAD * chance), askedSeconds));
}
