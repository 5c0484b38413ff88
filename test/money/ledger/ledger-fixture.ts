import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import {
  callSocket,
  type InternalCrew,
  type InternalFixture,
  type InternalRequest,
  startInternal,
  TEST_MASTER,
  untilServed,
} from '../../support/sidecar-api.ts';
import { startChild, type TestChild } from '../../support/child-process.ts';

export const RECORD = '/api/v1/internal/cost/record';
export const RESERVE = '/api/v1/internal/cost/reservations';
export const EMIT = '/api/v1/internal/journal/emit';

/** $0.10 on the card that comes with the product: 4,000 tokens out at $25 a million. */
export const DIME = { provider: 'anthropic', model: 'claude-opus-4-7', output_tokens: 4_000 };

export interface LedgerFixture {
  readonly internal: InternalFixture;
  /** The owner's login: sees everything and may break things. */
  readonly owner: pg.Client;
  rows<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Rows of the tables that a report may write to. */
  written(): Promise<string>;
  close(): Promise<void>;
}

export async function startLedger(
  purpose: string,
  options: Parameters<typeof startInternal>[1] = {},
): Promise<LedgerFixture> {
  const internal = await startInternal(purpose, options);
  const owner = new pg.Client(internal.api.testDatabase.ownerUrl);
  await owner.connect();
  const rows = async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
    (await owner.query<Row>(text, [...values])).rows;
  return {
    internal,
    owner,
    rows,
    async written() {
      const [row] = await rows<Record<string, string>>(
        `SELECT (SELECT count(*) FROM cost_ledger) AS ledger, (SELECT count(*) FROM journal_entries) AS journal,
           (SELECT count(*) FROM cost_hours) AS hours, (SELECT count(*) FROM run_costs) AS runs,
           (SELECT count(*) FROM budget_holds) AS holds`,
      );
      return JSON.stringify(row);
    },
    async close() {
      await owner.end();
      await internal.close();
    },
  };
}

/** An API process of the internal role, as it is run, that serves the crew of these directories. */
export function startInternalProcess(
  ledger: LedgerFixture,
  options: { dataDir: string; redisUrl: string; env?: Readonly<Record<string, string>> },
): Promise<TestChild> {
  const { testDatabase } = ledger.internal.api;
  return startChild(
    'api/main.ts',
    {
      CREWSHIP_MODE: 'local',
      CREWSHIP_LOG_LEVEL: 'warn',
      CREWSHIP_API_ROLE: 'internal',
      CREWSHIP_APP_DATABASE_URL: testDatabase.appUrl,
      CREWSHIP_SYSTEM_DATABASE_URL: testDatabase.systemUrl,
      CREWSHIP_STACK_ID: testDatabase.name.replaceAll('_', '-').slice(-31),
      CREWSHIP_WRITE_POOL_SIZE: '4',
      CREWSHIP_READ_POOL_SIZE: '2',
      CREWSHIP_SYSTEM_POOL_SIZE: '2',
      REDIS_URL: options.redisUrl,
      // Not needed to record and to reserve.
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      CREWSHIP_DATA_DIR: options.dataDir,
      CREWSHIP_INTERNAL_TOKEN: TEST_MASTER,
      ...options.env,
    },
    path.join(options.dataDir, 'api.log'),
  );
}

/** A data directory in which a process finds the crew, and the crew's address there. */
export async function crewInProcess(crew: InternalCrew) {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'cs-'));
  const directory = path.join(dataDir, 'hosts', 'local', 'sockets', crew.crewId);
  await mkdir(directory, { recursive: true, mode: 0o750 });
  const socketPath = path.join(directory, 'api.sock');
  return {
    dataDir,
    socketPath,
    workspaceId: crew.workspaceId,
    served: () => untilServed(socketPath),
    call: (request: InternalRequest) => callSocket(socketPath, { token: crew.token, ...request }),
    remove: () => rm(dataDir, { recursive: true, force: true }),
  };
}

/** Sets a budget through the public API and returns its address. */
export async function setBudget(crew: InternalCrew, budget: Readonly<Record<string, unknown>>): Promise<string> {
  const url = '/api/v1/paymaster/budgets';
  return `${url}/${(await crew.owner.post<{ id: string }>(`${url}?workspace_id=${crew.workspaceId}`, budget)).id}`;
}

export function readBudget(crew: InternalCrew, url: string) {
  return crew.owner.get<Record<string, unknown>>(url);
}

/** A run of the crew that is under way, and the token that its agent calls with. */
export async function addRun(
  ledger: LedgerFixture,
  crew: InternalCrew,
  run: { id: string; missionId?: string | null; taskId?: string | null },
): Promise<string> {
  await ledger.rows(
    `INSERT INTO runs (id, workspace_id, crew_id, agent_id, mission_id, task_id, trigger_type, status, started_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'MISSION', 'RUNNING', now())`,
    [run.id, crew.workspaceId, crew.crewId, crew.lead.id, run.missionId ?? null, run.taskId ?? null],
  );
  return crew.runToken(run.id);
}
