import { z } from 'zod';
import {
  addCredentialField,
  deleteCredentialField,
  replaceCredentialField,
} from '../../../commands/vault/credentials/credential-field-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { listCredentialFields } from '../../../db/vault/credentials/credential-fields-store.ts';
import { getCredential } from '../../../db/vault/credentials/credentials-store.ts';
import { roleAllows } from '../../../domain/kernel/access/authority.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { credentialParams, fieldKeyField, SECRET_BODY_BYTES, secretField } from './credential-schemas.ts';
import { visibleTo } from './visible-to.ts';

const members = {
  value: secretField,
  is_secret: z.boolean().default(true).describe('false: anybody who sees the credential sees the field'),
  ordinal: z.int().min(0).max(1_000).default(0).describe('the place in the list'),
};
const newFieldBody = z
  .strictObject({ key: fieldKeyField, ...members })
  .meta({ example: { key: 'region', value: 'eu-west-1', is_secret: false } });
const fieldBody = z.strictObject(members).meta({ example: { value: 'eu-west-2', is_secret: false } });
const fieldParams = z.object({ credentialId: idField, fieldKey: idField });
const fieldAnswer = z.object({
  key: z.string(),
  is_secret: z.boolean(),
  ordinal: z.int(),
  value: z.string().nullable().describe('null for what is secret'),
  created_at: timeField,
  updated_at: timeField,
});

/** Parts of a credential beside its value: docs/contracts/credentials.md, Fields of its own. */
export function createCredentialFieldRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly keyRing: Pick<KeyRing, 'seal'>;
}): Route[] {
  const { keyRing } = deps;
  const { reads } = deps.database;
  const common = { tags: ['Credentials'] };
  const create = { access: 'member', action: 'create', scope: 'credentials:write' } as const;
  const limits = { bodyBytes: SECRET_BODY_BYTES };

  return [
    defineRoute({
      ...common,
      method: 'GET',
      url: '/api/v1/credentials/:credentialId/fields',
      operationId: 'listCredentialFields',
      summary: 'List the fields of a credential; no secret one’s value',
      authority: { access: 'member', action: 'read', scope: 'credentials:read' },
      params: credentialParams,
      responses: { 200: z.array(fieldAnswer) },
      handler: async (ctx) => {
        const { credentialId } = ctx.params;
        await getCredential(reads, ctx.workspace.id, credentialId, visibleTo(ctx));
        return ok(await listCredentialFields(reads, ctx.workspace.id, credentialId));
      },
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: '/api/v1/credentials/:credentialId/fields',
      operationId: 'addCredentialField',
      summary: 'Add a field to a credential, sealed by itself',
      authority: create,
      params: credentialParams,
      body: newFieldBody,
      limits,
      responses: { 201: fieldAnswer },
      errors: ['conflict', 'limit_reached', 'wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { key, value, ordinal, is_secret: isSecret } = ctx.body;
          const field = { key, value, ordinal, isSecret };
          return created(await addCredentialField(tx, keyRing, ctx.params.credentialId, field, ctx.actor));
        }),
    }),
    defineRoute({
      ...common,
      method: 'PUT',
      url: '/api/v1/credentials/:credentialId/fields/:fieldKey',
      operationId: 'replaceCredentialField',
      summary: 'Replace a field of a credential',
      description: 'A secret one’s old value is gone at once, so that is for OWNER and ADMIN; `rotate` keeps it.',
      authority: create,
      params: fieldParams,
      body: fieldBody,
      limits,
      responses: { 200: fieldAnswer },
      errors: ['wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { credentialId, fieldKey: key } = ctx.params;
          const { value, ordinal, is_secret: isSecret } = ctx.body;
          const mayReplaceSecrets = roleAllows(ctx.workspace.role, { action: 'manage' });
          const by = { actor: ctx.actor, mayReplaceSecrets };
          return ok(await replaceCredentialField(tx, keyRing, credentialId, { key, value, ordinal, isSecret }, by));
        }),
    }),
    defineRoute({
      ...common,
      method: 'DELETE',
      url: '/api/v1/credentials/:credentialId/fields/:fieldKey',
      operationId: 'deleteCredentialField',
      summary: 'Delete a field of a credential, and what is kept of values it had',
      description: 'A secret one is for OWNER and ADMIN.',
      authority: create,
      params: fieldParams,
      responses: { 204: z.null() },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const by = { actor: ctx.actor, mayReplaceSecrets: roleAllows(ctx.workspace.role, { action: 'manage' }) };
          await deleteCredentialField(tx, ctx.params.credentialId, ctx.params.fieldKey, by);
          return noContent();
        }),
    }),
  ];
}
