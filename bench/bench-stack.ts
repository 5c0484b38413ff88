import path from 'node:path';
import type Docker from 'dockerode';
import pg from 'pg';
import { createCrewship, type Crewship } from '../clients/typescript/src/index.ts';
import { localDataDir } from '../deploy/local/data-dir.ts';
import { connectDocker } from '../deploy/local/services/docker-address.ts';
import { type Log, partNames } from '../deploy/local/services/part.ts';
import { startServices } from '../deploy/local/services/start-services.ts';
import { type RunningStack, startStack } from '../deploy/local/stack.ts';
import { ownPartsEnvironment, removeStackData } from '../deploy/local/stack-data.ts';
import { findFreePort } from '../deploy/local/supervision/free-port.ts';
import { prepareBenchData } from './bench-data.ts';

/** The whole product, running on parts and data of its own, and an admin's client of its public API. */
export interface BenchStack {
  readonly stack: RunningStack;
  readonly crewship: Crewship;
  /** The admin's client in a workspace other than their own. */
  crewshipIn(workspaceId: string): Crewship;
  /** What the admin signs in with. */
  readonly admin: { readonly email: string; readonly password: string };
  /** The admin's CLI token, for programs that make requests of their own. */
  readonly token: string;
  /** Owner login, for reading when things happened; the product is driven through its API alone. */
  readonly rows: pg.Client;
  readonly docker: Docker;
  readonly startMs: StartMs;
  /** Where the stack takes Anthropic to be; a benchmark that calls models serves it. */
  readonly providerPort: number;
  /** Stops everything and removes what was made. */
  close(): Promise<void>;
}

/** Milliseconds from nothing running to all of it healthy. */
export interface StartMs {
  readonly stack: number;
  /** The same for the parts alone; null unless the stack was to be started twice. */
  readonly parts: number | null;
}

const ADMIN = { full_name: 'Bench Admin', email: 'bench@example.com' };

/**
 * Starts the stack and signs in. With `twice` it is stopped and started again first, so that this is a second start.
 * With
 * `countStatements` Postgres counts how often each statement is asked (`pg_stat_statements`).
 */
export async function openBenchStack(options: {
  twice: boolean;
  countStatements: boolean;
  /** More settings for the stack. */
  env: Readonly<Record<string, string>>;
  log: Log;
}): Promise<BenchStack> {
  const { log } = options;
  const dataDir = path.join(localDataDir(process.env), 'bench');
  const env = { ...ownPartsEnvironment(process.env), ...options.env };
  await removeStackData(dataDir, env);
  if (options.countStatements) env.CREWSHIP_POSTGRES_SETTINGS = 'shared_preload_libraries=pg_stat_statements';
  // For clients of the internal API that are on no crew's socket.
  env.CREWSHIP_INTERNAL_LISTEN_PORT = String(await findFreePort());
  env.CREWSHIP_TOOLS_DIR = await prepareBenchData(dataDir);
  // Counted, as for everybody, and never refused.
  env.CREWSHIP_REQUESTS_PER_MINUTE = '100000000';
  const providerPort = await findFreePort();
  env.CREWSHIP_ANTHROPIC_URL = `http://127.0.0.1:${providerPort}`;

  let partsMs: number | null = null;
  if (options.twice) {
    await (await startStack({ dataDir, log, env })).stop();
    const since = performance.now();
    const parts = await startServices({ dataDir, parts: partNames, log, env });
    partsMs = performance.now() - since;
    await parts.stop();
  }
  const since = performance.now();
  const stack = await startStack({ dataDir, log, env });
  const startMs = { stack: performance.now() - since, parts: partsMs };
  try {
    const rows = new pg.Client({ connectionString: stack.services.databaseUrl });
    await rows.connect();
    if (options.countStatements) await rows.query('create extension if not exists pg_stat_statements');
    const admin = { ...ADMIN, password: crypto.randomUUID() };
    const { cli_token: token } = await createCrewship({ baseUrl: stack.apiUrl }).request('POST /api/v1/bootstrap', {
      body: admin,
    });
    return {
      stack,
      crewship: createCrewship({ baseUrl: stack.apiUrl, token }),
      crewshipIn: (workspaceId) => createCrewship({ baseUrl: stack.apiUrl, token, workspaceId }),
      admin,
      token,
      rows,
      docker: connectDocker(stack.services.dockerHost ?? ''),
      startMs,
      providerPort,
      async close() {
        await rows.end();
        await stack.stop();
        await removeStackData(dataDir, env);
      },
    };
  } catch (error) {
    await stack.stop();
    await removeStackData(dataDir, env);
    throw error;
  }
}
