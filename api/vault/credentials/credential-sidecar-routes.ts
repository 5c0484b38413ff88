import { z } from 'zod';
import { reportCredential } from '../../../commands/vault/credentials/report-credential.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { SECRET_BODY_BYTES } from './credential-schemas.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  crewCredentialAnswer,
  crewCredentialsQuery,
  reportedCredentialAnswer,
  reportedCredentialBody,
  reportedCredentialParams,
} from './credential-sidecar-schemas.ts';
import { listCrewCredentials } from '../../../db/vault/credentials/list-crew-credentials.ts';

const isSet = (flag: string | undefined): boolean => flag === 'true' || flag === '1';

/** What crews know of credentials: docs/contracts/internal-ipc.md, Credentials. */
export function createInternalCredentialRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly keyRing: KeyRing;
}): Route[] {
  const { keyRing } = deps;
  const { reads } = deps.database;
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/credentials',
      operationId: 'listCrewCredentials',
      summary: 'List the credentials that this agent may use',
      description:
        'By the token of a run those of its agent, else those of the crew. Of all types, and such as work unless ' +
        '`include_inactive` is set. Never their values: those are added to calls outside the container.',
      tags,
      authority,
      query: crewCredentialsQuery,
      responses: { 200: z.array(crewCredentialAnswer) },
      handler: async (ctx) => {
        const { provider, include_values: includeValues } = ctx.query;
        if (isSet(includeValues)) {
          throw new CrewshipError('forbidden', 'values are not given to a crew’s socket');
        }
        const { crewId, agentId, runId } = ctx.principal;
        const includeInactive = isSet(ctx.query.include_inactive);
        const filter = { crewId, agentId, runId, provider, includeInactive };
        return ok([...(await listCrewCredentials(reads, ctx.principal.workspace.id, filter))]);
      },
    }),
    defineRoute({
      method: 'PATCH',
      url: '/api/v1/internal/credentials/:credentialId',
      operationId: 'reportCredential',
      summary: 'Say what a credential was found to be when it was used',
      description:
        'A credential that others use too can be reported, but neither revoked nor given other tokens (403). One ' +
        'that is revoked or waits for people is a 409.',
      tags,
      authority,
      params: reportedCredentialParams,
      body: reportedCredentialBody,
      limits: { bodyBytes: SECRET_BODY_BYTES },
      responses: { 200: reportedCredentialAnswer },
      errors: ['wrong_state', 'conflict', 'idempotency_mismatch'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { body } = ctx;
          const { credentialId } = ctx.params;
          const reported = await reportCredential(
            tx,
            keyRing,
            { credentialId, crewId: ctx.principal.crewId },
            {
              status: body.status,
              lastError: body.last_error,
              accessToken: body.access_token,
              refreshToken: body.refresh_token,
              tokenExpiresAt: body.token_expires_at,
            },
            ctx.actor,
          );
          return ok({ id: credentialId, ...reported });
        }),
    }),
  ];
}
