import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { type KnowledgeEntry, READ_STATUSES } from '../../../domain/knowledge/entries/entry.ts';
import type { ReachedNamespace } from '../../../domain/knowledge/namespaces/namespace.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type EntryPlace, findEntryPlaces, getEntryIn } from '../../../db/knowledge/entries/entries-store.ts';
import { reachIn } from '../../../db/knowledge/namespaces/reach.ts';
import { type KnowledgeCaller, lockWritable } from '../namespaces/hold-namespace.ts';

export interface HeldEntry {
  readonly entry: KnowledgeEntry;
  readonly namespace: ReachedNamespace;
}

function isSeen({ status, visibility }: EntryPlace, { access }: ReachedNamespace): boolean {
  return access === 'write' || (READ_STATUSES.includes(status) && visibility === 'visible');
}

/**
 * An entry whose namespace is held by who writes in it. Throws `not_found` for one out of sight, `forbidden` where they
 * only read, `wrong_state` in the archive.
 */
export async function holdEntry(tx: Tx, caller: KnowledgeCaller, id: string): Promise<HeldEntry> {
  const [place] = await findEntryPlaces(tx, caller.workspaceId, [id]);
  const namespace = place === undefined ? null : await reachIn(tx, caller, { id: place.namespace_id });
  if (place === undefined || namespace === null || !isSeen(place, namespace)) throw notFound('entry');
  const held = await lockWritable(tx, caller, namespace);
  return { namespace: held, entry: await getEntryIn(tx, id) };
}

/** Throws `not_found` unless the caller sees all of these entries. */
export async function refuseUnseen(tx: Tx, caller: KnowledgeCaller, ids: readonly string[]): Promise<void> {
  const wanted = new Set(ids);
  const places = await findEntryPlaces(tx, caller.workspaceId, [...wanted]);
  const namespaces = new Map<string, ReachedNamespace | null>();
  for (const { namespace_id: id } of places) {
    if (!namespaces.has(id)) namespaces.set(id, await reachIn(tx, caller, { id }));
  }
  const seen = places.filter((place) => {
    const namespace = namespaces.get(place.namespace_id);
    return namespace != null && isSeen(place, namespace);
  });
  if (seen.length !== wanted.size) throw notFound('entry');
}

/** Throws `version_conflict` when somebody was faster. */
export function refuseStale(current: number, given: number): void {
  if (current === given) return;
  throw new CrewshipError('version_conflict', `the entry is at version ${current}; read it again`, {
    extensions: { current_version: current },
  });
}
