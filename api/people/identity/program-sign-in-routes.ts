import { z } from 'zod';
import { rotateSession, type Session } from '../../../commands/people/identity/session-commands.ts';
import { findSessionIdentity } from '../../../db/people/identity/find-identity.ts';
import { listMemberships } from '../../../db/people/identity/list-memberships.ts';
import { unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';
import { chooseWorkspace } from '../../../domain/people/identity/choose-workspace.ts';
import { ACCESS_TOKEN_SECONDS, REFRESH_GRACE_SECONDS } from '../../../domain/people/identity/session-rules.ts';
import type { Authentication } from '../../http/auth/authentication.ts';
import { ownMembership } from '../../http/auth/resolve-workspace.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { describeMe } from './me.ts';
import { loginBody, refreshBody, tokensAnswer } from './program-schemas.ts';
import { refusalOf } from './refused-rotation.ts';
import { signIn, type SignInDeps } from './sign-in.ts';

const MAX_BODY_BYTES = 16_384;

/** How a program's session begins and goes on: docs/contracts/identity.md, Programs. */
export function createProgramSignInRoutes(
  deps: Omit<SignInDeps, 'authentication'> & { readonly authentication: Authentication },
): Route[] {
  const { database, attempts, authentication } = deps;
  const { accessTokens, cookies, origins, refreshTokens, sessionCookies } = authentication;
  const common = { method: 'POST', tags: ['Identity'], authority: { access: 'public' } } as const;

  /** The pair that a session is shown by, and whose it is. Throws `unauthenticated` when it is over by now. */
  async function tokensOf(session: Session): Promise<z.input<typeof tokensAnswer>> {
    const identity = await findSessionIdentity(database.systemReads, session.id);
    if (identity?.state !== 'live') throw unauthenticated('session_revoked', 'the session was ended: sign in again');
    const { memberships, home_workspace_id: homeId } = identity;
    const workspaceId = ownMembership(memberships, homeId)?.id ?? null;
    const { userId, id: sessionId, refreshJti: jti } = session;
    const shown = { userId, method: 'jwt', tokenId: null, scopes: null } as const;
    return {
      access_token: await accessTokens.issue({ userId, sessionId, workspaceId }),
      refresh_token: refreshTokens.issue({ sessionId, jti }),
      token_type: 'bearer',
      expires_in: ACCESS_TOKEN_SECONDS,
      user: await describeMe(database.systemReads, shown, workspaceId),
    };
  }

  return [
    defineRoute({
      ...common,
      url: '/api/v1/auth/login',
      operationId: 'login',
      summary: 'Sign in a program with username or e-mail and password',
      description:
        'JSON or a form of at most 16 KiB. Begins a session and answers its access token, of 15 minutes, and its ' +
        'refresh token. Every pair that does not belong together is the same 401; while too many attempts failed: 429.',
      takesForm: true,
      body: loginBody,
      limits: { bodyBytes: MAX_BODY_BYTES },
      responses: { 200: tokensAnswer },
      errors: ['unauthenticated', 'forbidden', 'workspace_required', 'not_found', 'rate_limited', 'unavailable'],
      handler: async (ctx) => {
        const { body, request, actor } = ctx;
        origins.refuseForeignWrite(request);
        const signedIn = await signIn(deps, {
          name: body.username,
          password: body.password,
          request,
          actor,
          refreshGraceSeconds: REFRESH_GRACE_SECONDS.program,
          chooseWorkspace: async ({ id }) =>
            chooseWorkspace(await listMemberships(database.systemReads, id), body.workspace_id),
        });
        if (signedIn === null) {
          throw unauthenticated('invalid_credentials', 'username and password do not belong together');
        }
        return ok(await tokensOf(signedIn.session), { 'set-cookie': signedIn.deviceCookie });
      },
    }),
    defineRoute({
      ...common,
      url: '/api/v1/auth/refresh',
      operationId: 'refreshTokens',
      summary: 'Take a refresh token for the next pair',
      description:
        'Needs no access token. Within 10 seconds (60 of a browser) the same refresh token gives the same next one, ' +
        'as its answer may have been lost; later it ends the session. A browser’s cookie is taken in its place, and ' +
        'then set anew.',
      body: refreshBody,
      limits: { bodyBytes: MAX_BODY_BYTES },
      responses: { 200: tokensAnswer },
      errors: ['unauthenticated', 'forbidden', 'rate_limited'],
      handler: async (ctx) => {
        const { request, actor } = ctx;
        const given = ctx.body?.refresh_token;
        const isCookie = given === undefined;
        if (isCookie) origins.refuseForeignWrite(request);
        const token = given ?? cookies.read(request, 'refresh');
        if (token === null) throw unauthenticated('no_credentials', 'there is no refresh token');
        const claims = refreshTokens.verify(token);
        if (claims === null) {
          await attempts.count('authentication', actor.address);
          throw unauthenticated('session_invalid', 'the refresh token is none of this instance');
        }
        const rotation = await database.systemTransaction({ requestId: ctx.requestId }, (tx) =>
          rotateSession(tx, claims, actor),
        );
        if (!('session' in rotation)) {
          if (rotation.outcome === 'reused') authentication.forgetUser(rotation.userId);
          throw refusalOf(rotation.outcome);
        }
        const tokens = await tokensOf(rotation.session);
        if (!isCookie) return ok(tokens);
        const { id, email, full_name: fullName } = tokens.user;
        const written = await sessionCookies.of(
          { ...rotation.session, user: { id, email, fullName } },
          cookies.isSecure(request),
        );
        // A page's script has no use for it, and whoever gets hold of the page none either.
        return ok({ ...tokens, refresh_token: null }, { 'set-cookie': written });
      },
    }),
  ];
}
