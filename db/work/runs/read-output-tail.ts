import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

const PIECES = 8;

/**
 * The last lines of what a run wrote, as stored: at most so many characters, without the line in the middle of which
 * they would begin. Empty for a run that wrote nothing but blanks.
 */
export async function readOutputTail(
  db: Pick<Database, 'reads'>,
  address: WorkflowAddress,
  maxCharacters: number,
): Promise<string> {
  const pieces = await db.reads.any<{ content: string }>(
    [address.workspaceId],
    sql`
      SELECT right(content, ${maxCharacters + 1}) AS content FROM run_events WHERE run_id = ${address.id}
      ORDER BY output_offset DESC ${sql.limit(PIECES)}`,
  );
  const text = pieces
    .map(({ content }) => content)
    .reverse()
    .join('')
    .trimEnd();
  if (text.length <= maxCharacters) return text.trimStart();
  const tail = text.slice(-maxCharacters);
  const lineEnd = tail.indexOf('\n');
  return (lineEnd === -1 ? tail : tail.slice(lineEnd + 1)).trimStart();
}
