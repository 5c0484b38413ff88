import { REFRESH_GRACE_SECONDS } from '../../../domain/people/identity/session-rules.ts';
import { z } from 'zod';
import { createSession, type Session } from '../../../commands/people/identity/session-commands.ts';
import { findOrMakePerson, type SsoPerson } from '../../../commands/people/sso/find-or-make-person.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { findEnabledProvider, listProviders } from '../../../db/people/sso/sso-store.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { callbackPath } from '../../../domain/people/identity/callback-path.ts';
import {
  CLIENT_SECRET_FIELD,
  type ExternalPerson,
  type SsoProvider,
  type SsoRefusal,
} from '../../../domain/people/sso/sso.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { OidcClaims, OidcClient, OidcClientSettings } from '../../../platform/oidc/oidc-client.ts';
import type { Authentication } from '../../http/auth/authentication.ts';
import { DEVICE_MARK_SECONDS } from '../../http/auth/device-marks.ts';
import { defineRoute, ok, type ResponseHeaders, type Route } from '../../http/kernel/route.ts';
import type { AttemptLimiter } from '../../http/limits/attempt-limiter.ts';
import { redirectAnswer } from '../identity/authjs-schemas.ts';
import { emailField } from '../identity/identity-schemas.ts';
import { createSsoAttempts, SSO_ATTEMPT_SECONDS } from './sso-attempts.ts';
import { providerParams } from './sso-schemas.ts';

const providersAnswer = z.object({
  providers: z.array(z.object({ id: z.string(), name: z.string(), type: z.literal('oidc'), login_url: z.string() })),
});

/** What the sign-in page says of a refusal. */
type SignInError = 'AccessDenied' | 'Configuration' | 'OAuthAccountNotLinked' | 'OAuthCallback';

/** Somebody's claims as far as they can be what they say; an address that could be none is none. */
function externalPerson({ issuer, subject, email, emailVerified, name }: OidcClaims): ExternalPerson {
  const address = emailField.safeParse(email);
  return {
    issuer,
    subject,
    email: address.success ? address.data : null,
    isVerified: emailVerified === true,
    name: typeof name === 'string' ? name : null,
  };
}

