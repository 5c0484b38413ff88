import type { DocumentKind } from '../../kernel/documents/document-kind.ts';
import type { Fields } from '../../kernel/schemas/fields.ts';
import { INBOX_TYPE_NAMES } from './inbox.ts';

export const NOTIFICATION_CHANNELS = ['in_app', 'email', 'webhook'] as const;
export type NotificationChannel = (typeof NOTIFICATION_CHANNELS)[number];

/** What people may be told of: of some the instance tells nobody yet. */
const NOTIFICATION_TYPES: readonly string[] = [
  ...new Set([
    ...INBOX_TYPE_NAMES,
    'access.decided',
    'access.requested',
    'account.security',
    'share.received',
    'task.assigned',
    'wiki.finding',
  ]),
].sort();

/** What holds something up, or concerns the account itself: nobody puts it out of their sight. */
const ALWAYS_SHOWN: ReadonlySet<string> = new Set([
  'account.security',
  'approval.requested',
  'escalation.opened',
  'keeper_escalated',
  'review.assigned',
  'task.review',
]);

/** Which kinds of document: one for each person, by their id. */
export const NOTIFICATION_DOCUMENT = 'notifications';

/** How somebody is told of what, by which way. */
export interface NotificationPreferences {
  readonly channels: Readonly<Record<NotificationChannel, { readonly enabled: boolean }>>;
  /** The channels of each type; one that is not named is shown in the app. */
  readonly types: Readonly<Record<string, readonly NotificationChannel[]>>;
  /** When nothing leaves the house. */
  readonly quiet_hours: {
    readonly from: string;
    readonly to: string;
    readonly time_zone: string;
    /** 1 is Monday. */
    readonly days: readonly number[];
  } | null;
  /** What does not press is told together. */
  readonly digest: { readonly every: 'hour' | 'day'; readonly at: string; readonly time_zone: string } | null;
  /** A second channel for what nobody has answered. */
  readonly staggering: { readonly channel: 'email' | 'webhook'; readonly after_minutes: number } | null;
}

export const NO_PREFERENCES: NotificationPreferences = {
  channels: { in_app: { enabled: true }, email: { enabled: false }, webhook: { enabled: false } },
  types: {},
  quiet_hours: null,
  digest: null,
  staggering: null,
};

/** The channels of every type, as the preferences have it. */
export function channelsOfTypes(preferences: NotificationPreferences): Record<string, readonly NotificationChannel[]> {
  return Object.fromEntries(NOTIFICATION_TYPES.map((type) => [type, preferences.types[type] ?? ['in_app']]));
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The members of the document, for it and for what callers write. */
export function preferenceFields({ z }: Fields) {
  const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day as 07:30');
  const zone = z.string().min(1).max(64).refine(isTimeZone, 'must be a time zone as Europe/Prague');
  const channelsOfType = z
    .array(z.enum(NOTIFICATION_CHANNELS))
    .max(NOTIFICATION_CHANNELS.length)
    .refine((channels) => new Set(channels).size === channels.length, 'names a channel twice');
  return {
    types: z
      .record(z.string().max(64), channelsOfType)
      .superRefine((types, context) => {
        for (const [type, channels] of Object.entries(types)) {
          const refuse = (message: string) => context.addIssue({ code: 'custom', path: [type], message });
          if (!NOTIFICATION_TYPES.includes(type)) refuse('is no type of notification');
          else if (ALWAYS_SHOWN.has(type) && !channels.includes('in_app')) refuse('must have in_app');
        }
      })
      .describe('the channels of each type; one that is left out is shown in the app'),
    quietHours: z
      .strictObject({
        from: clock,
        to: clock,
        time_zone: zone,
        days: z
          .array(z.int().min(1).max(7))
          .min(1)
          .max(7)
          .refine((days) => new Set(days).size === days.length, 'names a day twice')
          .default([1, 2, 3, 4, 5, 6, 7])
          .describe('on which they begin; 1 is Monday'),
      })
      .refine(({ from, to }) => from !== to, { path: ['to'], error: 'must be another time than from' })
      .describe('over midnight where `to` is before `from`'),
    digest: z.strictObject({ every: z.enum(['hour', 'day']), at: clock.default('08:00'), time_zone: zone }),
    staggering: z.strictObject({ channel: z.enum(['email', 'webhook']), after_minutes: z.int().min(1).max(1_440) }),
  };
}

export const notificationPreferencesKind: DocumentKind = {
  name: NOTIFICATION_DOCUMENT,
  schema: (fields) => {
    const { z } = fields;
    const { types, quietHours, digest, staggering } = preferenceFields(fields);
    const channel = z.strictObject({ enabled: z.boolean() });
    return z.strictObject({
      channels: z.strictObject({
        in_app: z.strictObject({ enabled: z.literal(true) }),
        email: channel,
        webhook: channel,
      }),
      types,
      quiet_hours: quietHours.nullable(),
      digest: digest.nullable(),
      staggering: staggering.nullable(),
    });
  },
  hasInstanceDefault: false,
};
