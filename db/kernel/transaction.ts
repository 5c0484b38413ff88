import type { CommonQueryMethods } from 'slonik';
import type { NewJournalEntry } from '../../domain/evidence/journal/new-journal-entry.ts';
import type { OutboxCommand } from '../../domain/kernel/outbox/outbox-command.ts';
import { appendJournal } from './append-journal.ts';
import { appendOutbox } from './append-outbox.ts';
import { named, type Query } from './sql.ts';
import type { TransactionEffects } from './transaction-effects.ts';

/**
 * One transaction: the rows it changes, the journal entries that say so, and the commands to carry out afterwards.
 * Entries and commands are gathered and written in one statement each, last thing before the commit; none of them can
 * be committed without the others.
 */
export interface Tx {
  readonly workspaceIds: readonly string[];
  /** What other families do in this transaction when a transition asks for it. */
  readonly effects: TransactionEffects;
  any<Row>(query: Query): Promise<readonly Row[]>;
  maybeOne<Row>(query: Query): Promise<Row | null>;
  /** The only row; fails when there is none. */
  one<Row>(query: Query): Promise<Row>;
  /** Number of rows changed. */
  execute(query: Query): Promise<number>;
  journal(entry: NewJournalEntry): void;
  /** Writes the entries gathered so far: for a transaction whose last statement locks what others wait for. */
  writeJournal(): Promise<void>;
  enqueue(command: OutboxCommand): void;
  /** Something other than `enqueue` wrote to the outbox (an SQL function): nudge the relay after commit. */
  touchOutbox(): void;
}

/** What a commit left for others to do. */
export interface Committed {
  readonly outbox: boolean;
  readonly journal: boolean;
}

export interface TxRecorder {
  readonly tx: Tx;
  /** Writes what was gathered. Called once, right before COMMIT. */
  flush(): Promise<Committed>;
}

export function recordTransaction(
  connection: CommonQueryMethods,
  options: { workspaceIds: readonly string[]; requestId: string | null; effects: TransactionEffects },
): TxRecorder {
  const entries: NewJournalEntry[] = [];
  const commands: OutboxCommand[] = [];
  let outboxTouched = false;
  let journalled = false;

  async function writeJournal(): Promise<void> {
    if (entries.length === 0) return;
    journalled = true;
    await appendJournal(connection, entries.splice(0), options.requestId);
  }

  const tx: Tx = {
    workspaceIds: options.workspaceIds,
    effects: options.effects,
    any: async <Row>(query: Query) => (await connection.any(named(query))) as readonly Row[],
    maybeOne: async <Row>(query: Query) => (await connection.maybeOne(named(query))) as Row | null,
    one: async <Row>(query: Query) => (await connection.one(named(query))) as Row,
    execute: async (query) => (await connection.query(named(query))).rowCount,
    journal: (entry) => void entries.push(entry),
    writeJournal,
    enqueue: (command) => void commands.push(command),
    touchOutbox: () => {
      outboxTouched = true;
    },
  };

  return {
    tx,
    async flush() {
      await writeJournal();
      if (commands.length > 0) await appendOutbox(connection, commands, options.requestId);
      return { outbox: outboxTouched || commands.length > 0, journal: journalled };
    },
  };
}
