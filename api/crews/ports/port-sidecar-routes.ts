import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { openExposure } from '../../../commands/engine/ports/port-exposure-commands.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { exposePortCall } from '../../../domain/crews/ports/port-calls.ts';
import { EXPOSED_PATH } from '../../../domain/crews/ports/port-exposure.ts';
import { idField, sharedFields, timeField } from '../../http/kernel/fields.ts';
import { created, defineRoute, type Route } from '../../http/kernel/route.ts';
import { actingAgent } from '../../crew-side/caller/acting-agent.ts';

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
const exposeBody = exposePortCall.input(sharedFields).extend({
  agent_id: idField.optional().describe('default: the agent of the run that asks'),
  container_id: idField.optional().describe('the crew’s; default: the one that runs'),
  chat_id: idField.nullable().default(null),
});

const exposedAnswer = z.object({
  id: z.string(),
  token: z.string().nullable().describe('null in the answer to a repetition'),
  url: z.string().nullable(),
  expires_at: timeField,
});

/** Ports of the container that agents open: docs/contracts/internal-ipc.md, Ports. */
export function createInternalPortRoutes(deps: { readonly publicUrl: string | undefined }): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/port-expose',
      operationId: 'exposePort',
      summary: 'Open a port of the crew’s container to whoever has its address',
      description:
        'The address is shown once. Beyond 5 an agent or 20 a workspace it is a 429; while the container does not ' +
        'run, a 503.',
      tags: ['Internal'],
      authority: { access: 'internal' },
      body: exposeBody,
      responses: { 201: exposedAnswer },
      errors: ['not_found', 'conflict', 'limit_reached', 'idempotency_mismatch'],
      secretMembers: ['token', 'url'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal, body } = ctx;
          const agentId = actingAgent(body.agent_id, principal.agentId);
          if (principal.agentId !== null && agentId !== principal.agentId) {
            throw new CrewshipError('forbidden', 'agent_id is not that of the caller');
          }
          const token = randomBytes(32).toString('base64url');
          const { id, expires_at } = await openExposure(
            tx,
            {
              workspaceId: principal.workspace.id,
              crewId: principal.crewId,
              agentId,
              runId: principal.runId,
              chatId: body.chat_id,
              containerId: body.container_id ?? null,
              port: body.port,
              description: body.description,
              ttlSeconds: body.ttl_seconds,
              token,
            },
            ctx.actor,
          );
          const base = (deps.publicUrl ?? '').replace(/\/+$/, '');
          return created({ id, token, url: `${base}${EXPOSED_PATH}/${token}/`, expires_at });
        }),
    }),
  ];
}
