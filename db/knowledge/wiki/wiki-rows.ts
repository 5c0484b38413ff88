import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { Relation } from '../../../domain/knowledge/entries/link.ts';
import type { EntryStatus } from '../../../domain/knowledge/entries/entry.ts';
import type { FindingKind, FindingStatus, WikiAction } from '../../../domain/knowledge/wiki/wiki.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

export interface FindingRow {
  readonly id: string;
  readonly namespace_id: string;
  readonly entry_id: string;
  readonly other_entry_id: string;
  readonly kind: FindingKind;
  readonly status: FindingStatus;
  readonly evidence: JsonObject;
}

/** Of these, those that are there. */
export function findFindings(tx: Tx, workspaceId: string, ids: readonly string[]): Promise<readonly FindingRow[]> {
  return tx.any<FindingRow>(sql`
    SELECT id, namespace_id, entry_id, other_entry_id, kind, status, evidence FROM wiki_findings
    WHERE id = ANY (${sql.array([...ids], 'text')}) AND workspace_id = ${workspaceId}`);
}

/** What it takes to undo an action. */
export interface WikiBefore {
  /** What the entry was, and the version that the action made of it. */
  readonly entry?: { readonly status: EntryStatus; readonly expires_at: string | null; readonly made: number };
  /** The entry that took it in: what it was, and is. */
  readonly target?: { readonly version: number; readonly made: number };
  /** Links that lead elsewhere since. */
  readonly links?: readonly { readonly id: string; readonly from: string; readonly to: string }[];
  readonly made_link?: string;
  readonly finding?: FindingStatus;
}

export interface ActionRow {
  readonly id: string;
  readonly namespace_id: string;
  readonly action: WikiAction;
  readonly entry_id: string;
  readonly finding_id: string | null;
  readonly target_id: string | null;
  readonly before: WikiBefore;
  readonly is_undone: boolean;
}

/** Of these, those that are there. */
export function findActions(tx: Tx, workspaceId: string, ids: readonly string[]): Promise<readonly ActionRow[]> {
  return tx.any<ActionRow>(sql`
    SELECT a.id, a.namespace_id, a.action, a.entry_id, a.finding_id, a.target_id, a.before,
      EXISTS (SELECT 1 FROM wiki_actions u WHERE u.undoes = a.id) AS is_undone
    FROM wiki_actions a WHERE a.id = ANY (${sql.array([...ids], 'text')}) AND a.workspace_id = ${workspaceId}`);
}

export interface MovableLink {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly relation: Relation;
}

/**
 * Links of an entry that its text, or another's, does not make, and that lead to or from others than `except`. Only
 * those from within its namespace, which is held: what leads here from elsewhere is others' to change.
 */
export function findMovableLinks(
  tx: Tx,
  { entryId, namespaceId }: { readonly entryId: string; readonly namespaceId: string },
  except: string,
): Promise<readonly MovableLink[]> {
  return tx.any<MovableLink>(sql`
    SELECT l.id, l.from_entry_id AS "from", l.to_entry_id AS "to", l.relation FROM knowledge_links l
    JOIN knowledge_entries f ON f.id = l.from_entry_id AND f.namespace_id = ${namespaceId}
    WHERE (l.from_entry_id = ${entryId} OR l.to_entry_id = ${entryId}) AND NOT l.from_text
      AND l.from_entry_id <> ${except} AND l.to_entry_id <> ${except}
      AND NOT EXISTS (
        SELECT 1 FROM knowledge_links o WHERE o.relation = l.relation
          AND o.from_entry_id = CASE WHEN l.from_entry_id = ${entryId} THEN ${except} ELSE l.from_entry_id END
          AND o.to_entry_id = CASE WHEN l.to_entry_id = ${entryId} THEN ${except} ELSE l.to_entry_id END)
    ORDER BY l.id`);
}
