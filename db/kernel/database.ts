import { createPool, type DatabasePool } from 'slonik';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../domain/kernel/outbox/outbox-command.ts';
import { fromDatabaseError } from './database-errors.ts';
import { createReadPool, type ReadPool } from './read-pool.ts';
import { named, type Query, sql } from './sql.ts';
import { type Committed, recordTransaction, type Tx } from './transaction.ts';
import type { TransactionEffects } from './transaction-effects.ts';
import { slonikTypeParsers } from './type-parsers.ts';

/** Whose rows a transaction may touch, and the request it belongs to. */
export interface TxScope {
  readonly workspaceIds: readonly string[];
  readonly requestId?: string | null;
}

/** The scope of a step that a workflow takes. */
export function workflowScope(address: WorkflowAddress): TxScope {
  return { workspaceIds: [address.workspaceId], requestId: address.requestId ?? null };
}

export interface Database {
  /**
   * A transaction of the application login in the sight of the scope's workspaces; serialisation failures are retried.
   */
  transaction<Result>(scope: TxScope, handler: (tx: Tx) => Promise<Result>): Promise<Result>;
  /** A transaction of the system login: all workspaces, few tables. */
  systemTransaction<Result>(
    scope: { requestId?: string | null },
    handler: (tx: Tx) => Promise<Result>,
  ): Promise<Result>;
  /** One statement of the system login that commits by itself: a round trip instead of a transaction's four. */
  systemStatement<Row>(query: Query): Promise<readonly Row[]>;
  /** Reads of the application login. */
  readonly reads: ReadPool;
  /** Reads of the system login (token lookup and the like); its workspace list is not consulted. */
  readonly systemReads: ReadPool;
  /** Called after each commit that left work: the relay and the sequencer of this process listen. */
  onCommit(listener: (committed: Committed) => void): void;
  end(): Promise<void>;
}

export interface DatabaseOptions {
  /** Who answers what transitions bring about: `commands/effects.ts`. */
  readonly effects: TransactionEffects;
  readonly appUrl: string;
  readonly systemUrl: string;
  readonly writePoolSize: number;
  readonly readPoolSize: number;
  readonly systemPoolSize: number;
  readonly applicationName: string;
  /** An idle connection broke; the pool replaces it. */
  readonly onConnectionError: (error: Error) => void;
}

async function openPool(url: string, size: number, onError: (error: Error) => void): Promise<DatabasePool> {
  const pool = await createPool(url, {
    maxPoolSize: size,
    captureStackTrace: false,
    connectionTimeout: 5_000,
    idleTimeout: 60_000,
    idleInTransactionSessionTimeout: 30_000,
    statementTimeout: 30_000,
    typeParsers: slonikTypeParsers,
    // Only SET LOCAL is used on these connections, so there is nothing to reset between transactions.
    resetConnection: async () => {},
  });
  pool.on('error', onError);
  return pool;
}

/** How long a process that starts waits for a database that is not there yet, or is recovering. */
const START_PATIENCE_MS = 30_000;
const START_PAUSE_MS = 250;

/**
 * Opens the pools; waits up to 30 s for a database that cannot be reached, so that one restarting beside it does not
 * end a process that starts. Refuses an application login that row-level security would not bind: a superuser,
 * BYPASSRLS, or an owner of the tables.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const deadline = performance.now() + START_PATIENCE_MS;
  for (;;) {
    try {
      return await openOnce(options);
    } catch (thrown) {
      const error = fromDatabaseError(thrown);
      const away = error instanceof CrewshipError && error.code === 'unavailable';
      if (!away || performance.now() > deadline) throw error;
      options.onConnectionError(error);
      await new Promise((resolve) => setTimeout(resolve, START_PAUSE_MS));
    }
  }
}

async function openOnce(options: DatabaseOptions): Promise<Database> {
  const app = await openPool(options.appUrl, options.writePoolSize, options.onConnectionError);
  const system = await openPool(options.systemUrl, options.systemPoolSize, options.onConnectionError).catch(
    async (error: unknown) => {
      await app.end();
      throw error;
    },
  );
  const reads = createReadPool({
    url: options.appUrl,
    poolSize: options.readPoolSize,
    applicationName: `${options.applicationName}-read`,
    onError: options.onConnectionError,
  });
  const systemReads = createReadPool({
    url: options.systemUrl,
    poolSize: Math.max(2, Math.floor(options.systemPoolSize / 2)),
    applicationName: `${options.applicationName}-system-read`,
    onError: options.onConnectionError,
  });
  const listeners: ((committed: Committed) => void)[] = [];

  async function run<Result>(
    pool: DatabasePool,
    scope: TxScope,
    handler: (tx: Tx) => Promise<Result>,
  ): Promise<Result> {
    const requestId = scope.requestId ?? null;
    const list = scope.workspaceIds.join(',');
    let committed: Committed = { outbox: false, journal: false };
    try {
      const result = await pool.transaction(async (connection) => {
        await connection.query(
          named(sql`
            SELECT set_config('crewship.workspaces', ${list}, true),
              set_config('crewship.request_id', ${requestId ?? ''}, true)`),
        );
        const recorder = recordTransaction(connection, {
          workspaceIds: scope.workspaceIds,
          requestId,
          effects: options.effects,
        });
        const value = await handler(recorder.tx);
        committed = await recorder.flush();
        return value;
      });
      if (committed.outbox || committed.journal) for (const listener of listeners) listener(committed);
      return result;
    } catch (error) {
      throw fromDatabaseError(error);
    }
  }

  const database: Database = {
    transaction: (scope, handler) => run(app, scope, handler),
    systemTransaction: (scope, handler) => run(system, { workspaceIds: [], ...scope }, handler),
    async systemStatement<Row>(query: Query) {
      try {
        return (await system.any(named(query))) as readonly Row[];
      } catch (error) {
        throw fromDatabaseError(error);
      }
    },
    reads,
    systemReads,
    onCommit: (listener) => void listeners.push(listener),
    async end() {
      await Promise.allSettled([app.end(), system.end(), reads.end(), systemReads.end()]);
    },
  };
  try {
    await refuseUnboundLogin(reads);
  } catch (error) {
    await database.end();
    throw error;
  }
  return database;
}

async function refuseUnboundLogin(reads: ReadPool): Promise<void> {
  const login = await reads.maybeOne<{ name: string; rolsuper: boolean; rolbypassrls: boolean; owns: boolean }>(
    [],
    sql`
      SELECT r.rolname AS name, r.rolsuper, r.rolbypassrls, EXISTS (
        SELECT 1 FROM pg_tables t WHERE t.schemaname = 'public' AND pg_has_role(r.oid, t.tableowner, 'MEMBER')
      ) AS owns
      FROM pg_roles r WHERE r.rolname = current_user`,
  );
  if (login === null || login.rolsuper || login.rolbypassrls || login.owns) {
    throw new Error(
      'CREWSHIP_APP_DATABASE_URL: this login is a superuser, has BYPASSRLS or owns tables, so row-level security ' +
        'would not bind it',
    );
  }
}
