import type { EntryStatus, KnowledgeEntry } from '../../../domain/knowledge/entries/entry.ts';
import type { Relation } from '../../../domain/knowledge/entries/link.ts';
import type { ActionCode, WikiAction } from '../../../domain/knowledge/wiki/wiki.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { getEntryIn } from '../../../db/knowledge/entries/entries-store.ts';
import { type FindingRow, findMovableLinks, type WikiBefore } from '../../../db/knowledge/wiki/wiki-rows.ts';
import { indexEntry } from '../entries/index-entry.ts';
import { keepVersion } from '../entries/entry-commands.ts';
import { addLinks } from '../entries/link-commands.ts';
import { followText } from '../entries/text-links.ts';
import type { KnowledgeCaller } from '../namespaces/hold-namespace.ts';

/** What an action did, or why it did nothing. */
export type Change =
  | { readonly before: WikiBefore; readonly finding?: 'resolved' | 'dismissed'; readonly to?: EntryStatus }
  | { readonly code: ActionCode };

/** From which states which action leads where. */
const MOVES: Readonly<Partial<Record<WikiAction, readonly [readonly EntryStatus[], EntryStatus]>>> = {
  approve: [['pending_review'], 'published'],
  reject: [['pending_review'], 'draft'],
  archive: [['draft', 'pending_review', 'published', 'stale', 'quarantined'], 'archived'],
  restore: [['archived'], 'published'],
  quarantine: [['draft', 'pending_review', 'published', 'stale'], 'quarantined'],
  release: [['quarantined'], 'published'],
  refresh: [['published', 'stale'], 'published'],
};

const MOST_CHARACTERS = 200_000;
const MOST_TAGS = 30;

/** An entry as an action has it; its namespace is held. */
export interface ActedOn {
  readonly tx: Tx;
  readonly caller: KnowledgeCaller;
  readonly namespaceId: string;
  readonly entry: KnowledgeEntry;
  readonly finding: FindingRow | null;
}

export async function changeEntry(on: ActedOn, action: WikiAction): Promise<Change> {
  const { entry, finding } = on;
  if (action === 'dismiss') {
    if (finding === null) return { code: 'not_applicable' };
    return finding.status === 'open'
      ? { before: { finding: finding.status }, finding: 'dismissed' }
      : { code: 'wrong_state' };
  }
  if (finding !== null && finding.status !== 'open') return { code: 'wrong_state' };
  const isProposal = finding?.kind === 'proposed_link' || finding?.kind === 'contradiction';
  if (finding !== null && (action === 'approve' || action === 'reject')) {
    if (!isProposal) return { code: 'not_applicable' };
    return action === 'approve' ? linkAsProposed(on, finding) : { before: { finding: 'open' }, finding: 'dismissed' };
  }
  const move = MOVES[action];
  if (move === undefined) return { code: 'not_applicable' };
  const [from, to] = move;
  if (!from.includes(entry.status)) return { code: 'wrong_state' };
  const made = await moveEntry(on, to, action === 'refresh' ? null : entry.expires_at);
  const { status, expires_at } = entry;
  const before = { entry: { status, expires_at, made }, ...(finding === null ? {} : { finding: finding.status }) };
  return { before, to, ...(finding === null ? {} : { finding: 'resolved' }) };
}

/** Returns the version that it makes. */
async function moveEntry(
  { tx, caller, entry }: Pick<ActedOn, 'tx' | 'caller' | 'entry'>,
  to: EntryStatus,
  expiresAt: string | null,
): Promise<number> {
  await tx.execute(sql`
    UPDATE knowledge_entries SET status = ${to}, expires_at = ${expiresAt}::timestamptz, version = version + 1,
      updated_at = now()
    WHERE id = ${entry.id}`);
  await keepVersion(tx, entry.id, caller.userId);
  return entry.version + 1;
}

async function linkAsProposed({ tx, caller, entry }: ActedOn, finding: FindingRow): Promise<Change> {
  const relation = finding.evidence.relation as Relation;
  const rationale = finding.evidence.rationale as string;
  const to = finding.other_entry_id;
  const exists = await tx.maybeOne(sql`
    SELECT 1 FROM knowledge_links
    WHERE from_entry_id = ${entry.id} AND to_entry_id = ${to} AND relation = ${relation}`);
  const before = { finding: finding.status };
  if (exists !== null) return { before, finding: 'resolved' };
  if ((await tx.maybeOne(sql`SELECT 1 FROM knowledge_entries WHERE id = ${to}`)) === null) return { code: 'not_found' };
  const [id] = await addLinks(
    tx,
    caller,
    entry.id,
    [{ to_entry_id: to, relation, weight: 1, rationale }],
    'meditation',
  );
  return { before: { ...before, made_link: id! }, finding: 'resolved' };
}

