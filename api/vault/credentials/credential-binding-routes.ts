import { z } from 'zod';
import { bindCredential, unbindCredential } from '../../../commands/vault/credentials/credential-binding-commands.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { listAgentSlots, listBindings } from '../../../db/vault/credentials/credential-bindings-store.ts';
import { envVarNameOf } from '../../../domain/vault/credentials/credential.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { visibleTo } from './visible-to.ts';
import {
  agentCredentialsParams,
  agentSlotsAnswer,
  bindingAnswer,
  bindingBody,
  bindingParams,
  bindingsQuery,
} from './credential-schemas.ts';

/** Which credential is in which slot: docs/contracts/credentials.md, Bindings. */
export function createCredentialBindingRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Credentials'];
  const read = { access: 'member', action: 'read', scope: 'credentials:read' } as const;
  const manage = { access: 'member', action: 'manage', scope: 'credentials:write' } as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/credentials/bindings',
      operationId: 'listCredentialBindings',
      summary: 'List which credential is bound to which slot',
      description: 'MEMBER and VIEWER see those of credentials that every crew may use, and of their own crews.',
      tags,
      authority: read,
      query: bindingsQuery,
      responses: { 200: z.object({ bindings: z.array(bindingAnswer) }) },
      handler: async (ctx) => {
        const filter = { credentialId: ctx.query.credential_id, ...visibleTo(ctx) };
        const page = await listBindings(reads, ctx.workspace.id, filter, ctx.query);
        return ok({ bindings: page.rows }, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/credentials/bindings',
      operationId: 'bindCredential',
      summary: 'Bind a credential to a slot of the workspace, a crew or an agent',
      tags,
      authority: manage,
      body: bindingBody,
      responses: { 201: bindingAnswer },
      errors: ['conflict', 'wrong_state'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { credential_id: credentialId, crew_id: crewId, agent_id: agentId, scope, slot } = ctx.body;
          const by = { actor: ctx.actor, userId: ctx.principal.userId };
          return created(
            await bindCredential(tx, ctx.workspace.id, { credentialId, crewId, agentId, scope, slot }, by),
          );
        }),
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/credentials/bindings/:bindingId',
      operationId: 'unbindCredential',
      summary: 'Take a credential from a slot',
      tags,
      authority: manage,
      params: bindingParams,
      responses: { 204: z.null() },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          await unbindCredential(tx, ctx.params.bindingId, ctx.actor);
          return noContent();
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/agents/:agentId/credential-bindings',
      operationId: 'listAgentSlots',
      summary: 'Say what an agent finds in each of its slots',
      description:
        'Its own grant wins, then a binding to it, to its crew, to the workspace, then a credential of its crew.',
      tags,
      authority: read,
      params: agentCredentialsParams,
      responses: { 200: agentSlotsAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveAgent(reads, ctx.workspace.id, ctx.params.agentId);
        const found = await listAgentSlots(reads, ctx.workspace.id, id);
        const named = found.map((one) => ({ ...one, slot: one.slot ?? envVarNameOf(one.credential_name) }));
        // A crew's credential goes by its name, and gives way to what has that slot.
        const taken = new Set(found.flatMap(({ slot }) => slot ?? []));
        const slots = named.filter(({ source, slot }) => source !== 'crew' || !taken.has(slot));
        const warnings = slots.flatMap(({ slot, expired, credential_status: status }) => {
          if (expired) return [`${slot}: the lease is over`];
          return status === 'ACTIVE' ? [] : [`${slot}: the credential is ${status}`];
        });
        return ok({
          agent_id: id,
          slots: slots.map(({ slot, credential_id, credential_name, source }) => ({
            slot,
            credential_id,
            credential_name,
            source,
          })),
          ...(warnings.length === 0 ? {} : { warnings }),
        });
      },
    }),
  ];
}
