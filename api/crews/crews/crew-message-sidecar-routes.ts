import { z } from 'zod';
import { listCrewMessages, sendCrewMessage } from '../../../commands/crews/crews/crew-messages.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { JsonObject } from '../../../domain/evidence/journal/journal-entry.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { metadataField } from '../../crew-side/caller/internal-metadata.ts';
import { idField, momentField, timeField } from '../../http/kernel/fields.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';

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

/** Messages between connected crews: contract ipc, section 5. */
export function createInternalCrewMessageRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;

  return [
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