/** Puts an entry’s words, tags and links into another of its namespace, and itself into the archive. */
export async function mergeInto(on: ActedOn, target: KnowledgeEntry): Promise<Change> {
  const { tx, entry, finding } = on;
  if (finding !== null && finding.status !== 'open') return { code: 'wrong_state' };
  if (target.id === entry.id) return { code: 'not_applicable' };
  // What a hidden file says is found by nobody, under no title.
  if (entry.file_id !== null && entry.visibility === 'hidden') return { code: 'not_applicable' };
  const isLive = (one: KnowledgeEntry) => one.status === 'published' || one.status === 'stale';
  if (!isLive(target) || entry.status === 'archived' || entry.status === 'quarantined') return { code: 'wrong_state' };
  const content = target.content.includes(entry.content) ? target.content : `${target.content}\n\n${entry.content}`;
  if (content.length > MOST_CHARACTERS) return { code: 'too_long' };
  const tags = [...new Set([...target.tags, ...entry.tags])].slice(0, MOST_TAGS);
  const links = await findMovableLinks(tx, { entryId: entry.id, namespaceId: on.namespaceId }, target.id);
  await pointLinks(
    tx,
    links.map((link) => ({
      id: link.id,
      from: link.from === entry.id ? target.id : link.from,
      to: link.to === entry.id ? target.id : link.to,
    })),
  );
  await writeTarget(on, target, { content, tags });
  const made = await moveEntry(on, 'archived', entry.expires_at);
  const { status, expires_at } = entry;
  return {
    before: {
      entry: { status, expires_at, made },
      target: { version: target.version, made: target.version + 1 },
      links: links.map(({ id, from, to }) => ({ id, from, to })),
      ...(finding === null ? {} : { finding: finding.status }),
    },
    to: 'archived',
    ...(finding === null ? {} : { finding: 'resolved' }),
  };
}

/** A link whose place another one has taken meanwhile stays where it is. */
async function pointLinks(
  tx: Tx,
  links: readonly { readonly id: string; readonly from: string; readonly to: string }[],
): Promise<void> {
  if (links.length === 0) return;
  await tx.execute(sql`
    UPDATE knowledge_links l SET from_entry_id = r."from", to_entry_id = r."to", version = version + 1,
      updated_at = now()
    FROM json_to_recordset(${sql.rows(links)}) AS r (id text, "from" text, "to" text)
    WHERE l.id = r.id AND NOT EXISTS (
      SELECT 1 FROM knowledge_links o WHERE o.id <> l.id AND o.relation = l.relation
        AND o.from_entry_id = r."from" AND o.to_entry_id = r."to")`);
}

async function writeTarget(
  { tx, caller, namespaceId }: ActedOn,
  target: KnowledgeEntry,
  { content, tags }: { readonly content: string; readonly tags: readonly string[] },
): Promise<void> {
  await tx.execute(sql`
    UPDATE knowledge_entries SET content = ${content}, tags = ${sql.array([...tags], 'text')}, version = version + 1,
      updated_at = now()
    WHERE id = ${target.id}`);
  await keepVersion(tx, target.id, caller.userId);
  await indexEntry(tx, { id: target.id, title: target.title, content });
  const held = { id: target.id, workspaceId: caller.workspaceId, namespaceId, slug: target.slug };
  await followText(tx, held, content, { origin: 'human', userId: caller.userId });
}

/** Makes what an action changed as it was before, unless somebody has changed it since. */
export async function undoChange(
  on: ActedOn,
  { before, targetId }: { readonly before: WikiBefore; readonly targetId: string | null },
): Promise<Change> {
  const { tx, entry } = on;
  if (before.entry !== undefined && entry.version !== before.entry.made) return { code: 'changed_since' };
  if (before.target !== undefined && targetId !== null) {
    const target = await tx.maybeOne<{ version: number }>(sql`
      SELECT version FROM knowledge_entries WHERE id = ${targetId} AND namespace_id = ${on.namespaceId}`);
    if (target?.version !== before.target.made) return { code: 'changed_since' };
    const was = await tx.one<{ content: string; tags: readonly string[] }>(sql`
      SELECT content, tags FROM knowledge_entry_versions
      WHERE entry_id = ${targetId} AND version = ${before.target.version}`);
    await writeTarget(on, await getEntryIn(tx, targetId), was);
    await pointLinks(tx, before.links ?? []);
  }
  if (before.made_link !== undefined) await tx.execute(sql`DELETE FROM knowledge_links WHERE id = ${before.made_link}`);
  if (before.entry === undefined) return { before: {} };
  const { status, expires_at: expiresAt } = before.entry;
  const made = await moveEntry(on, status, expiresAt);
  return { before: { entry: { status: entry.status, expires_at: entry.expires_at, made } }, to: status };
}
