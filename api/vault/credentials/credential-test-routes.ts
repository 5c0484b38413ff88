import { z } from 'zod';
import type { CredentialTester } from '../../../commands/vault/credentials/credential-tester.ts';
import { noteCredentialTest } from '../../../commands/vault/credentials/note-credential-test.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { openCredential } from '../../../db/vault/credentials/read-credential-secret.ts';
import { CREDENTIAL_TYPES } from '../../../domain/vault/credentials/credential.ts';
import { defaultEnvVar, probeOf } from '../../../domain/vault/credentials/credential-probe.ts';
import { notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { idField, nameField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { credentialParams, SECRET_BODY_BYTES, secretField } from './credential-schemas.ts';

const testBody = z.strictObject({
  value: secretField,
  provider: nameField(1, 64).default('NONE'),
  type: z.enum(CREDENTIAL_TYPES).default('API_KEY'),
});

const testAnswer = z.object({
  supported: z.boolean().describe('false: nobody is known who could be asked, and nothing was'),
  valid: z.boolean().nullable().describe('null: it was not found out'),
  status: z.int().nullable().describe('of the provider’s answer'),
  error: z.enum(['refused', 'rate_limited', 'unreachable', 'timeout', 'address_refused', 'unexpected']).nullable(),
});

/** Whether keys work: docs/contracts/credentials.md, Tests. */
export function createCredentialTestRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly keyRing: Pick<KeyRing, 'open'>;
  readonly credentialTester: Pick<CredentialTester, 'test'>;
}): Route[] {
  const { credentialTester, keyRing } = deps;
  const tags = ['Credentials'];

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/credentials/default-env-var',
      operationId: 'getDefaultEnvVar',
      summary: 'The variable that a provider’s own tools read',
      tags,
      authority: { access: 'member', action: 'read', scope: 'credentials:read' },
      query: z.object({
        workspace_id: idField.optional(),
        provider: z.string().min(1).max(64),
        type: z.enum(CREDENTIAL_TYPES).default('API_KEY'),
      }),
      responses: { 200: z.object({ env_var: z.string(), testable: z.boolean() }) },
      handler: ({ query }) =>
        ok({ env_var: defaultEnvVar(query.provider), testable: probeOf(query.type, query.provider) !== null }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/credentials/test',
      operationId: 'testCredentialValue',
      summary: 'Ask a provider whether a key works; nothing is stored',
      description: 'Within 10 s. An address (ENDPOINT_URL) is called only once it is stored.',
      tags,
      authority: { access: 'member', action: 'create', scope: 'credentials:write' },
      body: testBody,
      limits: { bodyBytes: SECRET_BODY_BYTES },
      responses: { 200: testAnswer },
      handler: async (ctx) => ok(await credentialTester.test({ ...ctx.body, isStored: false })),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/credentials/:credentialId/test',
      operationId: 'testCredential',
      summary: 'Ask a provider whether a stored credential works',
      description: 'Within 10 s. Journalled; the credential’s state stays as it is. One without a value is a 409.',
      tags,
      authority: { access: 'member', action: 'create', scope: 'credentials:write' },
      params: credentialParams,
      responses: { 200: testAnswer },
      errors: ['wrong_state'],
      handler: async (ctx) => {
        const { credentialId } = ctx.params;
        const found = await openCredential(deps.database.reads, keyRing, ctx.workspace.id, credentialId);
        if (found === null) throw notFound('credential');
        const { type, provider, value } = found;
        if (value === null) throw wrongState('credential', 'PENDING', 'the credential has no value yet');
        const test = await credentialTester.test({ type, provider, value, isStored: true });
        return ctx.write(async (tx) => {
          await noteCredentialTest(tx, credentialId, test, ctx.actor);
          return ok(test);
        });
      },
    }),
  ];
}
