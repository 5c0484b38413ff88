import { accepted, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  forgotAnswer,
  forgotBody,
  okAnswer,
  resetBody,
  signUpAnswer,
  signUpBody,
  verifyBody,
} from './account-schemas.ts';
import { type AccountDeps, createAccounts, FORGOT_MESSAGE, signUpMessage } from './accounts.ts';

/** Accounts as anybody may ask for one or lose its password: docs/contracts/accounts.md. */
export function createAccountRoutes(deps: AccountDeps): Route[] {
  const accounts = createAccounts(deps);
  const common = { method: 'POST', tags: ['Accounts'], authority: { access: 'public' } } as const;
  return [
    defineRoute({
      ...common,
      url: '/api/v1/auth/signup',
      operationId: 'signUp',
      summary: 'Make an account with a workspace of one’s own',
      description:
        'Where `CREWSHIP_ALLOW_SIGNUP` is set; 403 elsewhere. The answer is the same, at the same time, for an ' +
        'address that ' +
        'has an account: its owner gets a mail that says so, and nothing is changed. Where the instance sends ' +
        'mails, nobody ' +
        'signs in before the link of the mail was used.',
      body: signUpBody,
      responses: { 202: signUpAnswer },
      errors: ['forbidden', 'not_found', 'wrong_state', 'rate_limited'],
      handler: async (ctx) => {
        const { full_name: fullName, email, password, invitation_token: invitation = null } = ctx.body;
        await accounts.signUp({ fullName, email, password, invitation }, ctx);
        return accepted({ ok: true as const, message: signUpMessage(deps.sendsMail) });
      },
    }),
    defineRoute({
      ...common,
      url: '/api/v1/auth/forgot',
      operationId: 'requestPasswordReset',
      summary: 'Have a link sent by which to choose a new password',
      description:
        'The link counts once, for 30 minutes, until a newer one is sent. The answer is the same, at the same ' +
        'time, for an ' +
        'address without an account. 503 for everybody where the instance sends no mails.',
      body: forgotBody,
      responses: { 200: forgotAnswer },
      errors: ['rate_limited'],
      handler: async (ctx) => {
        await accounts.forgot(ctx.body.email, ctx);
        return ok({ ok: true as const, message: FORGOT_MESSAGE });
      },
    }),
    defineRoute({
      ...common,
      url: '/api/v1/auth/reset',
      operationId: 'resetPassword',
      summary: 'Choose a password by the token of a link',
      description: 'Ends the person’s lockout and all their sessions.',
      body: resetBody,
      responses: { 200: okAnswer },
      errors: ['rate_limited'],
      handler: async (ctx) => {
        await accounts.reset({ token: ctx.body.token, newPassword: ctx.body.new_password }, ctx);
        return ok({ ok: true as const });
      },
    }),
    defineRoute({
      ...common,
      url: '/api/v1/auth/verify-email',
      operationId: 'verifyEmail',
      summary: 'Confirm an e-mail address by the token of a link',
      body: verifyBody,
      responses: { 200: okAnswer },
      errors: ['rate_limited'],
      handler: async (ctx) => {
        await accounts.verify(ctx.body.token, ctx);
        return ok({ ok: true as const });
      },
    }),
  ];
}
