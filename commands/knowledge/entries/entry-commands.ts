import { type Actor, roleAllows } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  type EntryFields,
  entrySlug,
  type EntryStatus,
  type KnowledgeEntry,
  NEXT_STATUSES,
  reviewedStatus,
} from '../../../domain/knowledge/entries/entry.ts';
import type { LinkOrigin } from '../../../domain/knowledge/entries/link.ts';
import type { ReachedNamespace } from '../../../domain/knowledge/namespaces/namespace.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { getEntryIn } from '../../../db/knowledge/entries/entries-store.ts';
import { holdNamespace, type KnowledgeCaller, knowledgeFrame } from '../namespaces/hold-namespace.ts';
import { type HeldEntry, holdEntry, refuseStale } from './hold-entry.ts';
import { indexEntry } from './index-entry.ts';
import { addLinks, type NewLink } from './link-commands.ts';
import { answerWanted, followText, wantAgain } from './text-links.ts';

/** Who writes an entry, if not a person of the namespace in their own words. */
export interface Authorship {
  readonly origin: LinkOrigin;
  /** Whether it waits for a review, wherever it is written. */
  readonly needsReview: boolean;
}

const BY_PEOPLE: Authorship = { origin: 'human', needsReview: false };

function columnsOf(fields: EntryFields) {
  const { source } = fields;
  return {
    title: sql.fragment`${fields.title}`,
    kind: sql.fragment`${fields.kind}`,
    content: sql.fragment`${fields.content}`,
    summary: sql.fragment`${fields.summary}`,
    tags: sql.fragment`${sql.array([...fields.tags], 'text')}`,
    status: sql.fragment`${fields.status}`,
    visibility: sql.fragment`${fields.visibility}`,
    source_type: sql.fragment`${source?.type ?? null}`,
    source_url: sql.fragment`${source?.url ?? null}`,
    confidence: sql.fragment`${fields.confidence}::double precision`,
    expires_at: sql.fragment`${fields.expires_at}::timestamptz`,
  };
}

/** Throws `conflict` for a title that another entry of the namespace has. */
async function freeSlug(tx: Tx, namespace: ReachedNamespace, title: string, ownId: string | null): Promise<string> {
  const slug = entrySlug(title);
  if (slug === '') throw invalidField('title', 'must have a letter or a digit');
  const taken = await tx.maybeOne(sql`
    SELECT 1 FROM knowledge_entries
    WHERE namespace_id = ${namespace.id} AND slug = ${slug} AND id IS DISTINCT FROM ${ownId}`);
  if (taken !== null) {
    throw new CrewshipError('conflict', 'an entry of the namespace has this title', {
      fields: [{ path: 'title', message: 'is taken' }],
      extensions: { reason: 'slug', slug },
    });
  }
  return slug;
}

export function keepVersion(tx: Tx, id: string, userId: string | null): Promise<void> {
  return keepVersions(tx, [id], userId);
}

/** The versions that these entries are at by now. */
export async function keepVersions(tx: Tx, ids: readonly string[], userId: string | null): Promise<void> {
  await tx.execute(sql`
    INSERT INTO knowledge_entry_versions (workspace_id, entry_id, version, title, kind, content, summary, tags, status,
      visibility, source_type, source_url, confidence, expires_at, changed_by)
    SELECT workspace_id, id, version, title, kind, content, summary, tags, status, visibility, source_type, source_url,
      confidence, expires_at, ${userId}
    FROM knowledge_entries WHERE id = ANY (${sql.array([...ids], 'text')})`);
}

/**
 * Writes an entry into a namespace, which a MANAGER makes by this if it is missing. Throws `not_found`, `forbidden`,
 * `wrong_state` in the archive, `conflict` for a taken title, `limit_reached`.
 */
export async function createEntry(
  tx: Tx,
  caller: KnowledgeCaller,
  given: EntryFields & { readonly namespace: string; readonly links: readonly NewLink[] },
  actor: Actor,
  authorship: Authorship = BY_PEOPLE,
): Promise<KnowledgeEntry> {
  const namespace = await holdNamespace(tx, caller, given.namespace, actor);
  return insertEntry(tx, caller, namespace, given, actor, { ...authorship, file: null });
}

