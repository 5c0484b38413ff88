import type { FastifyRequest } from 'fastify';
import type { Database } from '../../../db/kernel/database.ts';
import { touchToken } from '../../../commands/people/identity/token-commands.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { CLI_TOKEN_PATTERN, hashToken } from './cli-token.ts';
import type { AttemptLimiter } from '../limits/attempt-limiter.ts';
import { callerAddress } from '../limits/caller-address.ts';
import type { Authenticator, Bearer } from './authenticator.ts';
import { findTokenIdentity, type TokenIdentity } from '../../../db/people/identity/find-token-identity.ts';

/** How long another process's revocation or role change may go unnoticed here. */
const CACHE_TTL_MS = 2_000;
const CACHE_ENTRIES = 10_000;

interface Entry {
  readonly bearer: Bearer;
  readonly untilMs: number;
}

export interface CliTokenAuthenticator extends Authenticator {
  /** Forgets what is known of a person's tokens: something of theirs changed in this process. */
  forgetUser(userId: string): void;
}

/**
 * Bearer CLI tokens. A verified token is remembered for at most two seconds and never beyond its own expiry, so a
 * steady caller costs one lookup in that time; a token that is not valid is never remembered. Revocation in this
 * process is immediate, in others within the two seconds. From an address with too many wrong credentials, only tokens
 * that were found valid here before are looked up.
 */
export function createCliTokenAuthenticator(deps: {
  readonly database: Pick<Database, 'systemReads' | 'systemTransaction'>;
  readonly onTouchError: (error: unknown) => void;
  readonly attempts: Pick<AttemptLimiter, 'refuseIfOver'>;
  readonly nowMs?: () => number;
}): CliTokenAuthenticator {
  const nowMs = deps.nowMs ?? Date.now;
  const cache = new Map<string, Entry>();
  const pending = new Map<string, Promise<Bearer>>();

  function toBearer(token: string, identity: TokenIdentity, isCached: boolean): Bearer {
    return {
      userId: identity.user_id,
      email: identity.email,
      method: 'cli_token',
      tokenId: identity.token_id,
      sessionId: null,
      scopes: identity.scopes,
      isInstanceOperator: identity.is_instance_operator,
      boundWorkspaceId: identity.bound_workspace_id,
      homeWorkspaceId: identity.home_workspace_id,
      memberships: identity.memberships,
      isCached,
      reload: () => load(token),
    };
  }

  async function load(token: string): Promise<Bearer> {
    const identity = await findTokenIdentity(deps.database.systemReads, hashToken(token));
    if (identity === null) {
      cache.delete(token);
      throw new CrewshipError('unauthenticated', 'the token is unknown, revoked or expired');
    }
    if (identity.use_is_stale) {
      deps.database.systemTransaction({}, (tx) => touchToken(tx, identity.token_id)).catch(deps.onTouchError);
    }
    const expiryMs = identity.expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(identity.expires_at);
    if (cache.size >= CACHE_ENTRIES) cache.delete(cache.keys().next().value!);
    cache.set(token, {
      bearer: toBearer(token, identity, true),
      untilMs: Math.min(nowMs() + CACHE_TTL_MS, expiryMs),
    });
    return toBearer(token, identity, false);
  }

  /**
   * Requests that miss at the same moment share one lookup. It may have begun before the later ones arrived, so what
   * it gives them counts as remembered, which it is: for less than the limit.
   */
  function loadShared(token: string): Promise<Bearer> {
    const running = pending.get(token);
    if (running !== undefined) return running.then((bearer) => ({ ...bearer, isCached: true }));
    const started = load(token).finally(() => pending.delete(token));
    pending.set(token, started);
    return started;
  }

  return {
    authenticate(request: FastifyRequest) {
      const header = request.headers.authorization;
      if (header === undefined) return null;
      const token = /^bearer +(\S+)$/i.exec(header)?.[1];
      if (token === undefined || !CLI_TOKEN_PATTERN.test(token)) {
        throw new CrewshipError('unauthenticated', 'the Authorization header holds no token of this instance');
      }
      const known = cache.get(token);
      if (known !== undefined && known.untilMs > nowMs()) return known.bearer;
      // A token that was good a while ago is no guess: those who use one are not shut out for what others of their address do.
      if (known === undefined) deps.attempts.refuseIfOver('authentication', callerAddress(request));
      return loadShared(token);
    },
    forgetUser(userId) {
      for (const [token, entry] of cache) if (entry.bearer.userId === userId) cache.delete(token);
    },
  };
}
