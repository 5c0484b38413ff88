import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ReachedNamespace } from '../../../domain/knowledge/namespaces/namespace.ts';
import type { ActionCode, WikiAction } from '../../../domain/knowledge/wiki/wiki.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { findEntryPlaces, getEntryIn } from '../../../db/knowledge/entries/entries-store.ts';
import { reachIn } from '../../../db/knowledge/namespaces/reach.ts';
import { type ActionRow, findActions, findFindings, type FindingRow } from '../../../db/knowledge/wiki/wiki-rows.ts';
import { type KnowledgeCaller, knowledgeFrame, lockWritable } from '../namespaces/hold-namespace.ts';
import { type Change, changeEntry, mergeInto, undoChange } from './wiki-changes.ts';

export interface WikiRequest {
  readonly action: WikiAction;
  /** Of findings, or of entries that wait in a queue; of actions to be undone. */
  readonly ids: readonly string[];
  /** Into which others are merged. */
  readonly targetId: string | null;
  readonly reason: string | null;
}

export interface WikiResult {
  readonly id: string;
  readonly ok: boolean;
  readonly code: ActionCode | null;
  /** By which it is undone. */
  readonly action_id: string | null;
}

interface Named {
  readonly entryId: string;
  readonly namespaceId: string;
  readonly finding: FindingRow | null;
  readonly undone: ActionRow | null;
}

/**
 * Does the same about each of these rows, as far as it can be done, and keeps what it takes to undo it. What is out of
 * the caller’s reach is not found.
 */
export async function actOnWiki(
  tx: Tx,
  caller: KnowledgeCaller,
  request: WikiRequest,
  actor: Actor,
): Promise<readonly WikiResult[]> {
  const { action, ids, targetId } = request;
  if ((action === 'merge') !== (targetId !== null)) throw invalidField('target_id', 'is for merge, and needed there');
  const named = await findNamed(tx, caller.workspaceId, action, ids);
  const held = await holdAll(tx, caller, [...named.values()]);
  const results: WikiResult[] = [];
  for (const [index, id] of ids.entries()) {
    const refuse = (code: ActionCode) => results.push({ id, ok: false, code, action_id: null });
    const row = named.get(id);
    const namespace = row === undefined ? undefined : held.get(row.namespaceId);
    if (ids.indexOf(id) < index) refuse('repeated');
    else if (row === undefined || namespace === undefined) refuse('not_found');
    else if (typeof namespace === 'string') refuse(namespace);
    else {
      const change = await carryOut(tx, caller, request, row, namespace);
      if ('code' in change) refuse(change.code);
      else
        results.push({
          id,
          ok: true,
          code: null,
          action_id: await keep(tx, caller, request, row, namespace, change, actor),
        });
    }
  }
  return results;
}

