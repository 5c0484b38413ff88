import { entryKind } from '../../kernel/journal/entry-kind.ts';

/** How somebody came to a new password. */
export type PasswordChange = 'self' | 'reset' | 'set_up';

/**
 * What happens to a person's account is the instance's, but for what those who manage a workspace do there, `user.*`.
 * No entry holds an address, a name or a token.
 */
export const accountEntries = {
  'auth.signed_up': entryKind<{ readonly awaits_verification: boolean; readonly invited: boolean }>(),
  'auth.email_verified': entryKind(),
  'auth.password_reset_requested': entryKind(),
  'auth.password_changed': entryKind<{ readonly by: PasswordChange }>(),
  'auth.profile_changed': entryKind<{ readonly changed_fields: readonly string[] }>(),
  'user.updated': entryKind<{ readonly changed_fields: readonly string[] }>(),
  'user.unlocked': entryKind<{ readonly reason: string | null }>(),
  'auth.pairing_started': entryKind<{ readonly adapter_hint: string | null }>(),
  'auth.pairing_redeemed': entryKind<{ readonly adapter_hint: string | null }>(),
};
