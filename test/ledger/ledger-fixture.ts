import pg from 'pg';
import { type InternalAnswer, type InternalCrew, type InternalFixture, startInternal } from '../internal/internal-fixture.ts';

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

export async function startLedger(purpose: string): Promise<LedgerFixture> {
  const internal = await startInternal(purpose);
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

export function outcome(answer: InternalAnswer): [number, unknown] {
  return [answer.status, answer.body.code];
}

/** Sets a budget through the public API and returns its address. */
export async function setBudget(
  ledger: LedgerFixture,
  crew: InternalCrew,
  budget: Readonly<Record<string, unknown>>,
): Promise<string> {
  const response = await ledger.internal.api.call(crew.owner.token, {
    method: 'POST',
    url: `/api/v1/paymaster/budgets?workspace_id=${crew.workspaceId}`,
    payload: budget,
  });
  if (response.statusCode !== 201) throw new Error(`${response.statusCode} ${response.body}`);
  return `/api/v1/paymaster/budgets/${response.json<{ id: string }>().id}`;
}

export async function readBudget(ledger: LedgerFixture, crew: InternalCrew, url: string) {
  const response = await ledger.internal.api.call(crew.owner.token, { method: 'GET', url });
  return response.json<Record<string, unknown>>();
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
  const { workspaceId, crewId } = crew;
  return ledger.internal.tokens.issue({ kind: 'run', workspaceId, crewId, agentId: crew.lead.id, runId: run.id });
}
