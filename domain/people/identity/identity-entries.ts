import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { SessionEnd } from './session-rules.ts';

export const identityAudits = {
  user: { created: entryKind() },
  cli_token: { created: entryKind(), deleted: entryKind() },
};

/** How somebody proved who they are when a session began. */
export type SignInMethod = 'password' | 'bootstrap' | 'sso';

/**
 * What happens to sessions is the instance's: they belong to no workspace. An API key's entries are of the workspace
 * that it works in.
 */
export const identityEntries = {
  'auth.login': entryKind<{ readonly method: SignInMethod }>(),
  /**
   * Nothing of the name that was tried: people type passwords there. `closed_seconds`: this failure closed the name.
   */
  'auth.login_failed': entryKind<{ readonly closed_seconds: number }>(),
  /** Written before the use is honoured. `route`: its declared path, without what it names. */
  'auth.admin_token_used': entryKind<{ readonly method: string; readonly route: string }>(),
  'auth.session_refreshed': entryKind(),
  'auth.refresh_reused': entryKind(),
  'api_key.created': entryKind<{ readonly scopes: readonly string[] | null; readonly expires_at: string | null }>(),
  'api_key.revoked': entryKind(),
  'auth.session_revoked': entryKind<{ readonly reason: SessionEnd }>(),
};
