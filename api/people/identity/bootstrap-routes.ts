import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { parseIp } from '../../../domain/kernel/addresses/ip-address.ts';
import { addressKind, unmapped } from '../../../domain/kernel/addresses/public-address.ts';
import { bootstrapInstance } from '../../../commands/people/identity/bootstrap-instance.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Passwords } from '../../../platform/crypto/passwords.ts';
import type { Authentication } from '../../http/auth/authentication.ts';
import { newCliToken } from '../../http/auth/cli-token.ts';
import type { AttemptLimiter } from '../../http/limits/attempt-limiter.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { bootstrapAnswer, bootstrapBody, setupStatusAnswer } from './identity-schemas.ts';
import { needsBootstrap } from '../../../db/people/identity/needs-bootstrap.ts';

/** Who may make the first user, who owns the instance. */
export interface FirstUserPolicy {
  /** From anywhere, without a token: local mode. */
  readonly isOpen: boolean;
  /** Null: from this machine only. */
  readonly setupToken: string | null;
}

/** What a proxy on this machine adds: then its caller may be anywhere. */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

function requireSetUp(policy: FirstUserPolicy, request: FastifyRequest, given: string | undefined): void {
  if (policy.isOpen) return;
  const { setupToken } = policy;
  if (setupToken !== null && given !== undefined && isSame(setupToken, given)) return;
  const peer = parseIp(request.socket.remoteAddress ?? '');
  const isProxied = PROXY_HEADERS.some((name) => request.headers[name] !== undefined);
  if (given === undefined && !isProxied && peer !== null && addressKind(unmapped(peer)) === 'loopback') return;
  throw new CrewshipError('forbidden', 'setup_token must be the operator’s CREWSHIP_SETUP_TOKEN');
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** The first user of an empty instance. */
export function createBootstrapRoutes(deps: {
  readonly database: Pick<Database, 'systemReads'>;
  readonly allowSignup: boolean;
  readonly firstUser: FirstUserPolicy;
  readonly attempts: Pick<AttemptLimiter, 'count'>;
  readonly passwords: Pick<Passwords, 'hash'>;
  readonly authentication: Pick<Authentication, 'cookies' | 'sessionCookies'>;
}): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/bootstrap',
      operationId: 'bootstrapInstance',
      summary: 'Make the first user, their workspace and a CLI token, and sign them in',
      description:
        'Only on an instance without users; the first user is the instance operator. From another machine it takes ' +
        'the operator’s `setup_token`, outside local mode: 403 otherwise.',
      tags: ['Identity'],
      authority: { access: 'public' },
      body: bootstrapBody,
      responses: { 201: bootstrapAnswer },
      errors: ['already_bootstrapped', 'forbidden', 'rate_limited'],
      handler: async (ctx) => {
        await deps.attempts.count('bootstrap', ctx.actor.address);
        // Cheap refusal first: hashing a password is expensive on purpose.
        if (!(await needsBootstrap(deps.database.systemReads))) {
          throw new CrewshipError('already_bootstrapped', 'this instance has a user already');
        }
        requireSetUp(deps.firstUser, ctx.request, ctx.body.setup_token);
        const passwordHash = await deps.passwords.hash(ctx.body.password);
        const { token, hash: tokenHash, prefix } = newCliToken();
        return ctx.write(async (tx) => {
          const { full_name: fullName, email } = ctx.body;
          const { userId, workspaceId, session } = await bootstrapInstance(tx, {
            fullName,
            email,
            passwordHash,
            token: { hash: tokenHash, prefix },
            requestId: ctx.requestId,
            address: ctx.actor.address,
            userAgent: ctx.request.headers['user-agent'] ?? null,
          });
          const { cookies, sessionCookies } = deps.authentication;
          const user = { id: userId, email, fullName };
          const setCookie = await sessionCookies.of({ ...session, user }, cookies.isSecure(ctx.request));
          return created(
            { user_id: userId, email, workspace_id: workspaceId, cli_token: token },
            { 'set-cookie': setCookie },
          );
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/system/setup-status',
      operationId: 'getSetupStatus',
      summary: 'Whether the instance waits for its first user',
      tags: ['Identity'],
      authority: { access: 'public' },
      responses: { 200: setupStatusAnswer },
      handler: async () =>
        ok({ needs_bootstrap: await needsBootstrap(deps.database.systemReads), allow_signup: deps.allowSignup }),
    }),
  ];
}