/** Which part of which file an entry is made of. */
export interface FilePart {
  readonly fileId: string;
  readonly part: number;
}

/** Writes an entry into a namespace that is held, as what it was made from if it was made from a file. */
export async function insertEntry(
  tx: Tx,
  caller: KnowledgeCaller,
  namespace: ReachedNamespace,
  given: EntryFields & { readonly links: readonly NewLink[] },
  actor: Actor,
  { origin, needsReview, file }: Authorship & { readonly file: FilePart | null },
): Promise<KnowledgeEntry> {
  const slug = await freeSlug(tx, namespace, given.title, null);
  const status = reviewedStatus(given.status, needsReview || namespace.review_required);
  const id = newId();
  const { workspaceId, userId } = caller;
  const columns = {
    ...columnsOf({ ...given, status }),
    id: sql.fragment`${id}`,
    workspace_id: sql.fragment`${workspaceId}`,
    namespace_id: sql.fragment`${namespace.id}`,
    slug: sql.fragment`${slug}`,
    file_id: sql.fragment`${file?.fileId ?? null}`,
    file_part: sql.fragment`${file?.part ?? null}`,
    created_by: sql.fragment`${userId}`,
  };
  const names = sql.join(
    Object.keys(columns).map((name) => sql.identifier([name])),
    sql.fragment`, `,
  );
  await tx.execute(sql`
    INSERT INTO knowledge_entries (${names}) VALUES (${sql.join(Object.values(columns), sql.fragment`, `)})`);
  await keepVersion(tx, id, userId);
  await indexEntry(tx, { id, ...given });
  const held = { id, workspaceId, namespaceId: namespace.id, slug };
  await followText(tx, held, given.content, { origin, userId });
  await answerWanted(tx, held);
  await addLinks(tx, caller, id, given.links, origin);
  tx.journal({
    ...knowledgeFrame(caller, namespace, actor),
    type: 'knowledge.entry_created',
    summary: 'entry of knowledge created',
    payload: { entry_id: id, namespace_id: namespace.id, status },
  });
  return getEntryIn(tx, id);
}

function changedFields(before: EntryFields, after: EntryFields): string[] {
  const names = Object.keys(columnsOf(after)).map((name) => (name.startsWith('source_') ? 'source' : name));
  return [...new Set(names)].filter((name) => {
    const [was, is] = [before[name as keyof EntryFields], after[name as keyof EntryFields]];
    if (name === 'expires_at') return momentOf(was) !== momentOf(is);
    return JSON.stringify(was) !== JSON.stringify(is);
  });
}

const momentOf = (value: unknown) => (typeof value === 'string' ? Date.parse(value) : null);

/**
 * Puts a whole entry in place of the version that was read. Throws `version_conflict`, `wrong_state` for a state that
 * does not follow, and as {@link createEntry}.
 */
export async function replaceEntry(
  tx: Tx,
  caller: KnowledgeCaller,
  change: { readonly id: string; readonly version: number; readonly fields: EntryFields },
  actor: Actor,
  check: (current: KnowledgeEntry) => void = () => {},
): Promise<KnowledgeEntry> {
  const { entry, namespace } = await holdEntry(tx, caller, change.id);
  check(entry);
  refuseStale(entry.version, change.version);
  const isSameText = changedFields(entry, change.fields).every((name) => name === 'status');
  const status = nextStatus(entry.status, change.fields.status, { needsReview: namespace.review_required, isSameText });
  await refuseShown(tx, entry, change.fields);
  return rewriteEntry(tx, caller, { entry, namespace }, { ...change.fields, status }, actor, 'human');
}

/** An entry of a hidden file stays hidden, whatever is said of it. */
async function refuseShown(tx: Tx, entry: KnowledgeEntry, { visibility }: EntryFields): Promise<void> {
  if (visibility === 'hidden' || entry.file_id === null) return;
  const file = await tx.one<{ visible: boolean }>(sql`SELECT visible FROM knowledge_files WHERE id = ${entry.file_id}`);
  if (file.visible) return;
  throw new CrewshipError('conflict', 'the file that it was made from is hidden', {
    fields: [{ path: 'visibility', message: 'must be hidden as its file is' }],
    extensions: { reason: 'file_hidden', file_id: entry.file_id },
  });
}

