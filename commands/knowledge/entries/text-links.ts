import { wikiTitles } from '../../../domain/knowledge/entries/entry.ts';
import { type LinkOrigin, TEXT_RELATION } from '../../../domain/knowledge/entries/link.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** An entry whose namespace is held. */
interface HeldEntry {
  readonly id: string;
  readonly workspaceId: string;
  readonly namespaceId: string;
  readonly slug: string;
}

/**
 * Makes the links of a text those that it names in [[…]]. Titles that no entry of the namespace has are kept: whoever
 * makes such an entry is linked to then.
 */
export async function followText(
  tx: Tx,
  entry: HeldEntry,
  content: string,
  by: { readonly origin: LinkOrigin; readonly userId: string | null },
): Promise<void> {
  const titles = [...wikiTitles(content)].filter(([slug]) => slug !== entry.slug);
  const named = titles.map(([slug, title]) => ({ id: newId(), slug, title }));
  await tx.execute(sql`
    DELETE FROM knowledge_links l USING knowledge_entries t
    WHERE l.from_entry_id = ${entry.id} AND l.from_text AND t.id = l.to_entry_id
      AND t.slug <> ALL (${sql.array(
        named.map(({ slug }) => slug),
        'text',
      )})`);
  await tx.execute(sql`DELETE FROM knowledge_wanted_pages WHERE entry_id = ${entry.id}`);
  if (named.length === 0) return;
  await tx.execute(sql`
    INSERT INTO knowledge_links (id, workspace_id, from_entry_id, to_entry_id, relation, origin, from_text, created_by)
    SELECT r.id, ${entry.workspaceId}, ${entry.id}, t.id, ${TEXT_RELATION}, ${by.origin}, true, ${by.userId}
    FROM json_to_recordset(${sql.rows(named)}) AS r (id text, slug text)
    JOIN knowledge_entries t ON t.namespace_id = ${entry.namespaceId} AND t.slug = r.slug AND t.id <> ${entry.id}
    ON CONFLICT (from_entry_id, to_entry_id, relation) DO NOTHING`);
  await tx.execute(sql`
    INSERT INTO knowledge_wanted_pages (workspace_id, namespace_id, entry_id, slug, title)
    SELECT ${entry.workspaceId}, ${entry.namespaceId}, ${entry.id}, r.slug, r.title
    FROM json_to_recordset(${sql.rows(named)}) AS r (slug text, title text)
    WHERE NOT EXISTS (SELECT 1 FROM knowledge_entries t
      WHERE t.namespace_id = ${entry.namespaceId} AND t.slug = r.slug)`);
}

/** Whoever named this entry before it was there, links to it now. */
export async function answerWanted(tx: Tx, entry: HeldEntry): Promise<void> {
  const wanted = await tx.any<{ entry_id: string }>(sql`
    SELECT entry_id FROM knowledge_wanted_pages
    WHERE namespace_id = ${entry.namespaceId} AND slug = ${entry.slug} AND entry_id <> ${entry.id}`);
  if (wanted.length === 0) return;
  const links = wanted.map(({ entry_id: from }) => ({ id: newId(), from }));
  await tx.execute(sql`
    INSERT INTO knowledge_links (id, workspace_id, from_entry_id, to_entry_id, relation, origin, from_text)
    SELECT r.id, ${entry.workspaceId}, r."from", ${entry.id}, ${TEXT_RELATION}, 'human', true
    FROM json_to_recordset(${sql.rows(links)}) AS r (id text, "from" text)
    ON CONFLICT (from_entry_id, to_entry_id, relation) DO NOTHING`);
  await tx.execute(sql`
    DELETE FROM knowledge_wanted_pages WHERE namespace_id = ${entry.namespaceId} AND slug = ${entry.slug}`);
}

/** An entry is about to lose this title: texts that name it want one again. */
export async function wantAgain(tx: Tx, entry: HeldEntry, title: string): Promise<void> {
  await tx.execute(sql`
    INSERT INTO knowledge_wanted_pages (workspace_id, namespace_id, entry_id, slug, title)
    SELECT ${entry.workspaceId}, ${entry.namespaceId}, l.from_entry_id, ${entry.slug}, ${title}
    FROM knowledge_links l WHERE l.to_entry_id = ${entry.id} AND l.from_text
    ON CONFLICT (entry_id, slug) DO NOTHING`);
  await tx.execute(sql`DELETE FROM knowledge_links WHERE to_entry_id = ${entry.id} AND from_text`);
}
