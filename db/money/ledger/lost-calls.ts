import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

/** A call that was sent by a process that lives no more: nobody will say what it used. */
export interface LostCall {
  readonly meterId: string;
  readonly workspaceId: string;
  readonly crewId: string;
  readonly callId: string;
  readonly agentId: string | null;
  readonly runId: string | null;
  readonly provider: string;
  readonly model: string;
  readonly reservationId: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly amountMicros: number;
  readonly subscriptionPlan: string | null;
}

/** The oldest calls whose process has not said for the time of its lease that it lives. */
export async function findLostCalls(db: Pick<Database, 'systemReads'>, limit: number): Promise<LostCall[]> {
  return db.systemReads.any<LostCall>(
    [],
    sql`
      SELECT c.meter_id AS "meterId", c.workspace_id AS "workspaceId", c.crew_id AS "crewId", c.call_id AS "callId",
        c.agent_id AS "agentId", c.run_id AS "runId", c.provider, c.model, c.reservation_id AS "reservationId",
        c.input_tokens AS "inputTokens", c.output_tokens AS "outputTokens", c.amount_micros AS "amountMicros",
        c.subscription_plan AS "subscriptionPlan"
      FROM calls_under_way c LEFT JOIN call_meters m ON m.id = c.meter_id
      WHERE m.id IS NULL OR m.alive_until <= clock_timestamp()
      ORDER BY c.sent_at, c.crew_id, c.call_id ${sql.limit(limit)}`,
  );
}
