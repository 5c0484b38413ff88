import { chunksOf } from '../../../domain/knowledge/search/chunks.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** Makes an entry found by what it says now. Its namespace is held. */
export async function indexEntry(
  tx: Tx,
  entry: { readonly id: string; readonly title: string; readonly content: string },
): Promise<void> {
  const chunks = chunksOf(entry.content).map((text, seq) => ({ seq, text }));
  await tx.execute(sql`DELETE FROM knowledge_chunks WHERE entry_id = ${entry.id}`);
  await tx.execute(sql`
    INSERT INTO knowledge_chunks (workspace_id, namespace_id, entry_id, seq, text, terms)
    SELECT e.workspace_id, e.namespace_id, e.id, r.seq, r.text,
      setweight(to_tsvector('english', ${entry.title}), 'A') || setweight(to_tsvector('english', r.text), 'D')
    FROM json_to_recordset(${sql.rows(chunks)}) AS r (seq integer, text text), knowledge_entries e
    WHERE e.id = ${entry.id}`);
}
