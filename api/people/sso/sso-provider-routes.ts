import { z } from 'zod';
import { deleteProvider, saveProvider } from '../../../commands/people/sso/provider-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { listProviders } from '../../../db/people/sso/sso-store.ts';
import type { SsoProvider } from '../../../domain/people/sso/sso.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { newProviderParams, providerAnswer, providerBody, providerParams } from './sso-schemas.ts';

/** The providers of sign-in, as the operator sets them: docs/contracts/sso.md, Providers. */
export function createSsoProviderRoutes(deps: {
  readonly database: Pick<Database, 'systemReads'>;
  readonly keyRing: Pick<KeyRing, 'seal'>;
  readonly publicUrl?: string;
}): Route[] {
  const common = { tags: ['Administration'], authority: { access: 'operator' } } as const;
  const toAnswer = (provider: SsoProvider) =>
    ({
      ...provider,
      callback_url:
        deps.publicUrl === undefined
          ? null
          : `${new URL(deps.publicUrl).origin}/api/v1/auth/sso/${provider.id}/callback`,
    }) as z.input<typeof providerAnswer>;
  return [
    defineRoute({
      ...common,
      method: 'GET',
      url: '/api/v1/admin/sso-providers',
      operationId: 'listAdminSsoProviders',
      summary: 'List the providers of sign-in with their settings, without their secrets',
      responses: { 200: z.array(providerAnswer) },
      handler: async () => ok((await listProviders(deps.database.systemReads)).map(toAnswer)),
    }),
    defineRoute({
      ...common,
      method: 'PUT',
      url: '/api/v1/admin/sso-providers/:ssoProviderId',
      operationId: 'saveSsoProvider',
      summary: 'Set a provider of sign-in, new or not',
      description: 'An OpenID Connect provider whose discovery document is below its issuer. At most 50.',
      params: newProviderParams,
      body: providerBody,
      responses: { 200: providerAnswer },
      errors: ['limit_reached'],
      handler: (ctx) => {
        const { body } = ctx;
        const provider = {
          id: ctx.params.ssoProviderId,
          name: body.name,
          issuer: body.issuer,
          clientId: body.client_id,
          clientSecret: body.client_secret,
          allowedDomains: body.allowed_domains,
          trustsEmail: body.trusts_email,
          workspaceId: body.workspace_id,
          role: body.role,
          isEnabled: body.is_enabled,
        };
        return ctx.write(async (tx) => ok(toAnswer(await saveProvider(tx, deps.keyRing, provider, ctx.actor))));
      },
    }),
    defineRoute({
      ...common,
      method: 'DELETE',
      url: '/api/v1/admin/sso-providers/:ssoProviderId',
      operationId: 'deleteSsoProvider',
      summary: 'Remove a provider of sign-in',
      description: 'Who was known by it keeps their account, and needs another way in.',
      params: providerParams,
      responses: { 204: z.null() },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          await deleteProvider(tx, ctx.params.ssoProviderId, ctx.actor);
          return noContent();
        }),
    }),
  ];
}
