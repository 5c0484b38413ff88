import { createHash } from 'node:crypto';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { countOpening, type Opener } from '../../engine/runs/count-opening.ts';
import { holdConnection } from '../../../db/crews/crews/hold-connection.ts';
import { type CrewMessage, messageColumns } from '../../../db/crews/crews/list-crew-messages.ts';

export interface NewCrewMessage {
  readonly workspaceId: string;
  readonly fromCrewId: string;
  readonly toCrewId: string;
  readonly fromAgentId: string | null;
  readonly content: string;
  readonly metadata: JsonObject;
  readonly openedBy: Opener | null;
}

/**
 * A message from one crew to another that it is connected to. The journal has its length and hash, not its words.
 * Throws `forbidden` without a connection, whether or not the other crew exists, `not_found` for an agent of another
 * crew, and as {@link countOpening} does.
 */
export async function sendCrewMessage(tx: Tx, message: NewCrewMessage, actor: Actor): Promise<CrewMessage> {
  await countOpening(tx, 'messages', message.openedBy);
  if (!(await holdConnection(tx, message.fromCrewId, message.toCrewId))) {
    throw new CrewshipError('forbidden', 'this crew has no connection to that crew');
  }
  if (message.fromAgentId !== null) {
    const agent = await tx.maybeOne(sql`
      SELECT 1 FROM agents WHERE id = ${message.fromAgentId} AND crew_id = ${message.fromCrewId}
        AND deleted_at IS NULL`);
    if (agent === null) throw notFound('agent');
  }
  const row = await tx.one<CrewMessage>(sql`
    INSERT INTO crew_messages (id, workspace_id, from_crew_id, to_crew_id, from_agent_id, content, metadata)
    VALUES (${newId()}, ${message.workspaceId}, ${message.fromCrewId}, ${message.toCrewId}, ${message.fromAgentId},
      ${message.content}, ${sql.jsonb(message.metadata)})
    RETURNING ${messageColumns}`);
  tx.journal({
    type: 'crew.message_sent',
    actor,
    workspaceId: message.workspaceId,
    crewId: message.fromCrewId,
    agentId: message.fromAgentId,
    targetType: 'crew_message',
    targetId: row.id,
    summary: 'message sent to another crew',
    payload: {
      from_crew_id: message.fromCrewId,
      to_crew_id: message.toCrewId,
      length_bytes: Buffer.byteLength(message.content),
      sha256: createHash('sha256').update(message.content).digest('hex'),
    },
  });
  return row;
}
