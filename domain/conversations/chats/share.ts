export const SHARE_STATUSES = ['pending', 'accepted', 'revoked', 'expired'] as const;
export type ShareStatus = (typeof SHARE_STATUSES)[number];
export const SHARE_ROLES = ['viewer', 'editor'] as const;
export type ShareRole = (typeof SHARE_ROLES)[number];

export const SHARE_DAYS = 7;
export const MAX_SHARE_DAYS = 30;

/** A way into a session: docs/contracts/conversations.md, Shares. */
export interface Share {
  readonly id: string;
  readonly role: ShareRole;
  /** Null: whoever has the link. */
  readonly invitee: { readonly user_id: string | null; readonly email: string | null } | null;
  readonly status: ShareStatus;
  readonly accepted_by: string | null;
  readonly expires_at: string;
  readonly created_by: string;
  readonly created_at: string;
}

export const FEEDBACK_SIGNALS = ['helpful', 'not_helpful', 'inaccurate', 'unsafe', 'edit', 'regenerate'] as const;
