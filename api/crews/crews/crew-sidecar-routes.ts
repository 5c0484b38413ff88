import { z } from 'zod';
import { listCrewConnections } from '../../../commands/crews/crews/crew-connections.ts';
import { listCrewMessages, sendCrewMessage } from '../../../commands/crews/crews/crew-messages.ts';
import { listCrewNames } from '../../../db/crews/crews/crews-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/evidence/journal/journal-entry.ts';
import { connectionAnswer } from './crew-connection-routes.ts';
import { idField, momentField, timeField } from '../../http/kernel/fields.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { metadataField } from '../../crew-side/caller/internal-metadata.ts';

const MAX_MESSAGE_BYTES = 1_048_576;
/** Room for the escapes of a message of the longest length. */
const MESSAGE_BODY_BYTES = 2.5 * MAX_MESSAGE_BYTES;

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
const messageBody = z.object({
  from_crew_id: idField.optional().describe('this crew'),
  to_crew_id: idField,
  from_agent_id: idField.nullable().default(null).describe('default: the agent of the run that asks'),
  content: z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= MAX_MESSAGE_BYTES, 'must be at most 1 MiB'),
  metadata: metadataField,
});

const messageAnswer = z.object({
  id: z.string(),
  from_crew_id: z.string(),
  to_crew_id: z.string(),
  from_agent_id: z.string().nullable(),
  content: z.string(),
  metadata: z.record(z.string(), z.unknown()),
  delivered_at: timeField,
  created_at: timeField,
});

const messagesQuery = z.object({
  direction: z.enum(['incoming', 'outgoing', 'all']).default('incoming'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  since: momentField.optional(),
  peer_crew_id: idField.optional(),
});

/** Crews, their connections and their messages: contract ipc, sections 3 and 5. */
export function createInternalCrewRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/crews',
      operationId: 'discoverCrews',
      summary: 'List the workspace’s crews by name',
      tags,
      authority,
      responses: { 200: z.array(z.object({ id: z.string(), name: z.string(), slug: z.string() })) },
      handler: async (ctx) => ok([...(await listCrewNames(reads, ctx.principal.workspace.id))]),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/crew-connections',
      operationId: 'discoverCrewConnections',
      summary: 'List this crew’s connections',
      tags,
      authority,
      responses: { 200: z.array(connectionAnswer) },
      handler: async (ctx) => {
        const { workspace, crewId } = ctx.principal;
        return ok([...(await listCrewConnections(reads, workspace.id, { crewId }))]);
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/crew-messages',
      operationId: 'sendCrewMessage',
      summary: 'Send a message to a connected crew',
      description: 'Without a connection that leads there it is a 403, whether or not there is such a crew.',
      tags,
      authority,
      body: messageBody,
      limits: { bodyBytes: MESSAGE_BODY_BYTES },
      responses: { 201: messageAnswer },
      errors: ['not_found', 'conflict', 'idempotency_mismatch'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal, body } = ctx;
          const fromCrewId = principal.crewId;
          if (body.from_crew_id !== undefined && body.from_crew_id !== fromCrewId) {
            throw new CrewshipError('forbidden', 'from_crew_id is not that of the caller');
          }
          const message = await sendCrewMessage(
            tx,
            {
              workspaceId: principal.workspace.id,
              fromCrewId,
              toCrewId: body.to_crew_id,
              fromAgentId: body.from_agent_id ?? principal.agentId,
              content: body.content,
              metadata: body.metadata as JsonObject,
            },
            ctx.actor,
          );
          return created(message);
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/internal/crew-messages',
      operationId: 'readCrewMessages',
      summary: 'List this crew’s messages, newest first',
      tags,
      authority,
      query: messagesQuery,
      responses: { 200: z.object({ data: z.array(messageAnswer) }) },
      handler: async (ctx) => {
        const { direction, limit, since, peer_crew_id: peerCrewId } = ctx.query;
        const filter = { crewId: ctx.principal.crewId, direction, limit, since, peerCrewId };
        return ok({ data: [...(await listCrewMessages(reads, ctx.principal.workspace.id, filter))] });
      },
    }),
  ];
}
