import type { Database } from '../../../db/kernel/database.ts';
import { createSigningKeys } from '../../../commands/instance/keys/signing-keys.ts';
import { createAuthJwe } from '../../../platform/crypto/auth-jwe.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { AttemptLimiter } from '../limits/attempt-limiter.ts';
import type { OriginRules } from '../headers/origin-allowed.ts';
import { createAccessTokenAuthenticator } from './access-token-authenticator.ts';
import { type AccessTokens, createAccessTokens } from './access-tokens.ts';
import { createAdminTokenAuthenticator } from './admin-token-authenticator.ts';
import { type AdminTokens, createAdminTokens } from './admin-tokens.ts';
import type { Authenticator } from './authenticator.ts';
import { type Cookies, createCookies } from './cookies.ts';
import { createCsrfTokens, type CsrfTokens } from './csrf-tokens.ts';
import { createDeviceMarks, type DeviceMarks } from './device-marks.ts';
import { createOriginCheck, type OriginCheck } from './origin-check.ts';
import { createRefreshTokens, type RefreshTokens } from './refresh-token.ts';
import { createSessionAuthenticator } from './session-authenticator.ts';
import { createSessionCookies, type SessionCookies } from './session-credentials.ts';
import { createTokenAuthenticator } from './token-authenticator.ts';

/** How callers say who they are, and what they are given to say so. */
export interface Authentication {
  /** In the order in which they are asked: explicit credentials, then cookies. */
  readonly authenticators: readonly Authenticator[];
  /** Who a browser's session cookie says is calling, on routes that anybody may call. */
  readonly ofBrowser: Authenticator;
  readonly adminTokens: AdminTokens;
  readonly cookies: Cookies;
  readonly sessionCookies: SessionCookies;
  readonly refreshTokens: RefreshTokens;
  readonly accessTokens: AccessTokens;
  readonly csrfTokens: CsrfTokens;
  readonly deviceMarks: DeviceMarks;
  readonly origins: OriginCheck;
  /** Forgets what is known of a person's credentials. */
  forgetUser(userId: string): void;
  forgetAll(): void;
}

/** Every way to prove who is calling, made of the instance's keys. */
export function createAuthentication(deps: {
  readonly database: Pick<Database, 'systemReads' | 'systemTransaction'>;
  readonly keyRing: Pick<KeyRing, 'secrets' | 'seal' | 'open'>;
  readonly attempts: Pick<AttemptLimiter, 'refuseIfOver'>;
  readonly origins: OriginRules;
  readonly publicUrl: string | undefined;
  /** For tokens of the tier ADMIN; without one there are none. */
  readonly adminTokenKey?: string;
  readonly onTouchError: (error: unknown) => void;
}): Authentication {
  const cookies = createCookies(deps.publicUrl);
  const refreshTokens = createRefreshTokens(deps.keyRing.secrets('refresh tokens'));
  const jwe = createAuthJwe(deps.keyRing.secrets('session cookies'));
  const sessionCookies = createSessionCookies({ jwe, cookies, refreshTokens });
  const origins = createOriginCheck(deps.origins);
  const accessTokens = createAccessTokens(createSigningKeys({ ...deps, purpose: 'access_token' }));
  const tokens = createTokenAuthenticator(deps);
  const sessionTokens = createAccessTokenAuthenticator({ ...deps, accessTokens });
  const browser = createSessionAuthenticator({ ...deps, cookies, sessionCookies, origins });
  const adminTokens = createAdminTokens(deps.adminTokenKey);
  const remembering = [tokens, sessionTokens, browser];
  return {
    authenticators: [createAdminTokenAuthenticator({ ...deps, adminTokens }), ...remembering],
    adminTokens,
    ofBrowser: browser,
    cookies,
    sessionCookies,
    refreshTokens,
    accessTokens,
    csrfTokens: createCsrfTokens(deps.keyRing.secrets('csrf tokens')),
    deviceMarks: createDeviceMarks(deps.keyRing.secrets('device marks')),
    origins,
    forgetUser(userId) {
      for (const authenticator of remembering) authenticator.forgetUser(userId);
    },
    forgetAll() {
      for (const authenticator of remembering) authenticator.forgetAll();
    },
  };
}
