import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Database } from '../../db/kernel/database.ts';
import type { Query } from '../../db/kernel/sql.ts';
import type { Tx } from '../../db/kernel/transaction.ts';

const DOCUMENT = path.resolve(import.meta.dirname, '../../commands/engine/LOCK-ORDER.md');

/** What SQL functions lock, which a statement that calls them does not show. */
const FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  crewship_admit_runs: ['slot_scopes'],
  crewship_release_slots: ['slot_scopes'],
  crewship_set_capacity: ['slot_scopes'],
  crewship_start_waiting: ['runs', 'slot_scopes'],
  crewship_stop_waiting: ['runs', 'slot_scopes'],
  crewship_lock_hosts: ['slot_scopes'],
  crewship_park_runs: ['slot_scopes'],
  crewship_join_build: ['image_builds'],
  crewship_forget_image: ['crews', 'cached_images'],
};

/** What LOCK-ORDER.md says: gates in their order, guarded rows, and pairs that may be taken the other way round. */
function readLockOrder(text = readFileSync(DOCUMENT, 'utf8')) {
  const [, gates = '', guarded = '', exceptions = ''] = text.split(/^## /m);
  const names = (line: string) => [...line.matchAll(/`([a-z_]+)`/g)].map(([, name]) => name!);
  const exceptional = [...exceptions.matchAll(/^- ([^:]*) after ([^:]*):/gm)];
  return {
    gates: [...gates.matchAll(/^\d+\. `([a-z_]+)`/gm)].map(([, table]) => table!),
    guarded: new Set([...guarded.matchAll(/^- ([^:]*):/gm)].flatMap(([, tables]) => names(tables!))),
    exceptions: new Set(
      exceptional.flatMap(([, early, late]) =>
        names(early!).flatMap((first) => names(late!).map((second) => `${first} after ${second}`)),
      ),
    ),
  };
}

interface Lock {
  readonly table: string;
  /** False: SKIP LOCKED, which takes what it gets. */
  readonly waits: boolean;
}

/** The table that an alias of a statement stands for. */
function tableOf(statement: string, alias: string): string {
  const named = new RegExp(`\\b(?:FROM|JOIN|,|UPDATE)\\s+([a-z_]+)\\s+(?:AS\\s+)?${alias}\\b`).exec(statement);
  return named?.[1] ?? alias;
}

/**
 * The table that the select which ends at `end` reads first: the last FROM before it that is in no bracket of its own.
 */
function tableBefore(statement: string, end: number): string | undefined {
  let text = statement.slice(0, end);
  for (let inner = ''; inner !== text; ) {
    inner = text;
    text = text.replaceAll(/\([^()]*\)/g, '');
  }
  return [...text.matchAll(/\bFROM\s+([a-z_]+)\b/g)].at(-1)?.[1];
}

/** Tables whose rows a statement locks, in the order of its text. */
export function locksOf(text: string): Lock[] {
  const statement = text.replaceAll('"', '');
  const found: (Lock & { at: number })[] = [];
  for (const match of statement.matchAll(/(?<!KEY |FOR )\b(?:UPDATE|DELETE FROM)\s+([a-z_]+)\b/g)) {
    found.push({ at: match.index, table: match[1]!, waits: true });
  }
  for (const match of statement.matchAll(
    /\bFOR (?:NO KEY )?(?:UPDATE|SHARE)(?:\s+OF\s+([a-z_]+))?(\s+SKIP LOCKED)?/g,
  )) {
    const table = match[1] === undefined ? tableBefore(statement, match.index) : tableOf(statement, match[1]);
    if (table !== undefined) found.push({ at: match.index, table, waits: match[2] === undefined });
  }
  for (const [name, tables] of Object.entries(FUNCTIONS)) {
    const at = statement.indexOf(`${name}(`);
    if (at !== -1) found.push(...tables.map((table) => ({ at, table, waits: true })));
  }
  return found.sort((a, b) => a.at - b.at);
}

export interface LockWitness {
  readonly db: Database;
  /** `missions after runs: <statement>`, one for each pair of tables that some transaction locked against the order. */
  readonly violations: () => readonly string[];
  /** Tables that transactions locked and the document does not name. */
  readonly unknown: () => readonly string[];
}

/**
 * The database, whose transactions are watched: each locks the tables of the order in the order, the first time at
 * least.
 */
export function witnessLocks(db: Database): LockWitness {
  const { gates, guarded, exceptions } = readLockOrder();
  const violations = new Map<string, string>();
  const unknown = new Set<string>();
  const known = new Map<string, readonly Lock[]>();

  function watched(tx: Tx): Tx {
    const held = new Set<string>();
    /** Nobody waits for a row that the transaction itself has made. */
    const made = new Set<string>();
    function note(query: Query): void {
      for (const [, table] of query.sql.matchAll(/\bINSERT INTO "?([a-z_]+)/g)) made.add(table!);
      let locks = known.get(query.sql);
      if (locks === undefined) known.set(query.sql, (locks = locksOf(query.sql)));
      for (const { table, waits } of locks) {
        const place = gates.indexOf(table);
        if (place === -1) {
          if (!guarded.has(table)) unknown.add(table);
          continue;
        }
        const later =
          held.has(table) || made.has(table) || !waits ? [] : [...held].filter((other) => gates.indexOf(other) > place);
        for (const pair of later.map((other) => `${table} after ${other}`)) {
          if (!exceptions.has(pair)) violations.set(pair, query.sql.trim());
        }
        held.add(table);
      }
    }
    return {
      ...tx,
      any: (query) => (note(query), tx.any(query)),
      maybeOne: (query) => (note(query), tx.maybeOne(query)),
      one: (query) => (note(query), tx.one(query)),
      execute: (query) => (note(query), tx.execute(query)),
    };
  }

  return {
    db: {
      ...db,
      transaction: (scope, handler) => db.transaction(scope, (tx) => handler(watched(tx))),
      systemTransaction: (scope, handler) => db.systemTransaction(scope, (tx) => handler(watched(tx))),
    },
    violations: () => [...violations].map(([pair, statement]) => `${pair}: ${statement}`),
    unknown: () => [...unknown].sort(),
  };
}
