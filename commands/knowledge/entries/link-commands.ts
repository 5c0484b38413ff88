import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  type KnowledgeLink,
  type LinkFields,
  type LinkOrigin,
  type LinkStatus,
  MAX_LINKS,
} from '../../../domain/knowledge/entries/link.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { getLinkIn } from '../../../db/knowledge/entries/links-store.ts';
import { type KnowledgeCaller, knowledgeFrame } from '../namespaces/hold-namespace.ts';
import { holdEntry, refuseUnseen, type HeldEntry } from './hold-entry.ts';

export interface NewLink extends LinkFields {
  readonly to_entry_id: string;
}

const exists = () => new CrewshipError('conflict', 'such a link exists', { extensions: { reason: 'exists' } });

/**
 * Adds links from an entry whose namespace is held. Throws `not_found` for an end that the caller does not see,
 * `invalid_request` for one to the entry itself, `conflict` for one that exists, `limit_reached`.
 */
export async function addLinks(
  tx: Tx,
  caller: KnowledgeCaller,
  entryId: string,
  links: readonly NewLink[],
  origin: LinkOrigin,
): Promise<readonly string[]> {
  if (links.length === 0) return [];
  if (links.some(({ to_entry_id: to }) => to === entryId)) throw invalidField('to_entry_id', 'is the entry itself');
  await refuseUnseen(
    tx,
    caller,
    links.map(({ to_entry_id: to }) => to),
  );
  const { total } = await tx.one<{ total: number }>(sql`
    SELECT count(*) AS total FROM knowledge_links WHERE from_entry_id = ${entryId} AND NOT from_text`);
  if (total + links.length > MAX_LINKS) {
    throw new CrewshipError('limit_reached', `from an entry lead at most ${MAX_LINKS} links`);
  }
  const rows = links.map((link) => ({ ...link, id: newId() }));
  const made = await tx.execute(sql`
    INSERT INTO knowledge_links (id, workspace_id, from_entry_id, to_entry_id, relation, weight, rationale, origin,
      created_by)
    SELECT r.id, ${caller.workspaceId}, ${entryId}, r.to_entry_id, r.relation, r.weight, r.rationale, ${origin},
      ${caller.userId}
    FROM json_to_recordset(${sql.rows(rows)}) AS r (id text, to_entry_id text, relation text, weight double precision,
      rationale text)
    ON CONFLICT (from_entry_id, to_entry_id, relation) DO NOTHING`);
  if (made < rows.length) throw exists();
  return rows.map(({ id }) => id);
}

export interface LinkCall extends KnowledgeCaller {
  readonly entryId: string;
}

function journalLink(
  tx: Tx,
  caller: KnowledgeCaller,
  { entry, namespace }: HeldEntry,
  actor: Actor,
  payload: { readonly link_id: string; readonly change: 'created' | 'updated' | 'deleted' },
): void {
  tx.journal({
    ...knowledgeFrame(caller, namespace, actor),
    type: 'knowledge.link_changed',
    summary: `link of knowledge ${payload.change}`,
    payload: { entry_id: entry.id, namespace_id: namespace.id, ...payload },
  });
}

/** Throws as {@link addLinks} and `holdEntry`. */
export async function createLink(tx: Tx, call: LinkCall, link: NewLink, actor: Actor): Promise<KnowledgeLink> {
  const held = await holdEntry(tx, call, call.entryId);
  const [id] = await addLinks(tx, call, held.entry.id, [link], 'human');
  journalLink(tx, call, held, actor, { link_id: id!, change: 'created' });
  return getLinkIn(tx, held.entry.id, id!);
}

/** A link from an entry that is held, which people may change. Throws `not_found`, `conflict` for one of its text. */
async function holdLink(tx: Tx, call: LinkCall, linkId: string): Promise<HeldEntry> {
  const held = await holdEntry(tx, call, call.entryId);
  const link = await getLinkIn(tx, held.entry.id, linkId);
  // Seen as a whole or not at all.
  await refuseUnseen(tx, call, [link.to_entry_id]);
  if (link.from_text) {
    throw new CrewshipError('conflict', 'the entry’s text makes this link: change that', {
      extensions: { reason: 'from_text' },
    });
  }
  return held;
}

/** Throws `conflict` for a relation that another link has, and as {@link holdLink}. */
export async function updateLink(
  tx: Tx,
  call: LinkCall,
  linkId: string,
  patch: { readonly [Field in keyof LinkFields]?: LinkFields[Field] | undefined } & {
    readonly status?: LinkStatus | undefined;
  },
  actor: Actor,
): Promise<KnowledgeLink> {
  const held = await holdLink(tx, call, linkId);
  const set: Record<string, Fragment> = {};
  for (const [name, value] of Object.entries(patch)) if (value !== undefined) set[name] = sql.fragment`${value}`;
  if (patch.relation !== undefined) {
    const other = await tx.maybeOne(sql`
      SELECT 1 FROM knowledge_links l JOIN knowledge_links o ON o.from_entry_id = l.from_entry_id
        AND o.to_entry_id = l.to_entry_id AND o.id <> l.id AND o.relation = ${patch.relation}
      WHERE l.id = ${linkId}`);
    if (other !== null) throw exists();
  }
  const more = { version: sql.fragment`version + 1`, updated_at: sql.fragment`now()` };
  await tx.execute(sql`UPDATE knowledge_links SET ${assignments({ ...set, ...more })} WHERE id = ${linkId}`);
  journalLink(tx, call, held, actor, { link_id: linkId, change: 'updated' });
  return getLinkIn(tx, held.entry.id, linkId);
}

/** Throws as {@link holdLink}. */
export async function deleteLink(tx: Tx, call: LinkCall, linkId: string, actor: Actor): Promise<void> {
  const held = await holdLink(tx, call, linkId);
  await tx.execute(sql`DELETE FROM knowledge_links WHERE id = ${linkId}`);
  journalLink(tx, call, held, actor, { link_id: linkId, change: 'deleted' });
}
