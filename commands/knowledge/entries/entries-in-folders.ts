import { sql } from '../../../db/kernel/sql.ts';
import type { ChangedFolders, FiledDocument } from '../../../db/kernel/transaction-effects.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** Nobody writes in the namespace of a project meanwhile. */
async function holdNamespaceOf(tx: Tx, projectId: string): Promise<string> {
  const { id } = await tx.one<{ id: string }>(sql`
    SELECT id FROM knowledge_namespaces WHERE project_id = ${projectId} FOR UPDATE`);
  return id;
}

/** Entries follow the folders that they are in. It is no change of what they say: their versions stay. */
export async function moveEntries(tx: Tx, change: ChangedFolders): Promise<void> {
  const { from, to } = change;
  const namespaceId = await holdNamespaceOf(tx, change.projectId);
  const folder =
    change.documents === 'are gathered'
      ? sql.fragment`${to}`
      : sql.fragment`${to} || substr(folder, char_length(${from}) + 1)`;
  await tx.execute(sql`
    UPDATE knowledge_entries SET folder = ${folder}
    WHERE namespace_id = ${namespaceId} AND folder <> '/'
      AND (folder = ${from} OR starts_with(folder, ${`${from}/`}))`);
}

/** Puts an entry of the project into a folder. False: it has no such entry. */
export async function fileEntry(tx: Tx, { projectId, documentId, path }: FiledDocument): Promise<boolean> {
  const namespaceId = await holdNamespaceOf(tx, projectId);
  const filed = await tx.execute(sql`
    UPDATE knowledge_entries SET folder = ${path}
    WHERE id = ${documentId} AND namespace_id = ${namespaceId} AND file_id IS NULL`);
  return filed > 0;
}
