import { expect } from 'vitest';
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
  answer(escalationId: string, resolution: string): Promise<{ status: number; body: unknown }>;
  finished(missionId: string): Promise<MissionView>;
}

export async function createAskingCrew(engine: TestEngine, client: ApiClient): Promise<AskingCrew> {
  const crew = await client.call<{ id: string }>('POST', '/api/v1/crews', { name: 'Fault crew', slug: 'fault-crew' });
  expect(crew.status).toBe(201);
  const crewId = crew.body.id;
  const lead = await client.call<{ id: string }>('POST', '/api/v1/agents', {
    name: 'Lead',
    slug: 'lead',
    crew_id: crewId,
    agent_role: 'LEAD',
    cli_adapter: 'COMMAND',
    command: ['/opt/crewship/bin/node', '/opt/crewship/tools/worker.mjs'],
    timeout_seconds: 120,
  });
  expect(lead.status).toBe(201);
  return {
    crewId,
    async ask() {
      const base = `/api/v1/crews/${crewId}/missions`;
      const mission = await client.call<{ id: string }>('POST', base, { title: 'Ask', lead_agent_id: lead.body.id });
      expect(mission.status).toBe(201);
      const missionId = mission.body.id;
      const task = await client.call('POST', `${base}/${missionId}/tasks`, {
        title: 'ask',
        description: 'ask which colour?',
      });
      expect(task.status).toBe(201);
      expect((await client.call('POST', `${base}/${missionId}/start`)).status).toBe(200);
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
      client.call('PATCH', `/api/v1/escalations/${escalationId}/resolve`, { resolution }),
    finished: (missionId) =>
      eventually(() => readMission(engine.db, client.workspaceId, missionId), isSettledView, 40_000),
  };
}
