import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretPost,
  type Configuration,
  customFetch,
  type CustomFetch,
  discovery,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { GuardedClient } from '../guarded-http/guarded-client.ts';
import { createGuardedFetch } from '../guarded-http/guarded-fetch.ts';

/** How a provider knows us. */
export interface OidcClientSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | null;
}

/** What a browser must bring back, and what its answer is held against. */
export interface OidcAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** What a provider says of somebody, checked; unknown shapes are the caller's to judge. */
export interface OidcClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly email: unknown;
  readonly emailVerified: unknown;
  readonly name: unknown;
}

export interface OidcClient {
  /** Where a browser goes to sign in. Throws when the provider does not answer. */
  begin(
    settings: OidcClientSettings,
    redirectUri: string,
  ): Promise<{ readonly url: string; readonly attempt: OidcAttempt }>;
  /**
   * Takes the code of a browser's answer for what is said of the person. State, issuer, PKCE, nonce, signature,
   * audience and time are checked; throws when any is wrong.
   */
  finish(
    settings: OidcClientSettings,
    answer: { readonly url: URL; readonly attempt: OidcAttempt },
  ): Promise<OidcClaims>;
}

const TIMEOUT_SECONDS = 10;
const ANSWER_BYTES = 1_048_576;
const REMEMBERED_MS = 600_000;
const MAX_REMEMBERED = 50;
const SCOPE = 'openid email profile';

/** Plain HTTP is for a provider on this machine alone. */
export function isLoopback(issuer: URL): boolean {
  return issuer.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(issuer.hostname);
}

/**
 * OpenID Connect by authorization code with PKCE. What providers publish of themselves is kept for ten minutes. Where a
 * provider is, and where it says that its parts are, is called by the guarded client alone.
 */
export function createOidcClient(deps: {
  readonly client: Pick<GuardedClient, 'send'>;
  readonly nowMs?: () => number;
}): OidcClient {
  const { nowMs = Date.now } = deps;
  const fetch = createGuardedFetch(deps.client, { timeoutMs: TIMEOUT_SECONDS * 1_000, limitBytes: ANSWER_BYTES });
  const remembered = new Map<string, { readonly config: Promise<Configuration>; readonly untilMs: number }>();

  function configurationOf(settings: OidcClientSettings): Promise<Configuration> {
    const key = JSON.stringify([settings.issuer, settings.clientId, settings.clientSecret]);
    const known = remembered.get(key);
    if (known !== undefined && known.untilMs > nowMs()) return known.config;
    const issuer = new URL(settings.issuer);
    const authentication = settings.clientSecret === null ? None() : ClientSecretPost(settings.clientSecret);
    const config = discovery(issuer, settings.clientId, undefined, authentication, {
      timeout: TIMEOUT_SECONDS,
      [customFetch]: fetch as CustomFetch,
      execute: isLoopback(issuer) ? [allowInsecureRequests] : [],
    });
    // A failure is not kept: the next one asks again.
    config.catch(() => remembered.delete(key));
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(key, { config, untilMs: nowMs() + REMEMBERED_MS });
    return config;
  }

  return {
    async begin(settings, redirectUri) {
      const config = await configurationOf(settings);
      const attempt = { state: randomState(), nonce: randomNonce(), codeVerifier: randomPKCECodeVerifier() };
      const url = buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: SCOPE,
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await calculatePKCECodeChallenge(attempt.codeVerifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, attempt };
    },
    async finish(settings, { url, attempt }) {
      const config = await configurationOf(settings);
      const tokens = await authorizationCodeGrant(config, url, {
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        pkceCodeVerifier: attempt.codeVerifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims()!;
      // Many providers tell an address only there.
      const isTold = claims.email !== undefined || config.serverMetadata().userinfo_endpoint === undefined;
      const said = isTold ? claims : await fetchUserInfo(config, tokens.access_token, claims.sub);
      const { email, email_verified: emailVerified, name } = said;
      return { issuer: claims.iss, subject: claims.sub, email, emailVerified, name };
    },
  };
}
