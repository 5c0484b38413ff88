import type { FastifyRequest } from 'fastify';
import { updateProfile } from '../../../commands/people/accounts/account-commands.ts';
import { setPassword } from '../../../commands/people/accounts/password-commands.ts';
import { beginAttempt } from '../../../commands/people/identity/login-attempts.ts';
import { findPerson, type Person } from '../../../db/people/identity/find-person.ts';
import { notFound, unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Authentication } from '../../http/auth/authentication.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { attemptOf } from '../identity/attempt-of.ts';
import { passwordAnswer, passwordBody, profileAnswer, profileBody } from './account-schemas.ts';
import type { AccountDeps } from './accounts.ts';

/** What people change of their own account: docs/contracts/accounts.md, One’s own account. */
export function createOwnAccountRoutes(
  deps: AccountDeps & { readonly authentication: Pick<Authentication, 'cookies' | 'deviceMarks'> },
): Route[] {
  const { database, attempts, keyRing, sendsMail } = deps;
  const tags = ['Accounts'];
  const authority = { access: 'user', scope: 'auth:write' } as const;

  /** The person, who has shown their password; counted as an attempt to sign in is. */
  async function proven(
    userId: string,
    given: string,
    request: FastifyRequest,
    address: string | null,
  ): Promise<Person> {
    attempts.refuseIfOver('authentication', address);
    const person = await findPerson(database.systemReads, userId);
    if (person === null) throw notFound('user');
    const attempt = attemptOf(deps, { person, name: person.email, request, address });
    await database.systemTransaction({ requestId: request.id }, (tx) => beginAttempt(tx, attempt));
    if (await deps.passwords.verify(person.password_hash, given)) return person;
    await attempts.count('authentication', address);
    throw unauthenticated('wrong_password', 'current_password is not your password');
  }

  return [
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/users/me',
      operationId: 'updateOwnProfile',
      summary: 'Change what one is called',
      tags,
      authority,
      body: profileBody,
      responses: { 200: profileAnswer },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const change = { userId: ctx.principal.userId!, fullName: ctx.body.full_name };
          return ok(await updateProfile(tx, change, ctx.actor));
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/users/me/password',
      operationId: 'changeOwnPassword',
      summary: 'Change one’s password',
      description:
        'All sessions but the one of this request end. A wrong `current_password` is a 401 with `error: ' +
        '"wrong_password"` ' +
        'and counts as an attempt to sign in; while too many failed: 429. Who has no password gets one by a link.',
      tags,
      authority,
      body: passwordBody,
      responses: { 200: passwordAnswer },
      handler: async (ctx) => {
        const { userId, sessionId } = ctx.principal;
        const person = await proven(userId!, ctx.body.current_password, ctx.request, ctx.actor.address);
        const passwordHash = await deps.passwords.hash(ctx.body.new_password);
        const { nameDigest } = attemptOf(deps, {
          ...{ person, name: person.email, request: ctx.request, address: ctx.actor.address },
        });
        const result = await ctx.write(async (tx) => {
          const change = {
            ...{ userId: person.id, email: person.email, exceptSessionId: sessionId, by: 'self' as const },
            ...{ passwordHash, nameDigest, sendsMail },
          };
          const ended = await setPassword(tx, keyRing, change, ctx.actor);
          return ok({ success: true as const, sessions_revoked: ended });
        });
        deps.forgetUser(person.id);
        return result;
      },
    }),
  ];
}