/** Sign-in by a provider that the operator named: docs/contracts/sso.md. */
export function createSsoRoutes(deps: {
  readonly database: Pick<Database, 'systemReads' | 'systemTransaction'>;
  readonly keyRing: Pick<KeyRing, 'seal' | 'open'>;
  readonly attempts: AttemptLimiter;
  readonly authentication: Authentication;
  readonly oidc: OidcClient;
  readonly publicUrl?: string;
}): Route[] {
  const { database, keyRing, oidc } = deps;
  const { cookies, deviceMarks, sessionCookies } = deps.authentication;
  const ssoAttempts = createSsoAttempts(keyRing);
  const ownOrigin = () => (deps.publicUrl === undefined ? null : new URL(deps.publicUrl).origin);
  const common = { method: 'GET', tags: ['Sign-in of browsers'], authority: { access: 'public' } } as const;

  const go = (location: string, headers: ResponseHeaders = {}) =>
    ({ status: 302, body: null, headers: { 'cache-control': 'no-store', ...headers, location } }) as const;
  const refuse = (error: SignInError) => go(`/login?error=${error}`, { 'set-cookie': cookies.clear(['sso']) });
  const callbackOf = (id: string) => `${ownOrigin()}/api/v1/auth/sso/${id}/callback`;

  /** The provider and how it knows us. Without an address of our own nobody could come back: nobody is sent there. */
  async function providerOf(id: string): Promise<{ provider: SsoProvider; settings: OidcClientSettings }> {
    const provider = ownOrigin() === null ? null : await findEnabledProvider(database.systemReads, id);
    if (provider === null) throw notFound('provider');
    const { issuer, client_id: clientId, sealed_client_secret: sealed } = provider;
    const context = { workspaceId: 'instance', ownerId: id, field: CLIENT_SECRET_FIELD };
    const clientSecret = sealed === null ? null : keyRing.open(sealed, context);
    return { provider, settings: { issuer, clientId, clientSecret } };
  }

  type Entered = { readonly person: SsoPerson; readonly session: Session } | { readonly refusal: SsoRefusal };

  async function enter(tx: Tx, provider: SsoProvider, external: ExternalPerson, actor: Actor): Promise<Entered> {
    const found = await findOrMakePerson(tx, provider, external, actor);
    if ('refusal' in found) {
      journalRefusal(tx, provider, found.refusal, actor);
      return found;
    }
    const { person } = found;
    const { userAgent = null, address } = actor;
    const session = await createSession(
      tx,
      {
        userId: person.id,
        method: 'sso',
        defaultWorkspaceId: null,
        refreshGraceSeconds: REFRESH_GRACE_SECONDS.cookie,
        userAgent,
        address,
      },
      actor,
    );
    return { person, session };
  }

  function journalRefusal(tx: Tx, provider: SsoProvider, reason: SsoRefusal, actor: Actor): void {
    tx.journal({
      type: 'sso.refused',
      severity: 'notice',
      actor,
      workspaceId: null,
      targetType: 'sso_provider',
      targetId: provider.id,
      summary: `somebody whom ${provider.id} knows was not let in: ${reason}`,
      payload: { provider_id: provider.id, reason },
    });
  }

  async function enterOrRefuse(
    scope: { readonly requestId: string },
    provider: SsoProvider,
    external: ExternalPerson,
    actor: Actor,
  ): Promise<Entered> {
    try {
      return await database.systemTransaction(scope, (tx) => enter(tx, provider, external, actor));
    } catch (error) {
      if (!(error instanceof CrewshipError) || error.code !== 'license_limit') throw error;
      await database.systemTransaction(scope, async (tx) => journalRefusal(tx, provider, 'license_limit', actor));
      return { refusal: 'license_limit' };
    }
  }

  return [
    defineRoute({
      ...common,
      url: '/api/v1/auth/sso/providers',
      operationId: 'listSsoProviders',
      summary: 'List the providers that people may sign in by',
      description: 'None while the instance has no `CREWSHIP_PUBLIC_URL`, as nobody could come back from one.',
      responses: { 200: providersAnswer },
      handler: async () => {
        const origin = ownOrigin();
        const providers = origin === null ? [] : await listProviders(database.systemReads);
        return ok({
          providers: providers
            .filter((provider) => provider.is_enabled)
            .map(({ id, name }) => ({
              ...{ id, name, type: 'oidc' as const },
              login_url: `${origin}/api/v1/auth/sso/${id}/start`,
            })),
        });
      },
    }),
    defineRoute({
      ...common,
      url: '/api/v1/auth/sso/:ssoProviderId/start',
      operationId: 'startSsoSignIn',
      summary: 'Go to a provider to sign in',
      description:
        'For browsers. By authorization code with PKCE; what comes back counts only in this browser, within ten ' +
        'minutes.',
      params: providerParams,
      query: z.object({ callbackUrl: z.string().max(4_096).optional() }),
      responses: { 302: redirectAnswer },
      handler: async (ctx) => {
        const { ssoProviderId: id } = ctx.params;
        const { settings } = await providerOf(id);
        const { callbackUrl } = ctx.query;
        const next = callbackUrl === undefined ? '/login' : callbackPath(callbackUrl, ownOrigin()!);
        let begun: Awaited<ReturnType<OidcClient['begin']>>;
        try {
          begun = await oidc.begin(settings, callbackOf(id));
        } catch (error) {
          ctx.request.log.warn({ err: error, providerId: id, request_id: ctx.requestId }, 'a provider does not answer');
          return refuse('Configuration');
        }
        const value = ssoAttempts.seal(id, { ...begun.attempt, next });
        const isSecure = cookies.isSecure(ctx.request);
        const cookie = cookies.write('sso', value, { isSecure, maxAgeSeconds: SSO_ATTEMPT_SECONDS });
        return go(begun.url, { 'set-cookie': cookie });
      },
    }),
    defineRoute({
      ...common,
      url: '/api/v1/auth/sso/:ssoProviderId/callback',
      operationId: 'finishSsoSignIn',
      summary: 'Come back from a provider',
      description:
        'Begins a session, or leads to the sign-in page with an `error`: `OAuthCallback` for an answer that is not ' +
        'to this ' +
        'browser’s question, `OAuthAccountNotLinked` for an address whose account is not the provider’s, ' +
        '`AccessDenied`.',
      params: providerParams,
      query: z.object({
        code: z.string().max(8_192).optional(),
        state: z.string().max(1_024).optional(),
        iss: z.string().max(1_024).optional(),
        error: z.string().max(255).optional(),
      }),
      responses: { 302: redirectAnswer },
      errors: ['rate_limited'],
      handler: async (ctx) => {
        const { request, requestId, actor } = ctx;
        const { ssoProviderId: id } = ctx.params;
        deps.attempts.refuseIfOver('authentication', actor.address);
        const { provider, settings } = await providerOf(id);
        const attempt = ssoAttempts.open(id, cookies.read(request, 'sso'));
        if (attempt === null) return refuse('OAuthCallback');
        const url = new URL(callbackOf(id));
        url.search = new URL(request.url, url).search;
        let claims: OidcClaims;
        try {
          claims = await oidc.finish(settings, { url, attempt });
        } catch (error) {
          const { name, code } = error as { name?: string; code?: string };
          request.log.warn(
            { name, code, providerId: id, request_id: requestId },
            'an answer of a provider was refused',
          );
          await deps.attempts.count('authentication', actor.address);
          return refuse('OAuthCallback');
        }
        const entered = await enterOrRefuse({ requestId }, provider, externalPerson(claims), actor);
        if ('refusal' in entered) {
          return refuse(entered.refusal === 'not_linked' ? 'OAuthAccountNotLinked' : 'AccessDenied');
        }
        const { person, session } = entered;
        const isSecure = cookies.isSecure(request);
        const user = { id: person.id, email: person.email, fullName: person.full_name };
        const mark = deviceMarks.issue(person.id, cookies.read(request, 'device'));
        return go(attempt.next, {
          'set-cookie': [
            ...(await sessionCookies.of({ ...session, user }, isSecure)),
            cookies.write('device', mark, { isSecure, maxAgeSeconds: DEVICE_MARK_SECONDS }),
            ...cookies.clear(['sso']),
          ],
        });
      },
    }),
  ];
}
