import { z } from 'zod';
import {
  FEEDBACK_SIGNALS,
  MAX_SHARE_DAYS,
  SHARE_DAYS,
  SHARE_ROLES,
  SHARE_STATUSES,
} from '../../../domain/conversations/chats/share.ts';
import { clearableField, idField, momentField, optionalBody, refField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';
import { workspaceQuery } from './chat-schemas.ts';

const DAY_MS = 86_400_000;
const MAX_METRIC_DAYS = 366;
const shareRoleField = z.enum(SHARE_ROLES);

export const shareParams = z.object({ sessionId: idField, shareId: idField });
export const sharesQuery = z.object({
  ...workspaceQuery,
  status: z.enum(SHARE_STATUSES).optional(),
  ...pageQuery({ defaultLimit: 50 }),
});

export const shareAnswer = z.object({
  id: z.string(),
  role: shareRoleField.describe('a viewer reads, an editor writes too'),
  invitee: z
    .object({ user_id: z.string().nullable(), email: z.string().nullable() })
    .nullable()
    .describe('null: who has the link'),
  status: z.enum(SHARE_STATUSES),
  accepted_by: z.string().nullable(),
  expires_at: timeField,
  created_by: z.string(),
  created_at: timeField,
});
export const newShareAnswer = z.object({
  ...shareAnswer.shape,
  token: z.string().nullable().describe('what a link or a mail carries, shown once; null for a person’s share'),
});
export const sharesAnswer = z.object({ items: z.array(shareAnswer), total: z.int(), limit: z.int(), offset: z.int() });

export const newShareBody = z
  .strictObject({
    user_id: idField.optional(),
    email: z.email().max(254).optional(),
    link: z.literal(true).optional(),
    role: shareRoleField.default('viewer'),
    expires_at: momentField.optional().describe(`at most ${MAX_SHARE_DAYS} days ahead; default: ${SHARE_DAYS} days`),
  })
  .superRefine((body, context) => {
    const given = [body.user_id, body.email, body.link].filter((one) => one !== undefined).length;
    if (given !== 1) {
      context.addIssue({ code: 'custom', path: ['user_id'], message: 'exactly one of user_id, email and link' });
    }
    const aheadMs = body.expires_at === undefined ? 1 : Date.parse(body.expires_at) - Date.now();
    if (aheadMs <= 0 || aheadMs > MAX_SHARE_DAYS * DAY_MS) {
      const message = `must be within the next ${MAX_SHARE_DAYS} days`;
      context.addIssue({ code: 'custom', path: ['expires_at'], message });
    }
  })
  .meta({ example: { email: 'ada@example.com', role: 'viewer' } });

/** When a share ends that does not say. */
export const usualExpiry = (): string => new Date(Date.now() + SHARE_DAYS * DAY_MS).toISOString();

export const acceptBody = optionalBody(z.strictObject({ token: z.string().min(1).max(128).optional() }));

export const feedbackBody = z.strictObject({
  message_id: idField,
  rating: z.int().min(-1).max(1),
  signal: z.enum(FEEDBACK_SIGNALS).optional(),
  comment: clearableField(4_096).optional(),
  tags: z.array(z.string().trim().min(1).max(50)).max(10).default([]),
});
export const feedbackAnswer = z.object({
  id: z.string(),
  message_id: z.string(),
  user_id: z.string(),
  rating: z.int(),
  signal: z.enum(FEEDBACK_SIGNALS).nullable(),
  comment: z.string().nullable(),
  tags: z.array(z.string()),
  created_at: timeField,
  updated_at: timeField,
});

export const metricsQuery = z
  .object({
    ...workspaceQuery,
    from: momentField.optional().describe('default: 30 days before `to`'),
    to: momentField.optional().describe('default: now'),
    agent: refField.optional(),
    project_id: idField.optional(),
    group_by: z.enum(['day', 'agent', 'project']).default('day'),
  })
  .superRefine((query, context) => {
    const { from, to } = metricRange(query);
    const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
    if (days > 0 && days <= MAX_METRIC_DAYS) return;
    const message = `must be before to, by at most ${MAX_METRIC_DAYS} days`;
    context.addIssue({ code: 'custom', path: ['from'], message });
  });

/** The time that figures are of. */
export function metricRange(query: { readonly from?: string | undefined; readonly to?: string | undefined }) {
  const to = query.to ?? new Date().toISOString();
  return { to, from: query.from ?? new Date(Date.parse(to) - 30 * DAY_MS).toISOString() };
}

const counts = { total: z.int(), positive: z.int(), negative: z.int() };
export const metricsAnswer = z.object({
  ...counts,
  positive_rate: z.number().nullable().describe('of those that are not neutral; null without any'),
  groups: z.array(z.object({ key: z.string().nullable(), ...counts })),
});
