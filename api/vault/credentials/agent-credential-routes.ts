import { z } from 'zod';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import { assignCredential, unassignCredential } from '../../../commands/vault/credentials/credential-grant-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import {
  agentCredentialAnswer,
  agentCredentialsParams,
  assignmentAnswer,
  assignmentBody,
  assignmentParams,
} from './credential-schemas.ts';
import { listAgentCredentials } from '../../../db/vault/credentials/list-agent-credentials.ts';

/** Which credentials an agent has: docs/contracts/credentials.md, Assignment. */
export function createAgentCredentialRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Credentials'];
  const manage = { access: 'member', action: 'manage', scope: 'credentials:write' } as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/agents/:agentId/credentials',
      operationId: 'listAgentCredentials',
      summary: 'List what an agent has: its own grants, then its crew’s credentials',
      tags,
      authority: { access: 'member', action: 'read', scope: 'credentials:read' },
      params: agentCredentialsParams,
      responses: { 200: z.array(agentCredentialAnswer) },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveAgent(reads, ctx.workspace.id, ctx.params.agentId);
        return ok([...(await listAgentCredentials(reads, ctx.workspace.id, id))]);
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/agents/:agentId/credentials',
      operationId: 'assignCredential',
      summary: 'Give an agent a credential, for a while or without end',
      tags,
      authority: manage,
      params: agentCredentialsParams,
      body: assignmentBody,
      responses: { 201: assignmentAnswer },
      errors: ['conflict', 'wrong_state', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { id: agentId } = await resolveAgent(reads, ctx.workspace.id, ctx.params.agentId);
        const { body } = ctx;
        return ctx.write(async (tx) => {
          const grant = {
            agentId,
            credentialId: body.credential_id,
            envVarName: body.env_var_name,
            priority: body.priority,
            ttlSeconds: body.ttl_seconds === 0 ? null : body.ttl_seconds,
            leaseSource: 'manual' as const,
          };
          return created({ id: await assignCredential(tx, grant, ctx.actor) });
        });
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/agents/:agentId/credentials/:assignmentId',
      operationId: 'unassignCredential',
      summary: 'Take a credential back from an agent',
      tags,
      authority: manage,
      params: assignmentParams,
      responses: { 204: z.null() },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { id: agentId } = await resolveAgent(reads, ctx.workspace.id, ctx.params.agentId);
        return ctx.write(async (tx) => {
          await unassignCredential(tx, { agentId, grantId: ctx.params.assignmentId }, ctx.actor);
          return noContent();
        });
      },
    }),
  ];
}
