import type { FastifyRequest } from 'fastify';
import { revokeSession, rotateSession } from '../../../commands/people/identity/session-commands.ts';
import { findPerson } from '../../../db/people/identity/find-person.ts';
import { findSignedIn } from '../../../db/people/identity/find-signed-in.ts';
import { CrewshipError, unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';
import { callbackPath } from '../../../domain/people/identity/callback-path.ts';
import { REFRESH_GRACE_SECONDS } from '../../../domain/people/identity/session-rules.ts';
import type { Authentication } from '../../http/auth/authentication.ts';
import { SESSION_COOKIES } from '../../http/auth/cookies.ts';
import { unauthenticatedAnswer } from '../../http/kernel/problem-answer.ts';
import { problemSchema } from '../../http/errors/problem.ts';
import { defineRoute, ok, type ResponseHeaders, type Route } from '../../http/kernel/route.ts';
import { credentialsAnswer, credentialsBody, redirectAnswer, refreshedAnswer, signOutBody } from './authjs-schemas.ts';
import { z } from 'zod';
import { ownOrigin } from './own-address.ts';
import { refusalOf } from './refused-rotation.ts';
import { signIn, type SignInDeps } from './sign-in.ts';

const NO_STORE = { 'cache-control': 'no-store' };
const MAX_BODY_BYTES = 16_384;

/** Whether a page's script asks, which follows no redirect, and not the page's form itself. */
function wantsJson(
  request: FastifyRequest,
  body: { json?: boolean | undefined; redirect?: boolean | undefined },
): boolean {
  if (body.json === true || body.redirect === false) return true;
  return (
    request.headers['x-auth-return-redirect'] !== undefined ||
    request.headers['content-type']?.startsWith('application/json') === true
  );
}

/** How a browser's session begins, goes on and ends, in the forms of Auth.js: docs/contracts/identity.md, Browsers. */
export function createAuthJsSignInRoutes(
  deps: Omit<SignInDeps, 'authentication'> & {
    readonly authentication: Authentication;
    readonly publicUrl?: string;
  },
): Route[] {
  const { database, authentication } = deps;
  const { cookies, csrfTokens, origins, refreshTokens, sessionCookies } = authentication;
  const common = { method: 'POST', tags: ['Sign-in of browsers'], authority: { access: 'public' } } as const;
  const originOf = (request: FastifyRequest) => ownOrigin(request, cookies, deps.publicUrl);

  /** Where the browser goes, as a redirect or as an address that its script goes to by itself. */
  function redirect(path: string, headers: ResponseHeaders) {
    return { status: 302 as const, body: null, headers: { ...NO_STORE, ...headers, location: path } };
  }

  /** The session that the request's cookies name, of whichever of them is still ours. */
  async function sessionOf(request: FastifyRequest): Promise<string | null> {
    const value = cookies.read(request, 'session');
    const named = value === null ? null : await sessionCookies.namedBy(value, cookies.isSecure(request));
    return named ?? refreshTokens.verify(cookies.read(request, 'refresh') ?? '')?.sessionId ?? null;
  }

  return [
    defineRoute({
      ...common,
      url: '/api/auth/callback/credentials',
      operationId: 'signInBrowser',
      summary: 'Sign in a browser with e-mail and password',
      description:
        'JSON or a form of at most 16 KiB. Sets the session cookies. A form is answered with a redirect; JSON, ' +
        '`json=true`, `redirect=false` or the header `X-Auth-Return-Redirect` with JSON, also when name and password ' +
        'do not belong together. While too many attempts failed: 429.',
      takesForm: true,
      body: credentialsBody,
      limits: { bodyBytes: MAX_BODY_BYTES },
      responses: { 200: credentialsAnswer, 302: redirectAnswer },
      errors: ['forbidden', 'rate_limited'],
      handler: async (ctx) => {
        const { body, request } = ctx;
        origins.refuseForeignWrite(request);
        if (!csrfTokens.matches(cookies.read(request, 'csrf'), body.csrfToken)) {
          throw new CrewshipError('forbidden', 'csrfToken is not the one that the browser’s cookie vouches for');
        }
        const origin = originOf(request);
        const isJson = wantsJson(request, body);
        const signedIn = await signIn(deps, {
          name: body.email,
          password: body.password,
          request,
          actor: ctx.actor,
          refreshGraceSeconds: REFRESH_GRACE_SECONDS.cookie,
        });
        if (signedIn === null) {
          const path = '/login?error=CredentialsSignin';
          if (!isJson) return redirect(path, {});
          return ok({ ok: false, status: 401, error: 'CredentialsSignin', url: `${origin}${path}` }, NO_STORE);
        }
        const { person, session, deviceCookie } = signedIn;
        const user = { id: person.id, email: person.email, fullName: person.full_name };
        const written = await sessionCookies.of({ ...session, user }, cookies.isSecure(request));
        const headers = { 'set-cookie': [...written, deviceCookie] };
        const path = callbackPath(body.callbackUrl, origin);
        if (!isJson) return redirect(path, headers);
        return ok({ ok: true, status: 200, error: null, url: `${origin}${path}` }, { ...NO_STORE, ...headers });
      },
    }),
    defineRoute({
      ...common,
      url: '/api/auth/token/refresh',
      operationId: 'refreshBrowserSession',
      summary: 'Begin the thirty days of a browser’s session anew',
      description:
        'Takes the refresh cookie for the next one. Tabs that refresh at once, and within 60 seconds, get the same ' +
        'one; a cookie that was replaced for longer ends the session. With a 401 the cookies are removed.',
      responses: { 200: refreshedAnswer, 401: problemSchema },
      errors: ['forbidden', 'unauthenticated'],
      handler: async (ctx) => {
        const { request } = ctx;
        origins.refuseForeignWrite(request);
        const refuse = (error: CrewshipError) =>
          unauthenticatedAnswer(error, request, { ...NO_STORE, 'set-cookie': cookies.clear(SESSION_COOKIES) });
        const token = cookies.read(request, 'refresh');
        if (token === null) return refuse(unauthenticated('no_credentials', 'there is no refresh cookie'));
        const claims = refreshTokens.verify(token);
        if (claims === null) return refuse(unauthenticated('session_invalid', 'the refresh cookie is none of ours'));
        const rotation = await database.systemTransaction({ requestId: ctx.requestId }, (tx) =>
          rotateSession(tx, claims, ctx.actor),
        );
        if (!('session' in rotation)) {
          if (rotation.outcome === 'reused') authentication.forgetUser(rotation.userId);
          return refuse(refusalOf(rotation.outcome));
        }
        const { session } = rotation;
        const person = await findPerson(database.systemReads, session.userId);
        const user = { id: session.userId, email: person?.email ?? '', fullName: person?.full_name ?? '' };
        const written = await sessionCookies.of({ ...session, user }, cookies.isSecure(request));
        return ok({ ok: true as const, expires: session.expiresAt }, { ...NO_STORE, 'set-cookie': written });
      },
    }),
    defineRoute({
      ...common,
      url: '/api/auth/signout',
      operationId: 'signOutBrowser',
      summary: 'Sign out a browser',
      description:
        'Ends the session that its cookies name, if it is live, and removes the cookies under all their names.',
      takesForm: true,
      body: signOutBody,
      limits: { bodyBytes: MAX_BODY_BYTES },
      responses: { 200: z.object({ url: z.string() }) },
      errors: ['forbidden'],
      handler: async (ctx) => {
        const { request } = ctx;
        origins.refuseForeignWrite(request);
        const sessionId = await sessionOf(request);
        const person = sessionId === null ? null : await findSignedIn(database.systemReads, sessionId);
        if (sessionId !== null && person !== null) {
          const actor = { ...ctx.actor, id: person.id, authMethod: 'session' as const, sessionId };
          await database.systemTransaction({ requestId: ctx.requestId }, (tx) =>
            revokeSession(tx, { id: sessionId, userId: person.id, reason: 'signed_out' }, actor),
          );
          authentication.forgetUser(person.id);
        }
        const origin = originOf(request);
        const url = `${origin}${callbackPath(ctx.body?.callbackUrl, origin)}`;
        return ok({ url }, { ...NO_STORE, 'set-cookie': cookies.clear([...SESSION_COOKIES, 'csrf']) });
      },
    }),
  ];
}
