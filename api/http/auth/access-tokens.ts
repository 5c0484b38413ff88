import { randomUUID } from 'node:crypto';
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import type { SigningKeys } from '../../../commands/instance/keys/signing-keys.ts';
import { unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';
import { ACCESS_TOKEN_SECONDS } from '../../../domain/people/identity/session-rules.ts';
import { SIGNING_ALGORITHM } from '../../../platform/crypto/signing-keys.ts';

/** What an access token says: whose it is and of which session. Never what they may do. */
export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
  /** Where requests work that name no workspace. */
  readonly workspaceId: string | null;
}

export interface AccessTokens {
  issue(claims: AccessClaims): Promise<string>;
  /** Throws `unauthenticated` for one that this instance did not sign, or whose time is over or has not come. */
  verify(token: string): Promise<Pick<AccessClaims, 'userId' | 'sessionId'> & { readonly untilMs: number }>;
  /** Whether a token names a key that this process knows, so that looking at it costs nobody else anything. */
  namesKnownKey(token: string): boolean;
}

/** Says what the token is for, so that nothing else that is signed is taken for one. */
const TYPE = 'at+jwt';
/** What clocks of the instance's processes may differ by. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** No key of the instance has the name that the token gives. */
class UnknownKeyError extends Error {}

/**
 * The short-lived tokens of a session: JWTs that the instance signs (docs/contracts/identity.md, Access tokens). Which
 * algorithm and whose keys count is said here and never by the token, which only names one of the keys.
 */
export function createAccessTokens(keys: SigningKeys): AccessTokens {
  async function keyNamed(kid: string | undefined) {
    const key = kid === undefined ? null : await keys.verifier(kid);
    if (key === null) throw new UnknownKeyError('signed with no key of this instance');
    return key;
  }

  return {
    async issue({ userId, sessionId, workspaceId }) {
      const { kid, privateKey } = await keys.current();
      const issuedAt = Math.floor(Date.now() / 1_000);
      return new SignJWT({ sid: sessionId, ...(workspaceId === null ? {} : { ws: workspaceId }) })
        .setProtectedHeader({ alg: SIGNING_ALGORITHM, typ: TYPE, kid })
        .setSubject(userId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ACCESS_TOKEN_SECONDS)
        .setJti(randomUUID())
        .sign(privateKey);
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, ({ kid }) => keyNamed(kid), {
          algorithms: [SIGNING_ALGORITHM],
          typ: TYPE,
          requiredClaims: ['sub', 'sid', 'jti', 'iat', 'exp'],
          maxTokenAge: ACCESS_TOKEN_SECONDS,
          clockTolerance: CLOCK_TOLERANCE_SECONDS,
        });
        const { sub, sid, exp } = payload;
        if (typeof sub !== 'string' || typeof sid !== 'string' || exp === undefined) throw new UnknownKeyError();
        return { userId: sub, sessionId: sid, untilMs: (exp + CLOCK_TOLERANCE_SECONDS) * 1_000 };
      } catch (error) {
        if (error instanceof errors.JWTExpired) {
          throw unauthenticated('token_expired', 'the access token is over: refresh it');
        }
        if (!(error instanceof errors.JOSEError || error instanceof UnknownKeyError)) throw error;
        throw unauthenticated('invalid_token', 'the access token is none of this instance, or its time has not come');
      }
    },
    namesKnownKey(token) {
      try {
        const { kid } = decodeProtectedHeader(token);
        return kid !== undefined && keys.knows(kid);
      } catch {
        return false;
      }
    },
  };
}
