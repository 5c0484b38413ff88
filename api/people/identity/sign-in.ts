import type { FastifyRequest } from 'fastify';
import { attemptSucceeded, beginAttempt } from '../../../commands/people/identity/login-attempts.ts';
import { createSession, type Session } from '../../../commands/people/identity/session-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { findPersonByName, type Person } from '../../../db/people/identity/find-person.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { Passwords } from '../../../platform/crypto/passwords.ts';
import type { Authentication } from '../../http/auth/authentication.ts';
import { DEVICE_MARK_SECONDS } from '../../http/auth/device-marks.ts';
import type { AttemptLimiter } from '../../http/limits/attempt-limiter.ts';
import { attemptOf } from './attempt-of.ts';

/** Somebody who gave their password, and the session that begins with it. */
export interface SignedIn {
  readonly person: Person;
  readonly session: Session;
  /** `Set-Cookie` by which the browser is known as one that this person signed in with. */
  readonly deviceCookie: string;
}

export interface SignInDeps {
  readonly database: Pick<Database, 'systemReads' | 'systemTransaction'>;
  readonly keyRing: Pick<KeyRing, 'digest'>;
  readonly passwords: Pick<Passwords, 'verify'>;
  readonly attempts: AttemptLimiter;
  readonly authentication: Pick<Authentication, 'cookies' | 'deviceMarks'>;
}

/**
 * The one password check of both façades; null when name and password do not belong together, whatever the reason. A
 * name that nobody has costs what a wrong password costs, and so does somebody who signed up and has not confirmed
 * their address: otherwise a sign-up would tell by it whether the address had an account. Throws `rate_limited` while
 * the name is closed to the caller, without a look at the password (docs/contracts/identity.md, Signing in).
 */
export async function signIn(
  deps: SignInDeps,
  asked: {
    readonly name: string;
    readonly password: string;
    readonly request: FastifyRequest;
    readonly actor: Actor;
    /** Of the session's refresh tokens. */
    readonly refreshGraceSeconds: number;
    /** Where the session's requests work that name no workspace; what it throws refuses the sign-in. */
    readonly chooseWorkspace?: (person: Person) => Promise<string | null>;
  },
): Promise<SignedIn | null> {
  const { database, attempts } = deps;
  const { cookies, deviceMarks } = deps.authentication;
  const { actor, request } = asked;
  attempts.refuseIfOver('authentication', actor.address);
  const name = asked.name.trim().toLowerCase();
  const person = await findPersonByName(database.systemReads, name);
  const attempt = attemptOf(deps, { person, name, request, address: actor.address });
  const mark = cookies.read(request, 'device');
  const scope = { requestId: request.id };
  const closedSeconds = await database.systemTransaction(scope, (tx) => beginAttempt(tx, attempt));
  const isRight = await deps.passwords.verify(person?.password_hash ?? null, asked.password);
  if (!isRight || person === null || person.is_disabled || person.awaits_verification) {
    await database.systemTransaction(scope, async (tx) => {
      tx.journal({
        type: 'auth.login_failed',
        severity: closedSeconds > 0 ? 'warn' : 'notice',
        actor,
        workspaceId: null,
        ...(person === null ? {} : { targetType: 'user', targetId: person.id }),
        summary: 'an attempt to sign in failed',
        payload: { closed_seconds: closedSeconds },
      });
    });
    await attempts.count('authentication', actor.address);
    return null;
  }
  let defaultWorkspaceId: string | null = null;
  try {
    if (asked.chooseWorkspace !== undefined) defaultWorkspaceId = await asked.chooseWorkspace(person);
  } catch (error) {
    // The password was right: what is wrong with the rest is no failure to sign in.
    await database.systemTransaction(scope, (tx) => attemptSucceeded(tx, attempt));
    throw error;
  }
  const session = await database.systemTransaction(scope, async (tx) => {
    await attemptSucceeded(tx, attempt);
    return createSession(
      tx,
      {
        userId: person.id,
        method: 'password',
        defaultWorkspaceId,
        refreshGraceSeconds: asked.refreshGraceSeconds,
        userAgent: request.headers['user-agent'] ?? null,
        address: actor.address,
      },
      actor,
    );
  });
  const deviceCookie = cookies.write('device', deviceMarks.issue(person.id, mark), {
    isSecure: cookies.isSecure(request),
    maxAgeSeconds: DEVICE_MARK_SECONDS,
  });
  return { person, session, deviceCookie };
}
