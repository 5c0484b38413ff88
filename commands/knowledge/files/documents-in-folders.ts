import { sql } from '../../../db/kernel/sql.ts';
import type { ChangedFolders, FiledDocument } from '../../../db/kernel/transaction-effects.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { refileFiles } from './refile-files.ts';

/** Nobody writes in the namespace of a project meanwhile. */
async function holdNamespaceOf(tx: Tx, projectId: string): Promise<string> {
  const { id } = await tx.one<{ id: string }>(sql`
    SELECT id FROM knowledge_namespaces WHERE project_id = ${projectId} FOR UPDATE`);
  return id;
}

/** As files have it: without the slash that paths begin with. */
const folderOfFiles = (path: string) => path.slice(1);

/** Entries and files follow the folders that they are in. It is no change of what they say: their versions stay. */
export async function moveDocuments(tx: Tx, change: ChangedFolders): Promise<void> {
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
  const [left, reached] = [folderOfFiles(from), folderOfFiles(to)];
  await refileFiles(tx, namespaceId, {
    which: sql.fragment`(folder = ${left} OR starts_with(folder, ${`${left}/`}))`,
    folder:
      change.documents === 'are gathered'
        ? sql.fragment`${reached}`
        : sql.fragment`${reached} || substr(folder, char_length(${left}) + 1)`,
  });
}

/** Puts an entry of the project, or a file, into a folder. False: it has none of this id. */
export async function fileDocument(tx: Tx, { projectId, documentId, path }: FiledDocument): Promise<boolean> {
  const namespaceId = await holdNamespaceOf(tx, projectId);
  const filed = await tx.execute(sql`
    UPDATE knowledge_entries SET folder = ${path}
    WHERE id = ${documentId} AND namespace_id = ${namespaceId} AND file_id IS NULL`);
  if (filed > 0) return true;
  const which = sql.fragment`id = ${documentId}`;
  return (await refileFiles(tx, namespaceId, { which, folder: sql.fragment`${folderOfFiles(path)}` })) > 0;
}
