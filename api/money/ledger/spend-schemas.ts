import { z } from 'zod';
import type { SpendWindow } from '../../../db/money/ledger/spend-queries.ts';
import { idField, refField, timeField } from '../../http/kernel/fields.ts';

const HOUR_MS = 3_600_000;
const RANGES_MS: Readonly<Record<string, number>> = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
  '30d': 30 * 24 * HOUR_MS,
};

/** What cannot be read is ignored: docs/contracts/ledger.md, Spend. */
export const spendQuery = z.object({
  workspace_id: idField.optional(),
  range: z.string().max(64).optional().describe('1h, 24h, 7d or 30d, back from now'),
  since: z.string().max(64).optional().describe('RFC 3339; wins over `range`'),
  until: z.string().max(64).optional().describe('RFC 3339, exclusive; now without it'),
});

export const topQuery = z.object({
  ...spendQuery.omit({ until: true }).shape,
  limit: z.string().max(64).optional().describe('1 to 100; 10 otherwise'),
});

const moment = z.iso.datetime({ offset: true });

function momentOf(text: string | undefined): string | null {
  if (!moment.safeParse(text).success) return null;
  const ms = Date.parse(text!);
  return Number.isNaN(ms) || ms < 0 ? null : new Date(ms).toISOString();
}

/** The window a query asks for; `fallback` where it says none. */
export function windowOf(
  query: {
    readonly range?: string | undefined;
    readonly since?: string | undefined;
    readonly until?: string | undefined;
  },
  fallback: '24h' | '30d',
  nowMs = Date.now(),
): SpendWindow {
  const until = momentOf(query.until);
  const untilMs = until === null ? nowMs : Date.parse(until);
  const rangeMs = RANGES_MS[query.range ?? ''] ?? RANGES_MS[fallback]!;
  const since = momentOf(query.since) ?? new Date(Math.max(0, untilMs - rangeMs)).toISOString();
  return { since, until };
}

/** The window as an answer shows it. */
export function shown(window: SpendWindow): { since: string; until: string } {
  return { since: window.since, until: window.until ?? new Date().toISOString() };
}

export function limitOf(text: string | undefined): number {
  const limit = Number(text);
  return Number.isInteger(limit) && limit >= 1 && limit <= 100 ? limit : 10;
}

export const crewParams = z.object({ crewId: refField });
export const missionParams = z.object({ missionId: idField });

const counted = {
  cost_usd: z.string().describe('US dollars, six decimals, as text: never a float'),
  call_count: z.int(),
  input_tokens: z.int(),
  output_tokens: z.int(),
};
const windowMembers = { since: timeField, until: timeField };

export const byCrewAnswer = z.object({
  rows: z.array(z.object({ crew_id: z.string(), ...counted })),
  ...windowMembers,
});
export const byAgentAnswer = z.object({
  rows: z.array(z.object({ agent_id: z.string(), ...counted })),
  crew_id: z.string(),
  ...windowMembers,
});
export const byMissionAnswer = z.object({
  row: z.object({
    mission_id: z.string(),
    ...counted,
    first_ts: timeField.nullable(),
    last_ts: timeField.nullable(),
  }),
  mission_id: z.string(),
});
export const topSpendersAnswer = z.object({
  rows: z.array(
    z.object({
      scope_kind: z.literal('agent'),
      scope_id: z.string(),
      cost_usd: counted.cost_usd,
      call_count: z.int(),
    }),
  ),
  limit: z.int(),
  since: timeField,
});
export const subscriptionsAnswer = z.object({
  rows: z.array(
    z.object({
      subscription_plan: z.string(),
      provider: z.string(),
      call_count: z.int(),
      input_tokens: z.int(),
      output_tokens: z.int(),
      last_ts: timeField,
    }),
  ),
  ...windowMembers,
});
