import { callbackPath } from '../../../domain/people/identity/callback-path.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { listProviders } from '../../../db/people/sso/sso-store.ts';
import type { Authentication } from '../../http/auth/authentication.ts';
import { defineRoute, type Route } from '../../http/kernel/route.ts';
import { SIGN_IN_ERRORS } from '../identity/authjs-routes.ts';
import { ownOrigin } from '../identity/own-address.ts';
import { html } from './html.ts';
import { errorNote, page, pageResponses } from './page.ts';
import { createPageForms } from './page-forms.ts';
import { loginQuery } from './page-schemas.ts';

/** Where people sign in: docs/contracts/accounts.md, Pages. */
export function createLoginPageRoutes(deps: {
  readonly database: Pick<Database, 'systemReads'>;
  readonly authentication: Authentication;
  readonly publicUrl?: string;
  readonly allowSignup: boolean;
  readonly sendsMail: boolean;
}): Route[] {
  const forms = createPageForms(deps.authentication);
  return [
    defineRoute({
      method: 'GET',
      url: '/login',
      operationId: 'showLoginPage',
      summary: 'The page where people sign in',
      tags: ['Pages'],
      authority: { access: 'public' },
      query: loginQuery,
      contentType: 'text/html',
      responses: pageResponses,
      handler: async (ctx) => {
        const { callbackUrl, error } = ctx.query;
        const next =
          callbackUrl === undefined
            ? '/login'
            : callbackPath(callbackUrl, ownOrigin(ctx.request, deps.authentication.cookies, deps.publicUrl));
        const person = await forms.person(ctx.request);
        if (person !== null && error === undefined) {
          return page(
            'Signed in',
            html`<p>You are signed in as ${person.email}.</p>
${next === '/login' ? null : html`<p><a href="${next}">Go on</a></p>`}`,
          );
        }
        const providers = deps.publicUrl === undefined ? [] : await listProviders(deps.database.systemReads);
        const elsewhere = providers
          .filter((provider) => provider.is_enabled)
          .map(({ id, name }) => {
            const start = `/api/v1/auth/sso/${id}/start?callbackUrl=${encodeURIComponent(next)}`;
            return html`<p><a href="${start}">Sign in with ${name}</a></p>\n`;
          });
        const { field, headers } = forms.issue(ctx.request);
        const known = error !== undefined && Object.hasOwn(SIGN_IN_ERRORS, error) ? SIGN_IN_ERRORS[error]! : null;
        const note = error === undefined ? null : (known ?? 'Signing in failed.');
        return page(
          'Sign in',
          html`${errorNote(note)}<form method="post" action="/api/auth/callback/credentials">${field}
<input type="hidden" name="callbackUrl" value="${next}">
<label>E-mail or username<input name="email" autocomplete="username" required maxlength="254"></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required maxlength="1024"></label>
<button>Sign in</button></form>
${elsewhere}${deps.sendsMail ? html`<p><a href="/forgot">Forgot your password?</a></p>` : null}
${deps.allowSignup ? html`<p><a href="/signup">Make an account</a></p>` : null}`,
          { headers },
        );
      },
    }),
  ];
}
