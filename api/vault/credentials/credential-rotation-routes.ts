import { z } from 'zod';
import {
  cancelRotation,
  type Replacement,
  rotateCredential,
} from '../../../commands/vault/credentials/credential-rotation-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { getCredential } from '../../../db/vault/credentials/credentials-store.ts';
import { listRotations } from '../../../db/vault/credentials/list-rotations.ts';
import { sealedFieldOf } from '../../../domain/vault/credentials/credential.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { cancelledRotationAnswer, rotateBody, rotationAnswer, rotationParams } from './credential-rotation-schemas.ts';
import { credentialParams, SECRET_BODY_BYTES } from './credential-schemas.ts';
import { visibleTo } from './visible-to.ts';

function replacementOf(body: z.output<typeof rotateBody>): Replacement {
  const { value, field, part } = body;
  if (value !== undefined) return { part: field === undefined ? part : sealedFieldOf(field), value };
  return {
    endpoint: {
      baseUrl: body.endpoint_base_url,
      apiKey: body.endpoint_auth_token,
      headers: body.endpoint_headers,
    },
  };
}

/** What replaces values: docs/contracts/credentials.md, Rotation. */
export function createCredentialRotationRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly keyRing: Pick<KeyRing, 'seal' | 'open'>;
}): Route[] {
  const { keyRing } = deps;
  const { reads } = deps.database;
  const tags = ['Credentials'];
  const manage = { access: 'member', action: 'manage', scope: 'credentials:write' } as const;

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/credentials/:credentialId/rotate',
      operationId: 'rotateCredential',
      summary: 'Replace a credential’s value, or a part of it',
      description:
        'The old value may be tried for the grace, then it is scrubbed. `part`, `field` and the members of an ' +
        'endpoint replace that alone; an endpoint at another origin takes its token and headers anew. A revoked or ' +
        'pending one is a 409.',
      tags,
      authority: { ...manage, capability: 'credential.rotate' },
      params: credentialParams,
      body: rotateBody,
      limits: { bodyBytes: SECRET_BODY_BYTES },
      responses: { 200: rotationAnswer },
      errors: ['wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { credentialId } = ctx.params;
          const { grace_seconds: graceSeconds } = ctx.body;
          const rotation = { credentialId, graceSeconds, replacement: replacementOf(ctx.body) };
          return ok(await rotateCredential(tx, keyRing, rotation, ctx.actor));
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/credentials/:credentialId/rotations',
      operationId: 'listCredentialRotations',
      summary: 'List the rotations of a credential, newest first',
      tags,
      authority: { access: 'member', action: 'read', scope: 'credentials:read' },
      params: credentialParams,
      query: z.object(pageQuery({ defaultLimit: 100 })),
      responses: { 200: z.array(rotationAnswer) },
      handler: async (ctx) => {
        const { credentialId } = ctx.params;
        await getCredential(reads, ctx.workspace.id, credentialId, visibleTo(ctx));
        const page = await listRotations(reads, ctx.workspace.id, credentialId, ctx.query);
        return ok([...page.rows], pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/credential-rotations/:rotationId',
      operationId: 'cancelCredentialRotation',
      summary: 'End a rotation’s grace: the old value is gone',
      description: 'One that has ended answers how it ended.',
      tags,
      authority: manage,
      params: rotationParams,
      responses: { 200: cancelledRotationAnswer },
      handler: (ctx) =>
        ctx.write(async (tx) => ok({ status: await cancelRotation(tx, ctx.params.rotationId, ctx.actor) })),
    }),
  ];
}
