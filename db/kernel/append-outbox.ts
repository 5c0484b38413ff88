import type { CommonQueryMethods } from 'slonik';
import { type OutboxCommand, workflowId } from '../../domain/kernel/outbox/outbox-command.ts';
import { named, sql } from './sql.ts';

function toRow(command: OutboxCommand): { workspace_id: string; kind: string; target: string; payload: object } {
  switch (command.kind) {
    case 'workflow':
      return {
        workspace_id: command.address.workspaceId,
        kind: 'workflow',
        target: workflowId(command.workflow, command.address),
        // `actor` is what rows and the SQL of admission say.
        payload: { actor: command.workflow, ...command.address, ...(command.again === true ? { again: true } : {}) },
      };
    case 'wake':
      return {
        workspace_id: command.workspaceId,
        kind: 'wake',
        target: `${command.topic}:${command.id}`,
        payload: { topic: command.topic, id: command.id },
      };
  }
}

/** Appends commands in one statement. */
export async function appendOutbox(
  connection: CommonQueryMethods,
  commands: readonly OutboxCommand[],
  requestId: string | null,
): Promise<void> {
  const query = sql`
    INSERT INTO outbox (workspace_id, kind, target, payload, request_id)
    SELECT workspace_id, kind, target, payload, ${requestId}
    FROM jsonb_to_recordset(${sql.jsonb(commands.map(toRow))})
      AS r(workspace_id text, kind text, target text, payload jsonb)`;
  await connection.query(named(query));
}
