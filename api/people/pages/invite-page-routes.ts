import { redeemInvitation } from '../../../commands/people/members/invitation-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { findOpenInvitation, type OpenInvitation } from '../../../db/people/members/find-invitation.ts';
import { unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Authentication } from '../../http/auth/authentication.ts';
import type { Bearer } from '../../http/auth/authenticator.ts';
import { hashToken } from '../../http/auth/cli-token.ts';
import { defineRoute, type Route } from '../../http/kernel/route.ts';
import { html, type Html } from './html.ts';
import { errorNote, page, pageResponses, refusalOf } from './page.ts';
import { createPageForms } from './page-forms.ts';
import { tokenForm, tokenQuery } from './page-schemas.ts';

/** Where an invitation leads: docs/contracts/accounts.md, Pages. */
export function createInvitePageRoutes(deps: {
  readonly database: Pick<Database, 'systemReads' | 'systemTransaction'>;
  readonly authentication: Authentication;
  readonly allowSignup: boolean;
  readonly forgetUser: (userId: string) => void;
}): Route[] {
  const forms = createPageForms(deps.authentication);
  const { systemReads } = deps.database;
  const common = {
    tags: ['Pages'],
    authority: { access: 'public' },
    contentType: 'text/html',
    responses: pageResponses,
  } as const;

  function content(invitation: OpenInvitation, person: Bearer | null, token: string, field: Html): Html {
    const { workspace_name: workspace, role, email } = invitation;
    const asked = html`<p>You are invited to the workspace “${workspace}” as ${role}.</p>`;
    if (person?.email === email) {
      return html`${asked}<form method="post" action="/invite">${field}
<input type="hidden" name="token" value="${token}">
<button>Join</button></form>`;
    }
    const back = `/login?callbackUrl=${encodeURIComponent(`/invite?token=${token}`)}`;
    const signIn = html`<p><a href="${back}">Sign in</a> as ${email} to join.</p>`;
    if (person !== null) {
      return html`${asked}<p>You are signed in as ${person.email}; the invitation is for ${email}.</p>`;
    }
    if (!deps.allowSignup) return html`${asked}${signIn}`;
    return html`${asked}${signIn}<p>No account yet? Make one:</p><form method="post" action="/signup">${field}
<input type="hidden" name="invitation_token" value="${token}"><input type="hidden" name="email" value="${email}">
<label>Name<input name="full_name" autocomplete="name" required minlength="2" maxlength="100"></label>
<label>Password, at least 8 characters<input name="password" type="password" autocomplete="new-password" required
 minlength="8" maxlength="1024"></label><button>Make an account and join</button></form>`;
  }

  return [
    defineRoute({
      ...common,
      method: 'GET',
      url: '/invite',
      operationId: 'showInvitePage',
      summary: 'The page where an invitation leads',
      description: 'Uses nothing up: the form does, for who is signed in with the invited address.',
      query: tokenQuery,
      handler: async (ctx) => {
        const { token } = ctx.query;
        const invitation = await findOpenInvitation(systemReads, hashToken(token));
        if (invitation === null) {
          const note = 'The invitation is unknown, was used or taken back, or its time is over.';
          return page('Invitation', errorNote(note)!, { status: 404 });
        }
        const { field, headers } = forms.issue(ctx.request);
        return page('Invitation', content(invitation, await forms.person(ctx.request), token, field), { headers });
      },
    }),
    defineRoute({
      ...common,
      method: 'POST',
      takesForm: true,
      limits: { bodyBytes: 16_384 },
      url: '/invite',
      operationId: 'submitInvitePage',
      summary: 'Become a member by an invitation',
      body: tokenForm,
      handler: async (ctx) => {
        try {
          forms.check(ctx.request, ctx.body.csrfToken);
          const person = await forms.person(ctx.request);
          if (person === null) throw unauthenticated('no_credentials', 'sign in to join');
          const { userId, sessionId } = person;
          const actor = { ...ctx.actor, id: userId, authMethod: 'session' as const, sessionId };
          const tokenHash = hashToken(ctx.body.token);
          const { slug, role } = await deps.database.systemTransaction({ requestId: ctx.requestId }, (tx) =>
            redeemInvitation(tx, { tokenHash, userId }, actor),
          );
          deps.forgetUser(userId);
          return page('Welcome', html`<p>You are a member of ${slug} now, as ${role}.</p>`);
        } catch (error) {
          const { status, message, headers } = refusalOf(error);
          return page('Invitation', errorNote(message)!, { status, headers });
        }
      },
    }),
  ];
}
