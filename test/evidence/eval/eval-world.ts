import type { EvalRun } from '../../../domain/evidence/eval/eval-run.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { startTestApi } from '../../support/test-api.ts';
import { createTestCrew, createTestMission, eventually } from '../../support/test-crew.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestEngine } from '../../support/test-engine.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { append } from '../../http/streams/live-journal.ts';

export type Said = { readonly type: string; readonly payload?: Record<string, string | number | boolean | null> };

export const command = (payload: Said['payload'] = {}): Said => ({
  type: 'exec.command',
  payload: { tool: 'Bash', ...payload },
});
export const call = (costUsd: number, payload: Said['payload'] = {}): Said => ({
  type: 'llm.call',
  payload: { model: 'm', cost_usd: String(costUsd), input_tokens: 100, output_tokens: 10, ...payload },
});
export const moved = (from: string, to: string, generation = 1): Said => ({
  type: 'mission.status_change',
  payload: { from, to, generation },
});
const BEGUN = moved('PLANNING', 'IN_PROGRESS');
const ENDED = moved('IN_PROGRESS', 'COMPLETED');

/** The API over a database where a control worker carries out what it is asked for. */
export async function createEvalWorld() {
  const testDatabase = await createTestDatabase();
  const engine = await createTestEngine({ processes: ['control'], database: testDatabase });
  const api = await startTestApi({ over: testDatabase });
  const owner = await api.addOwner();
  const { workspaceId } = owner;
  const crew = await createTestCrew(engine.db, { agents: { lead: ['worker.mjs'] }, workspaceId });
  const nudge = () => engine.db.systemTransaction({}, async (tx) => tx.touchOutbox());

  async function say(missionId: string, entries: readonly Said[]): Promise<void> {
    const said = entries.map(({ type, payload = {} }) => ({ type, payload, missionId, summary: type }));
    await append(engine.db, workspaceId, said);
  }

  return {
    api,
    owner,
    engine,
    crew,
    nudge,
    say,
    /** A mission whose journal says this between its beginning and its end, or all of it. */
    /** What its crew says of itself: nothing is measured by it. */
    emitted: (missionId: string, { type, payload = {} }: Said) =>
      append(engine.db, workspaceId, [
        {
          type,
          payload,
          missionId,
          summary: type,
          actor: { ...systemActor(), type: 'sidecar', authMethod: 'internal' },
        },
      ]),
    async mission(entries: readonly Said[], isWhole = false): Promise<string> {
      const { missionId } = await createTestMission(engine.db, crew, {});
      await say(missionId, isWhole ? entries : [BEGUN, ...entries, ENDED]);
      return missionId;
    },
    async ask(path: 'replay' | 'regression', body: object): Promise<string> {
      const { run_id: id } = await owner.post<{ run_id: string }>(`/eval/${path}`, body, 202);
      await nudge();
      return id;
    },
    /** The evaluation once it is over. */
    over: (id: string) =>
      eventually(
        () => owner.get<EvalRun>(`/eval/runs/${id}`),
        ({ status }) => status === 'completed' || status === 'failed',
      ),
    entriesOf: (id: string) =>
      crew.rows<{
        entry_type: string;
        severity: string;
        mission_id: string;
        actor: string;
        payload: Record<string, unknown>;
      }>(
        sql`SELECT entry_type, severity, mission_id, actor_type || ':' || coalesce(actor_id, '') AS actor, payload
          FROM journal_entries WHERE entry_type LIKE 'eval.%' AND payload->>'run_id' = ${id} ORDER BY ts, id`,
      ),
    async close() {
      await api.close();
      await engine.close();
    },
  };
}
