import { z } from 'zod';
import { type OpeningLimits, openerOf } from '../../../commands/engine/runs/count-opening.ts';
import { sendCrewMessage } from '../../../commands/crews/crews/send-crew-message.ts';
import { listCrewMessages } from '../../../db/crews/crews/list-crew-messages.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { listCrewMessagesCall, sendCrewMessageCall } from '../../../domain/crews/crews/crew-calls.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { textQuery } from '../../crew-side/caller/text-query.ts';
import { metadataField } from '../../crew-side/caller/internal-metadata.ts';
import { idField, sharedFields, timeField } from '../../http/kernel/fields.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
const messageBody = sendCrewMessageCall.input(sharedFields).extend({
  from_crew_id: idField.optional().describe('this crew'),
  from_agent_id: idField.nullable().default(null).describe('default: the agent of the run that asks'),
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

/** Messages between connected crews: docs/contracts/internal-ipc.md, Messages and files. */
export function createInternalCrewMessageRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly openingLimits: OpeningLimits;
}): Route[] {
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
      limits: { bodyBytes: sendCrewMessageCall.bodyLimitBytes },
      responses: { 201: messageAnswer },
      errors: ['not_found', 'conflict', 'limit_reached', 'idempotency_mismatch'],
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
              openedBy: openerOf(principal.runId, deps.openingLimits.messages),
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
      query: textQuery(listCrewMessagesCall.input(sharedFields)),
      responses: { 200: z.object({ data: z.array(messageAnswer) }) },
      handler: async (ctx) => {
        const { direction, limit, since, peer_crew_id: peerCrewId } = ctx.query;
        const filter = { crewId: ctx.principal.crewId, direction, limit, since, peerCrewId };
        return ok({ data: [...(await listCrewMessages(reads, ctx.principal.workspace.id, filter))] });
      },
    }),
  ];
}
