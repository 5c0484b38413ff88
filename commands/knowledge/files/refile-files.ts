import { freeNameBeside } from '../../../domain/knowledge/files/knowledge-file.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

interface Place {
  readonly id: string;
  readonly folder: string;
  readonly filename: string;
}

/**
 * Puts files of a namespace, which is held, into other folders. One whose name is taken there has another from then on.
 * `which` and `folder` are of a row of files. Returns how many there are.
 */
export async function refileFiles(
  tx: Tx,
  namespaceId: string,
  { which, folder }: { readonly which: Fragment; readonly folder: Fragment },
): Promise<number> {
  const moved = await tx.any<Place>(sql`
    SELECT id, ${folder} AS folder, filename FROM knowledge_files
    WHERE namespace_id = ${namespaceId} AND ${which} ORDER BY id FOR UPDATE`);
  if (moved.length === 0) return 0;
  const ids = sql.array(
    moved.map(({ id }) => id),
    'text',
  );
  const folders = sql.array([...new Set(moved.map((file) => file.folder))], 'text');
  const there = await tx.any<Place>(sql`
    SELECT id, folder, filename FROM knowledge_files
    WHERE namespace_id = ${namespaceId} AND folder = ANY (${folders}) AND id <> ALL (${ids})`);
  const placed = placesBeside(there, moved);
  await tx.execute(sql`
    UPDATE knowledge_files f SET folder = r.folder, filename = r.filename, updated_at = now()
    FROM json_to_recordset(${sql.rows(placed)}) AS r (id text, folder text, filename text)
    WHERE f.id = r.id`);
  return moved.length;
}

/** Each under its own name where no other has that, in the order in which they are given. */
function placesBeside(there: readonly Place[], moved: readonly Place[]): Place[] {
  const namesByFolder = new Map<string, Set<string>>(moved.map(({ folder }) => [folder, new Set()]));
  for (const { folder, filename } of there) namesByFolder.get(folder)!.add(filename);
  return moved.map(({ id, folder, filename: wanted }) => {
    const taken = namesByFolder.get(folder)!;
    const filename = freeNameBeside(wanted, taken);
    taken.add(filename);
    return { id, folder, filename };
  });
}
