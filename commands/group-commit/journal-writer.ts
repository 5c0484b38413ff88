import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import type {
  EntryFrame,
  EntryParts,
  NewJournalEntry,
  OpenParts,
} from '../../domain/evidence/journal/new-journal-entry.ts';
import { createGroupCommit, type Outcome } from '../../platform/group-commit/group-commit.ts';
import { newJournalId } from '../../platform/ids/ids.ts';
import type { Database } from '../../db/kernel/database.ts';
import { TransitionAlreadyCommitted } from '../../db/kernel/database-errors.ts';
import { sql } from '../../db/kernel/sql.ts';
import type { Tx } from '../../db/kernel/transaction.ts';
import { type ClaimedScope, createCallScopes } from '../../db/money/ledger/call-scopes.ts';
import { busy, isOutage } from './ledger-writer.ts';

/** An entry that a crew writes about itself; its crew is proven, the rest as it says. */
export interface EmittedEntry extends ClaimedScope {
  readonly entry: Pick<EntryFrame, 'actor' | 'summary' | 'refs' | 'severity' | 'spanId'> &
    (EntryParts<'network.egress'> | OpenParts);
  /** Default: normal. */
  readonly priority?: 'normal' | 'high';
  /** Repeated with the same key, it is the same entry. */
  readonly key: string | null;
}

export interface JournalWriter {
  /** Resolves with the entry's id when it is durable. Throws `forbidden`, `unavailable`. */
  emit(entry: EmittedEntry): Promise<{ readonly id: string }>;
  /** Accepts nothing more; resolves when all that was accepted is settled. */
  close(): Promise<void>;
}

const MAX_BATCH = 256;
const MAX_QUEUED = 10_000;

/** Entries from crews, written in groups: what arrives together is one statement. */
export function createJournalWriter(deps: { readonly db: Database }): JournalWriter {
  const { db } = deps;
  const scopes = createCallScopes(db);

  async function commit(items: readonly EmittedEntry[]): Promise<readonly Outcome<{ id: string }>[]> {
    const found = await scopes.resolve(items);
    const entries: NewJournalEntry[] = [];
    const high: { entry_id: string; workspace_id: string }[] = [];
    const outcomes = found.map((scope, index): Outcome<{ id: string }> => {
      if (scope instanceof CrewshipError) return { ok: false, error: scope };
      const { entry, ...item } = items[index]!;
      const id = newJournalId();
      if (item.priority === 'high') high.push({ entry_id: id, workspace_id: item.workspaceId });
      entries.push({
        ...entry,
        id,
        workspaceId: item.workspaceId,
        crewId: item.crewId,
        agentId: item.agentId,
        missionId: scope.missionId,
        taskId: scope.taskId,
        traceId: item.runId,
        ...(item.key === null ? {} : { transitionId: transitionOf(item) }),
      });
      return { ok: true, result: { id } };
    });
    if (entries.length === 0) return outcomes;
    const workspaceIds = [...new Set(items.map(({ workspaceId }) => workspaceId))].sort();
    try {
      await db.transaction({ workspaceIds }, async (tx) => {
        for (const entry of entries) tx.journal(entry);
        if (high.length > 0) await annotate(tx, high);
      });
    } catch (error) {
      // Of several, nobody knows which was there: they are tried again one by one.
      if (!(error instanceof TransitionAlreadyCommitted) || items.length > 1) throw error;
      return [{ ok: true, result: { id: await repeatedId(items[0]!) } }];
    }
    return outcomes;
  }

  async function repeatedId(item: EmittedEntry): Promise<string> {
    const row = await db.reads.maybeOne<{ entry_id: string }>(
      [item.workspaceId],
      sql`SELECT entry_id FROM transitions WHERE id = ${transitionOf(item)}`,
    );
    if (row === null) throw new CrewshipError('conflict', 'this key is taken');
    return row.entry_id;
  }

  const group = createGroupCommit<EmittedEntry, { readonly id: string }>({
    commit,
    maxBatch: MAX_BATCH,
    maxQueued: MAX_QUEUED,
    maxInFlight: 1,
    isOutage,
    refusal: busy,
    shareOf: ({ workspaceId }) => workspaceId,
  });
  return { emit: (entry) => group.submit(entry), close: () => group.drain() };
}

async function annotate(tx: Tx, high: readonly { readonly entry_id: string; readonly workspace_id: string }[]) {
  await tx.execute(sql`
    INSERT INTO journal_annotations (entry_id, workspace_id, priority)
    SELECT entry_id, workspace_id, 'high'
    FROM json_to_recordset(${sql.rows(high)}) AS r(entry_id text, workspace_id text)`);
}

function transitionOf(item: Pick<EmittedEntry, 'crewId' | 'key'>): string {
  return `emit-${item.crewId}:${item.key}`;
}
