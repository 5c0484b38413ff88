import { createHash } from 'node:crypto';
import type { AgentEvent } from '../../../domain/work/agent-output/agent-event.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { NewTurnEvent } from '../../../domain/conversations/chats/turn-event.ts';
import { appendTurnEvents } from '../turns/turn-events.ts';
import { journalAgentEvents } from './journal-agent-events.ts';
import { isTurn, runPlace } from './run-journal.ts';
import { type RunRow, runColumns } from '../../../db/work/runs/run-row.ts';

export interface OutputChunk {
  /** Where the chunk starts in the raw output, in bytes. */
  readonly offset: number;
  /** Where the next one starts. */
  readonly nextOffset: number;
  /** The text after scrubbing, as {@link storableOutput} makes it. */
  readonly text: string;
  /** What this piece, with those before it, says the agent did. */
  readonly events?: readonly AgentEvent[];
  /** What it tells those who follow the turn of a chat that the attempt is of. */
  readonly turnEvents?: readonly NewTurnEvent[];
  /** Secrets that the text had before it was scrubbed. */
  readonly redactions?: number;
}

/** Output as it can be stored: Postgres text holds no NUL. */
export function storableOutput(bytes: Buffer): string {
  return bytes.toString('utf8').replaceAll('\u0000', '\uFFFD');
}

/**
 * Appends agent output by compare-and-set on the run's offset: of two readers of the same output one writes it.
 * The journal gets offset, length and hash, and what the text says the agent did; the text is in run_events only.
 * False: someone else is further along.
 */
export async function appendRunOutput(db: Database, address: WorkflowAddress, chunk: OutputChunk): Promise<boolean> {
  const bytes = Buffer.from(chunk.text);
  const digest = createHash('sha256').update(bytes).digest();
  return db.transaction(workflowScope(address), async (tx) => {
    const run = await tx.maybeOne<RunRow>(sql`
      UPDATE runs SET output_offset = ${chunk.nextOffset}
      WHERE id = ${address.id} AND output_offset = ${chunk.offset} AND status = 'RUNNING'
      RETURNING ${runColumns}`);
    if (run === null) return false;
    if (bytes.length > 0) {
      await tx.execute(sql`
        INSERT INTO run_events (workspace_id, run_id, output_offset, length_bytes, sha256, content)
        VALUES (${run.workspace_id}, ${run.id}, ${chunk.offset}, ${bytes.length}, ${sql.binary(digest)},
          ${chunk.text})`);
      tx.journal({
        transitionId: `run-${run.id}:output-${chunk.offset}`,
        type: 'exec.output_chunk',
        actor: orchestratorActor(),
        ...runPlace(run),
        summary: `output at ${chunk.offset}`,
        payload: { run_id: run.id, offset: chunk.offset, length: bytes.length, sha256: digest.toString('hex') },
      });
    }
    if (chunk.redactions !== undefined && chunk.redactions > 0) {
      tx.journal({
        transitionId: `run-${run.id}:redacted-${chunk.offset}`,
        type: 'guardrail.output_blocked',
        severity: 'warn',
        actor: orchestratorActor(),
        ...runPlace(run),
        summary: 'secrets in the agent’s output were replaced',
        payload: { run_id: run.id, offset: chunk.offset, reason: 'secret_in_output', count: chunk.redactions },
      });
    }
    journalAgentEvents(tx, run, chunk.events ?? []);
    if (isTurn(run)) {
      const { workspace_id: workspaceId, chat_id: chatId, job_id: jobId, id: runId } = run;
      await appendTurnEvents(tx, { workspaceId, chatId, jobId, runId }, chunk.turnEvents ?? []);
    }
    return true;
  });
}