/** Makes the next version of an entry that is held, in the state that it is given; none where nothing is new. */
export async function rewriteEntry(
  tx: Tx,
  caller: KnowledgeCaller,
  { entry, namespace }: HeldEntry,
  fields: EntryFields,
  actor: Actor,
  origin: LinkOrigin,
): Promise<KnowledgeEntry> {
  const changed = changedFields(entry, fields);
  if (changed.length === 0) return entry;
  const slug = await freeSlug(tx, namespace, fields.title, entry.id);
  const held = { id: entry.id, workspaceId: caller.workspaceId, namespaceId: namespace.id };
  if (slug !== entry.slug) await wantAgain(tx, { ...held, slug: entry.slug }, entry.title);
  const set = assignments({
    ...columnsOf(fields),
    slug: sql.fragment`${slug}`,
    version: sql.fragment`version + 1`,
    updated_at: sql.fragment`now()`,
  });
  await tx.execute(sql`UPDATE knowledge_entries SET ${set} WHERE id = ${entry.id} AND version = ${entry.version}`);
  await keepVersion(tx, entry.id, caller.userId);
  if (changed.includes('content') || changed.includes('title')) await indexEntry(tx, { id: entry.id, ...fields });
  if (changed.includes('content') || slug !== entry.slug) {
    await followText(tx, { ...held, slug }, fields.content, { origin, userId: caller.userId });
  }
  if (slug !== entry.slug) await answerWanted(tx, { ...held, slug });
  const frame = knowledgeFrame(caller, namespace, actor);
  const named = { entry_id: entry.id, namespace_id: namespace.id };
  tx.journal({
    ...frame,
    type: 'knowledge.entry_updated',
    summary: 'entry of knowledge changed',
    payload: { ...named, version: entry.version + 1, changed_fields: changed },
  });
  if (fields.status !== entry.status) {
    tx.journal({
      ...frame,
      type: 'knowledge.entry_status',
      summary: `entry of knowledge ${fields.status.replace('_', ' ')}`,
      payload: { ...named, from: entry.status, to: fields.status },
    });
  }
  return getEntryIn(tx, entry.id);
}

/** What was reviewed needs no review to be called stale. Throws `wrong_state` with the state that it has. */
function nextStatus(
  from: EntryStatus,
  to: EntryStatus,
  { needsReview, isSameText }: { readonly needsReview: boolean; readonly isSameText: boolean },
): EntryStatus {
  if (from !== to && !NEXT_STATUSES[from].includes(to)) throw wrongState('entry', from);
  if (isSameText && (to === from || to === 'stale')) return to;
  return from === 'pending_review' && to === from ? from : reviewedStatus(to, needsReview);
}

/** Its author’s, or an administrator’s. Throws `forbidden`, and as {@link holdEntry}. */
export async function deleteEntry(tx: Tx, caller: KnowledgeCaller, id: string, actor: Actor): Promise<void> {
  const { entry, namespace } = await holdEntry(tx, caller, id);
  refuseUnlessOwn(entry.created_by, caller);
  await dropEntry(tx, caller, namespace, entry, actor);
}

/** Throws `forbidden` for who neither made it nor administers the workspace. */
export function refuseUnlessOwn(createdBy: string | null, caller: KnowledgeCaller): void {
  if (createdBy === caller.userId || roleAllows(caller.role, { action: 'manage' })) return;
  throw new CrewshipError('forbidden', 'only its author or an administrator deletes it');
}

/** Deletes an entry of a namespace that is held, with its versions and links. */
export async function dropEntry(
  tx: Tx,
  caller: Pick<KnowledgeCaller, 'workspaceId'>,
  namespace: ReachedNamespace,
  entry: Pick<KnowledgeEntry, 'id' | 'slug' | 'title'>,
  actor: Actor,
): Promise<void> {
  const held = { id: entry.id, workspaceId: caller.workspaceId, namespaceId: namespace.id, slug: entry.slug };
  await wantAgain(tx, held, entry.title);
  await tx.execute(sql`DELETE FROM knowledge_entries WHERE id = ${entry.id}`);
  tx.journal({
    ...knowledgeFrame(caller, namespace, actor),
    type: 'knowledge.entry_deleted',
    summary: 'entry of knowledge deleted',
    payload: { entry_id: entry.id, namespace_id: namespace.id },
  });
}
