import type { Database } from '../../../db/kernel/database.ts';
import { findSignedIn } from '../../../db/people/identity/find-signed-in.ts';
import { callbackPath } from '../../../domain/people/identity/callback-path.ts';
import type { Authentication } from '../../http/auth/authentication.ts';
import { SESSION_COOKIES } from '../../http/auth/cookies.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  csrfAnswer,
  errorAnswer,
  errorQuery,
  providersAnswer,
  redirectAnswer,
  sessionAnswer,
  signinQuery,
} from './authjs-schemas.ts';
import { ownOrigin } from './own-address.ts';

/** What Auth.js calls the ways in which signing in fails, in words. */
export const SIGN_IN_ERRORS: Readonly<Record<string, string>> = {
  CredentialsSignin: 'The e-mail address and the password do not belong together, or the address is not confirmed yet.',
  SessionRequired: 'Sign in to see this page.',
  AccessDenied: 'You may not sign in here.',
  Verification: 'The link was used already, or its time is over.',
  OAuthCallback: 'The answer of the provider could not be used. Try again.',
  OAuthAccountNotLinked: 'Your address has an account that is not linked with this provider. Sign in another way.',
  Configuration: 'The instance is not set up for this way of signing in.',
};

const NO_STORE = { 'cache-control': 'no-store' };

/** What browsers ask about signing in, in the forms of Auth.js: docs/contracts/identity.md, Browsers. */
export function createAuthJsRoutes(deps: {
  readonly database: Pick<Database, 'systemReads'>;
  readonly authentication: Authentication;
  readonly publicUrl?: string;
}): Route[] {
  const { cookies, csrfTokens, sessionCookies } = deps.authentication;
  const common = { method: 'GET', tags: ['Sign-in of browsers'], authority: { access: 'public' } } as const;
  return [
    defineRoute({
      ...common,
      url: '/api/auth/csrf',
      operationId: 'getCsrfToken',
      summary: 'Get the token that a sign-in form carries',
      description: 'Sets the cookie that vouches for it; a browser that has one gets the same token again.',
      responses: { 200: csrfAnswer },
      handler: (ctx) => {
        const { token, cookie } = csrfTokens.issue(cookies.read(ctx.request, 'csrf'));
        const isSecure = cookies.isSecure(ctx.request);
        return ok({ csrfToken: token }, { ...NO_STORE, 'set-cookie': cookies.write('csrf', cookie, { isSecure }) });
      },
    }),
    defineRoute({
      ...common,
      url: '/api/auth/providers',
      operationId: 'listSignInProviders',
      summary: 'List the ways to sign in with a browser',
      responses: { 200: providersAnswer },
      handler: (ctx) => {
        const origin = ownOrigin(ctx.request, cookies, deps.publicUrl);
        return ok({
          credentials: {
            id: 'credentials',
            name: 'E-mail and password',
            type: 'credentials',
            signinUrl: `${origin}/api/auth/signin/credentials`,
            callbackUrl: `${origin}/api/auth/callback/credentials`,
          },
        });
      },
    }),
    defineRoute({
      ...common,
      url: '/api/auth/session',
      operationId: 'getBrowserSession',
      summary: 'Who is signed in with this browser',
      description: 'An empty object when nobody is; a cookie that no longer counts is then removed.',
      responses: { 200: sessionAnswer },
      handler: async (ctx) => {
        const value = cookies.read(ctx.request, 'session');
        if (value === null) return ok({}, NO_STORE);
        const sessionId = await sessionCookies.namedBy(value, cookies.isSecure(ctx.request));
        const person = sessionId === null ? null : await findSignedIn(deps.database.systemReads, sessionId);
        if (person === null) return ok({}, { ...NO_STORE, 'set-cookie': cookies.clear(SESSION_COOKIES) });
        const { id, full_name: name, email, avatar_url, expires_at: expires } = person;
        return ok({ user: { id, name, email, avatar_url }, expires }, NO_STORE);
      },
    }),
    defineRoute({
      ...common,
      url: '/api/auth/signin',
      operationId: 'openSignInPage',
      summary: 'Go to the page where people sign in',
      query: signinQuery,
      responses: { 302: redirectAnswer },
      handler: (ctx) => {
        const next = callbackPath(ctx.query.callbackUrl, ownOrigin(ctx.request, cookies, deps.publicUrl));
        return {
          status: 302 as const,
          body: null,
          headers: { ...NO_STORE, location: `/login?callbackUrl=${encodeURIComponent(next)}` },
        };
      },
    }),
    defineRoute({
      ...common,
      url: '/api/auth/error',
      operationId: 'describeSignInError',
      summary: 'What an error code of signing in means',
      query: errorQuery,
      responses: { 200: errorAnswer },
      handler: (ctx) => {
        const { error = '' } = ctx.query;
        const message = Object.hasOwn(SIGN_IN_ERRORS, error) ? SIGN_IN_ERRORS[error] : undefined;
        return ok({ error: message === undefined ? 'Default' : error, message: message ?? 'Signing in failed.' });
      },
    }),
  ];
}