async function findNamed(
  tx: Tx,
  workspaceId: string,
  action: WikiAction,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Named>> {
  if (action === 'undo') {
    const actions = await findActions(tx, workspaceId, ids);
    const findings = await findFindings(
      tx,
      workspaceId,
      actions.flatMap((one) => one.finding_id ?? []),
    );
    const rows = actions.map((undone): [string, Named] => {
      const finding = findings.find((one) => one.id === undone.finding_id) ?? null;
      return [undone.id, { entryId: undone.entry_id, namespaceId: undone.namespace_id, finding, undone }];
    });
    return new Map(rows);
  }
  const [findings, places] = [await findFindings(tx, workspaceId, ids), await findEntryPlaces(tx, workspaceId, ids)];
  return new Map([
    ...places.map(({ id, namespace_id: namespaceId }): [string, Named] => [
      id,
      { entryId: id, namespaceId, finding: null, undone: null },
    ]),
    ...findings.map((finding): [string, Named] => [
      finding.id,
      { entryId: finding.entry_id, namespaceId: finding.namespace_id, finding, undone: null },
    ]),
  ]);
}

/** The namespaces of these rows, locked in the order of their ids; or why one is not to be written in. */
async function holdAll(
  tx: Tx,
  caller: KnowledgeCaller,
  rows: readonly Named[],
): Promise<ReadonlyMap<string, ReachedNamespace | ActionCode>> {
  const held = new Map<string, ReachedNamespace | ActionCode>();
  for (const id of [...new Set(rows.map((row) => row.namespaceId))].toSorted()) {
    const namespace = await reachIn(tx, caller, { id });
    if (namespace === null) continue;
    try {
      held.set(id, await lockWritable(tx, caller, namespace));
    } catch (error) {
      if (!(error instanceof CrewshipError) || (error.code !== 'forbidden' && error.code !== 'wrong_state'))
        throw error;
      held.set(id, error.code);
    }
  }
  return held;
}

async function carryOut(
  tx: Tx,
  caller: KnowledgeCaller,
  { action, targetId }: WikiRequest,
  row: Named,
  namespace: ReachedNamespace,
): Promise<Change> {
  // As they are now that nobody else changes them.
  const places = await findEntryPlaces(tx, caller.workspaceId, [row.entryId, ...(targetId === null ? [] : [targetId])]);
  const isHere = (id: string) => places.some((one) => one.id === id && one.namespace_id === namespace.id);
  if (!isHere(row.entryId)) return { code: 'not_found' };
  const [finding = null] = row.finding === null ? [] : await findFindings(tx, caller.workspaceId, [row.finding.id]);
  const entry = await getEntryIn(tx, row.entryId);
  const on = { tx, caller, namespaceId: namespace.id, entry, finding };
  if (row.undone !== null) {
    const [undone] = await findActions(tx, caller.workspaceId, [row.undone.id]);
    if (undone === undefined || undone.is_undone || undone.action === 'undo') return { code: 'wrong_state' };
    return undoChange(on, { before: undone.before, targetId: undone.target_id });
  }
  if (targetId === null) return changeEntry(on, action);
  return isHere(targetId) ? mergeInto(on, await getEntryIn(tx, targetId)) : { code: 'not_found' };
}

/** The row of an action, with what it did to a finding and its entries in the journal. Returns its id. */
async function keep(
  tx: Tx,
  caller: KnowledgeCaller,
  { action, targetId, reason }: WikiRequest,
  { entryId, finding, undone }: Named,
  namespace: ReachedNamespace,
  change: Exclude<Change, { code: ActionCode }>,
  actor: Actor,
): Promise<string> {
  const id = newId();
  await tx.execute(sql`
    INSERT INTO wiki_actions (id, workspace_id, namespace_id, action, entry_id, finding_id, target_id, reason, before,
      undoes, created_by)
    VALUES (${id}, ${caller.workspaceId}, ${namespace.id}, ${action}, ${entryId}, ${finding?.id ?? null},
      ${targetId ?? undone?.target_id ?? null}, ${reason}, ${sql.jsonb(change.before as never)}, ${undone?.id ?? null},
      ${caller.userId})`);
  const status = undone === null ? change.finding : undone.before.finding;
  if (finding !== null && status !== undefined) {
    await tx.execute(sql`UPDATE wiki_findings SET status = ${status}, updated_at = now() WHERE id = ${finding.id}`);
  }
  const frame = knowledgeFrame(caller, namespace, actor);
  tx.journal({
    ...frame,
    type: 'wiki.action',
    summary: `wiki: ${action}`,
    payload: { action, action_id: id, entry_id: entryId, finding_id: finding?.id ?? null },
  });
  const from = change.before.entry?.status;
  if (change.to !== undefined && from !== undefined && from !== change.to) {
    tx.journal({
      ...frame,
      type: 'knowledge.entry_status',
      summary: `entry of knowledge ${change.to.replace('_', ' ')}`,
      payload: { entry_id: entryId, namespace_id: namespace.id, from, to: change.to },
    });
  }
  return id;
}
