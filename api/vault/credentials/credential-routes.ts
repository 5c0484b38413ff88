import { z } from 'zod';
import {
  createCredential,
  type CredentialFields,
  deleteCredential,
  updateCredential,
} from '../../../commands/vault/credentials/credential-commands.ts';
import { setSensitivity } from '../../../commands/vault/credentials/set-sensitivity.ts';
import { getCredential, listCredentials } from '../../../db/vault/credentials/credentials-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { type Role, roleAllows } from '../../../domain/kernel/access/authority.ts';
import { type Credential, SECURITY_LEVEL_LABELS } from '../../../domain/vault/credentials/credential.ts';
import { probeOf } from '../../../domain/vault/credentials/credential-probe.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import {
  credentialAnswer,
  credentialListQuery,
  credentialParams,
  credentialPatchBody,
  newCredentialBody,
  SECRET_BODY_BYTES,
  sensitivityAnswer,
  sensitivityBody,
} from './credential-schemas.ts';
import { visibleTo } from './visible-to.ts';

const NEW_CREDENTIAL_DEFAULTS: Omit<CredentialFields, 'name'> = {
  provider: 'NONE',
  scope: 'WORKSPACE',
  security_level: 1,
  description: null,
  tags: [],
  account_label: null,
  account_email: null,
  username: null,
  token_expires_at: null,
};

function toAnswer(credential: Credential): z.input<typeof credentialAnswer> {
  return {
    ...credential,
    crew_ids: [...credential.crew_ids],
    agent_ids: [...credential.agent_ids],
    agent_names: [...credential.agent_names],
    testable: probeOf(credential.type, credential.provider) !== null || credential.type === 'ENDPOINT_URL',
    tags: [...credential.tags],
    security_level_label: SECURITY_LEVEL_LABELS[credential.security_level],
    _count_agent_credentials: credential.agent_ids.length,
  };
}

/** A change of whose the credential is, but to fewer crews, or that guards it less, is for those who manage. */
function refuseWidening(role: Role, current: Credential, patch: z.output<typeof credentialPatchBody>): void {
  if (roleAllows(role, { action: 'manage' })) return;
  const widens =
    (patch.scope !== undefined && patch.scope !== current.scope) ||
    (patch.crew_ids ?? []).some((id) => !current.crew_ids.includes(id));
  if (widens) throw new CrewshipError('forbidden', 'giving a credential to other crews is for OWNER and ADMIN');
  if ((patch.security_level ?? current.security_level) < current.security_level) {
    throw new CrewshipError('forbidden', 'lowering security_level is for OWNER and ADMIN');
  }
}

/** The vault: docs/contracts/credentials.md. */
export function createCredentialRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly keyRing: Pick<KeyRing, 'seal'>;
}): Route[] {
  const { keyRing } = deps;
  const { reads } = deps.database;
  const tags = ['Credentials'];
  const read = { access: 'member', action: 'read', scope: 'credentials:read' } as const;
  const create = { access: 'member', action: 'create', scope: 'credentials:write' } as const;
  const manage = { access: 'member', action: 'manage', scope: 'credentials:write' } as const;

  /** PUT is the same as PATCH: what is left out stays. */
  const update = (as: { readonly method: 'PATCH' | 'PUT'; readonly operationId: string }) =>
    defineRoute({
      ...as,
      url: '/api/v1/credentials/:credentialId',
      summary: 'Change what is not secret',
      description:
        'A value is replaced by `rotate`. Giving it to more crews and lowering its level are for OWNER and ADMIN.',
      tags,
      authority: create,
      params: credentialParams,
      body: credentialPatchBody,
      responses: { 200: credentialAnswer },
      errors: ['conflict', 'precondition_failed'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { credentialId } = ctx.params;
          const changed = await updateCredential(
            tx,
            credentialId,
            (current) => {
              ctx.ifMatch(credentialAnswer, toAnswer(current));
              refuseWidening(ctx.workspace.role, current, ctx.body);
              return ctx.body;
            },
            ctx.actor,
          );
          return ok(toAnswer(changed));
        }),
    });

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/credentials',
      operationId: 'listCredentials',
      summary: 'List credentials by type, newest first; never their values',
      description: 'MEMBER and VIEWER see those that every crew may use, and those of their own crews.',
      tags,
      authority: read,
      query: credentialListQuery,
      responses: { 200: z.array(credentialAnswer) },
      handler: async (ctx) => {
        const filter = { search: ctx.query.search, tag: ctx.query.tag, ...visibleTo(ctx) };
        const page = await listCredentials(reads, ctx.workspace.id, filter, ctx.query);
        return ok(page.rows.map(toAnswer), pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/credentials',
      operationId: 'createCredential',
      summary: 'Store a credential',
      tags,
      authority: { ...create, capability: 'credential.create' },
      body: newCredentialBody,
      limits: { bodyBytes: SECRET_BODY_BYTES },
      responses: { 201: credentialAnswer },
      errors: ['conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { pending: _pending, value, refresh_token: refreshToken, crew_ids: crewIds, ...fields } = ctx.body;
          const credential = await createCredential(
            tx,
            keyRing,
            ctx.workspace.id,
            {
              ...NEW_CREDENTIAL_DEFAULTS,
              ...fields,
              crew_ids: crewIds ?? [],
              value: value ?? null,
              refresh_token: refreshToken ?? null,
            },
            ctx.actor,
          );
          return created(toAnswer(credential));
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/credentials/:credentialId',
      operationId: 'getCredential',
      summary: 'Get a credential; never its value',
      tags,
      authority: read,
      params: credentialParams,
      hasETag: true,
      responses: { 200: credentialAnswer },
      handler: async (ctx) =>
        ok(toAnswer(await getCredential(reads, ctx.workspace.id, ctx.params.credentialId, visibleTo(ctx)))),
    }),
    update({ method: 'PATCH', operationId: 'updateCredential' }),
    update({ method: 'PUT', operationId: 'putCredential' }),
    defineRoute({
      method: 'PUT',
      url: '/api/v1/credentials/:credentialId/sensitivity',
      operationId: 'setCredentialSensitivity',
      summary: 'Say how a credential’s value may be shown to people',
      description: 'Lowering it is for OWNER and ADMIN. SEALED is never lowered: replace the value.',
      tags,
      authority: create,
      params: credentialParams,
      body: sensitivityBody,
      responses: { 200: sensitivityAnswer },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { credentialId } = ctx.params;
          const { sensitivity } = ctx.body;
          const mayLower = roleAllows(ctx.workspace.role, { action: 'manage' });
          const previous = await setSensitivity(tx, credentialId, sensitivity, { actor: ctx.actor, mayLower });
          return ok({ credential_id: credentialId, sensitivity, previous });
        }),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/credentials/:credentialId',
      operationId: 'deleteCredential',
      summary: 'Delete a credential: what it held is scrubbed at once',
      tags,
      authority: manage,
      params: credentialParams,
      responses: { 204: z.null() },
      errors: ['wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          await deleteCredential(tx, ctx.params.credentialId, ctx.actor);
          return noContent();
        }),
    }),
  ];
}
