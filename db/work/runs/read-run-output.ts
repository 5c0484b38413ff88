import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

const PAGE_EVENTS = 64;

interface OutputEvent {
  readonly output_offset: number;
  readonly content: string;
}

/** The stored output of a run below an offset of its raw output, in order, a piece at a time. */
export async function* readRunOutput(
  db: Pick<Database, 'reads'>,
  address: WorkflowAddress,
  belowOffset: number,
): AsyncGenerator<string, void, undefined> {
  let after = -1;
  for (;;) {
    const page: readonly OutputEvent[] = await db.reads.any<OutputEvent>(
      [address.workspaceId],
      sql`
        SELECT output_offset, content FROM run_events
        WHERE run_id = ${address.id} AND kind = 'output' AND output_offset > ${after} AND output_offset < ${belowOffset}
        ORDER BY output_offset ${sql.limit(PAGE_EVENTS)}`,
    );
    for (const event of page) yield event.content;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_EVENTS) return;
    after = last.output_offset;
  }
}
