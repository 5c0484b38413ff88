import type { ActionKindName } from './action-kinds.ts';

/** Kinds that people may trust agents with: never what takes two of them, or an agent's own question. */
export const TRUSTED_KINDS = [
  'tool_call',
  'cost_threshold',
  'target_environment',
] as const satisfies readonly ActionKindName[];

export const LONGEST_TRUST_SECONDS = 30 * 86_400;
export const MOST_TRUSTED_USES = 10_000;

/** A standing permission: until it expires, is used up or revoked, nobody is asked. */
export interface TrustGrant {
  readonly id: string;
  readonly crew_id: string;
  /** Null: all agents of the crew. */
  readonly agent_id: string | null;
  readonly kind: (typeof TRUSTED_KINDS)[number];
  /** Null: any. */
  readonly tool: string | null;
  readonly max_uses: number;
  readonly used: number;
  /** The most that one action may be estimated to cost; null: any. */
  readonly max_cost_usd: string | null;
  readonly reason: string;
  readonly status: 'live' | 'used_up' | 'expired' | 'revoked';
  readonly expires_at: string;
  readonly created_by: string | null;
  readonly created_at: string;
  readonly revoked_at: string | null;
  readonly revoked_by: string | null;
}
