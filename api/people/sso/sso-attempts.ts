import { z } from 'zod';
import type { OidcAttempt } from '../../../platform/oidc/oidc-client.ts';
import { type KeyRing, SealError } from '../../../platform/crypto/key-ring.ts';

/** How long somebody may take at the provider. */
export const SSO_ATTEMPT_SECONDS = 600;

const stored = z.object({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  next: z.string(),
  untilMs: z.number(),
});

/**
 * An attempt to sign in by a provider, as the browser that began it keeps it: sealed, so it can neither be read nor
 * made.
 */
export interface SsoAttempts {
  seal(providerId: string, attempt: OidcAttempt & { readonly next: string }): string;
  /** Null: none, another provider's, or one that took too long. */
  open(providerId: string, value: string | null): (OidcAttempt & { readonly next: string }) | null;
}

export function createSsoAttempts(ring: Pick<KeyRing, 'seal' | 'open'>, nowMs: () => number = Date.now): SsoAttempts {
  const contextOf = (providerId: string) => ({
    workspaceId: 'instance',
    ownerId: `sso ${providerId}`,
    field: 'sign-in attempt',
  });
  return {
    seal(providerId, { state, nonce, codeVerifier, next }) {
      const untilMs = nowMs() + SSO_ATTEMPT_SECONDS * 1_000;
      return ring.seal(JSON.stringify({ state, nonce, codeVerifier, next, untilMs }), contextOf(providerId));
    },
    open(providerId, value) {
      if (value === null) return null;
      try {
        const attempt = stored.parse(JSON.parse(ring.open(value, contextOf(providerId))));
        return attempt.untilMs > nowMs() ? attempt : null;
      } catch (error) {
        // What is sealed for it was made here: it is whole.
        if (error instanceof SealError) return null;
        throw error;
      }
    },
  };
}
