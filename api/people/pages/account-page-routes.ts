import { z } from 'zod';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Authentication } from '../../http/auth/authentication.ts';
import { defineRoute, type Route } from '../../http/kernel/route.ts';
import { forgotBody, resetBody, signUpBody, verifyBody } from '../accounts/account-schemas.ts';
import { type AccountDeps, createAccounts, FORGOT_MESSAGE, signUpMessage } from '../accounts/accounts.ts';
import { html, type Html } from './html.ts';
import { errorNote, page, type PageAnswer, pageResponses, refusalOf } from './page.ts';
import { createPageForms } from './page-forms.ts';
import { forgotForm, resetForm, signUpForm, tokenForm, tokenQuery } from './page-schemas.ts';

/** A form's fields by the rules that the API has for them; names the first that breaks one. */
function judged<Schema extends z.ZodType>(schema: Schema, fields: unknown): z.output<Schema> {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalidField(String(issue!.path.join('.')), issue!.message.toLowerCase());
}

const passwordField = html`<label>New password, at least 8 characters<input name="new_password" type="password"
 autocomplete="new-password" required minlength="8" maxlength="1024"></label>`;

/** Passwords, addresses and accounts, by forms that need no script: docs/contracts/accounts.md, Pages. */
export function createAccountPageRoutes(deps: AccountDeps & { readonly authentication: Authentication }): Route[] {
  const accounts = createAccounts(deps);
  const forms = createPageForms(deps.authentication);
  const get = {
    method: 'GET',
    tags: ['Pages'],
    authority: { access: 'public' },
    contentType: 'text/html',
    responses: pageResponses,
  } as const;
  const post = { ...get, method: 'POST', takesForm: true, limits: { bodyBytes: 16_384 } } as const;

  /** The page again, with what was wrong. */
  async function orAgain(work: () => Promise<PageAnswer>, title: string, again: () => Html): Promise<PageAnswer> {
    try {
      return await work();
    } catch (error) {
      const { status, message, headers } = refusalOf(error);
      // A form that is not this browser's is not filled in for it once more.
      const isForeign = error instanceof CrewshipError && error.code === 'forbidden';
      return page(title, html`${errorNote(message)}${isForeign ? null : again()}`, { status, headers });
    }
  }

  const forgotContent = (field: Html): Html => html`<form method="post" action="/forgot">${field}
<label>E-mail<input name="email" type="email" autocomplete="username" required maxlength="254"></label>
<button>Send a link</button></form>`;

  const resetContent = (field: Html, token: string): Html => html`<form method="post" action="/reset">${field}
<input type="hidden" name="token" value="${token}">${passwordField}<button>Set the password</button></form>`;

  const verifyContent = (field: Html, token: string): Html => html`<form method="post" action="/verify">${field}
<input type="hidden" name="token" value="${token}"><p>Is this your address, and did you sign up with it?</p>
<button>Confirm</button></form>`;

  const signUpContent = (field: Html, filled: { name: string; email: string; invitation: string }): Html =>
    html`<form method="post" action="/signup">${field}
<input type="hidden" name="invitation_token" value="${filled.invitation}">
<label>Name<input name="full_name" autocomplete="name" required minlength="2" maxlength="100"
  value="${filled.name}"></label>
<label>E-mail<input name="email" type="email" autocomplete="username" required maxlength="254"
  value="${filled.email}"></label>
<label>Password, at least 8 characters<input name="password" type="password" autocomplete="new-password" required
 minlength="8" maxlength="1024"></label><button>Make an account</button></form>`;

  return [
    defineRoute({
      ...get,
      url: '/forgot',
      operationId: 'showForgotPage',
      summary: 'The page where people ask for a link to choose a new password',
      handler: (ctx) => {
        if (!deps.sendsMail) {
          const note = 'This instance sends no mails. Ask an administrator for help.';
          return page('Choose a new password', html`<p>${note}</p>`, { status: 503 });
        }
        const { field, headers } = forms.issue(ctx.request);
        return page('Choose a new password', forgotContent(field), { headers });
      },
    }),
    defineRoute({
      ...post,
      url: '/forgot',
      operationId: 'submitForgotPage',
      summary: 'Ask for a link to choose a new password',
      description: 'The same page for every address.',
      body: forgotForm,
      handler: (ctx) =>
        orAgain(
          async () => {
            forms.check(ctx.request, ctx.body.csrfToken);
            const { email } = judged(forgotBody, { email: ctx.body.email });
            await accounts.forgot(email, ctx);
            return page('Look into your mail', html`<p>${FORGOT_MESSAGE}</p>`);
          },
          'Choose a new password',
          () => forgotContent(forms.issue(ctx.request).field),
        ),
    }),
    defineRoute({
      ...get,
      url: '/reset',
      operationId: 'showResetPage',
      summary: 'The page where a link to choose a password leads',
      description: 'Looks at nothing and uses nothing up: the form does.',
      query: tokenQuery,
      handler: (ctx) => {
        const { field, headers } = forms.issue(ctx.request);
        return page('Choose a password', resetContent(field, ctx.query.token), { headers });
      },
    }),
    defineRoute({
      ...post,
      url: '/reset',
      operationId: 'submitResetPage',
      summary: 'Choose a password by a link',
      body: resetForm,
      handler: (ctx) => {
        const { csrfToken, token, new_password: newPassword } = ctx.body;
        return orAgain(
          async () => {
            forms.check(ctx.request, csrfToken);
            judged(resetBody, { token, new_password: newPassword });
            await accounts.reset({ token, newPassword }, ctx);
            return page('Your password is set', html`<p><a href="/login">Sign in</a></p>`);
          },
          'Choose a password',
          () => html`${resetContent(forms.issue(ctx.request).field, token)}
${deps.sendsMail ? html`<p><a href="/forgot">Ask for a new link</a></p>` : null}`,
        );
      },
    }),
    defineRoute({
      ...get,
      url: '/verify',
      operationId: 'showVerifyPage',
      summary: 'The page where a link to confirm an address leads',
      description: 'Looks at nothing and uses nothing up: the form does.',
      query: tokenQuery,
      handler: (ctx) => {
        const { field, headers } = forms.issue(ctx.request);
        return page('Confirm your address', verifyContent(field, ctx.query.token), { headers });
      },
    }),
    defineRoute({
      ...post,
      url: '/verify',
      operationId: 'submitVerifyPage',
      summary: 'Confirm an address by a link',
      body: tokenForm,
      handler: (ctx) =>
        orAgain(
          async () => {
            forms.check(ctx.request, ctx.body.csrfToken);
            const { token } = judged(verifyBody, { token: ctx.body.token });
            await accounts.verify(token, ctx);
            return page('Your address is confirmed', html`<p><a href="/login">Sign in</a></p>`);
          },
          'Confirm your address',
          () => html`<p>If you chose a password already, <a href="/login">sign in</a>.</p>`,
        ),
    }),
    defineRoute({
      ...get,
      url: '/signup',
      operationId: 'showSignUpPage',
      summary: 'The page where people make an account',
      handler: (ctx) => {
        if (!deps.allowSignup) {
          const note = 'Nobody signs up to this instance by themselves. Ask for an invitation.';
          return page('Make an account', html`<p>${note}</p>`, { status: 403 });
        }
        const { field, headers } = forms.issue(ctx.request);
        return page('Make an account', signUpContent(field, { name: '', email: '', invitation: '' }), { headers });
      },
    }),
    defineRoute({
      ...post,
      url: '/signup',
      operationId: 'submitSignUpPage',
      summary: 'Make an account',
      description: 'The same page for every address.',
      body: signUpForm,
      handler: (ctx) => {
        const { csrfToken, invitation_token: token, ...fields } = ctx.body;
        const invitation = token === '' ? null : token;
        return orAgain(
          async () => {
            forms.check(ctx.request, csrfToken);
            const asked = judged(signUpBody, { ...fields, invitation_token: invitation });
            const { full_name: fullName, email, password } = asked;
            await accounts.signUp({ fullName, email, password, invitation }, ctx);
            const title = deps.sendsMail ? 'Look into your mail' : 'Thank you';
            return page(title, html`<p>${signUpMessage(deps.sendsMail)}</p><p><a href="/login">Sign in</a></p>`);
          },
          'Make an account',
          () =>
            signUpContent(forms.issue(ctx.request).field, {
              ...{ name: fields.full_name, email: fields.email, invitation: token },
            }),
        );
      },
    }),
  ];
}
