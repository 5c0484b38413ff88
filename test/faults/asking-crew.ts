import type { Answer } from '../../clients/typescript/src/index.ts';
import { sql } from '../../db/kernel/sql.ts';
import type { ApiClient } from '../support/api-client.ts';
import { isSettledView, type MissionView, readMission } from '../support/mission-view.ts';
import { eventually } from '../support/test-crew.ts';
import type { TestEngine } from '../support/test-engine.ts';

/** A crew whose one agent asks people what its tasks say, made through the API. */
export interface AskingCrew {
  readonly crewId: string;
  /** A mission whose one task asks a question; resolves when it is asked. */
  ask(): Promise<{ missionId: string; escalationId: string }>;
  answer(escalationId: string, resolution: string): Promise<Answer<'PATCH /api/v1/escalations/{escalationId}/resolve'>>;
  finished(missionId: string): Promise<MissionView>;
}

export async function createAskingCrew(engine: TestEngine, client: ApiClient): Promise<AskingCrew> {
  const { crewship } = client;
  const { id: crewId } = await crewship.request('POST /api/v1/crews', {
    body: { name: 'Fault crew', slug: 'fault-crew' },
  });
  const lead = await crewship.request('POST /api/v1/agents', {
    body: {
      name: 'Lead',
      slug: 'lead',
      crew_id: crewId,
      agent_role: 'LEAD',
      cli_adapter: 'COMMAND',
      command: ['/opt/crewship/bin/node', '/opt/crewship/tools/worker.mjs'],
      timeout_seconds: 120,
    },
  });
  return {
    crewId,
    async ask() {
      const { id: missionId } = await crewship.request('POST /api/v1/crews/{crewId}/missions', {
        params: { crewId },
        body: { title: 'Ask', lead_agent_id: lead.id },
      });
      const params = { crewId, missionId };
      await crewship.request('POST /api/v1/crews/{crewId}/missions/{missionId}/tasks', {
        params,
        body: { title: 'ask', description: 'ask which colour?' },
      });
      await crewship.request('POST /api/v1/crews/{crewId}/missions/{missionId}/start', { params });
      const [escalation] = await eventually(
        () =>
          engine.db.reads.any<{ id: string }>(
            [client.workspaceId],
            sql`SELECT id FROM escalations WHERE mission_id = ${missionId}`,
          ),
        (rows) => rows.length === 1,
      );
      return { missionId, escalationId: escalation!.id };
    },
    answer: (escalationId, resolution) =>
      crewship.request('PATCH /api/v1/escalations/{escalationId}/resolve', {
        params: { escalationId },
        body: { resolution },
      }),
    finished: (missionId) =>
      eventually(() => readMission(engine.db, client.workspaceId, missionId), isSettledView, 40_000),
  };
}
