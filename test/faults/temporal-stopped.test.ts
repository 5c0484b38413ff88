import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { dockerTest } from '../support/docker-test.ts';
import { type RunningServices, startServices } from '../../deploy/local/services/start-services.ts';
import { bootstrap } from '../support/api-client.ts';
import { isSettledView, readMission } from '../support/mission-view.ts';
import { eventually } from '../support/test-crew.ts';
import { createTestEngine } from '../support/test-engine.ts';
import { DOCKER_MISSING } from '../support/test-services.ts';
import { perFile } from '../support/world/per-file.ts';

let dataDir: string;
let temporal: RunningServices;

/** A Temporal server of this file's own, so that stopping it stops nobody else's. Its port and its file are kept. */
async function startTemporal(): Promise<void> {
  const env = { ...process.env, TEMPORAL_ADDRESS: undefined };
  temporal = await startServices({ dataDir, parts: ['temporal'], log: () => {}, env });
}

beforeAll(async () => {
  if (DOCKER_MISSING !== undefined) return;
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'crewship-temporal-'));
  await chmod(dataDir, 0o711);
  await startTemporal();
});
afterAll(async () => {
  await temporal?.stop();
  if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
});
const engine = perFile(
  () =>
    createTestEngine({
      processes: ['api', 'control', 'docker-host'],
      temporalAddress: temporal.temporalAddress!,
    }),
  { unless: DOCKER_MISSING },
);
const client = perFile(() => bootstrap(engine.apiUrl), { unless: DOCKER_MISSING });

dockerTest(
  'a mission started while Temporal is down is accepted and runs when it is back',
  async () => {
    const { crewship } = client;
    const crew = await crewship.request('POST /api/v1/crews', { body: { name: 'Patient crew', slug: 'patient' } });
    const lead = await crewship.request('POST /api/v1/agents', {
      body: {
        name: 'Lead',
        slug: 'lead',
        crew_id: crew.id,
        agent_role: 'LEAD',
        cli_adapter: 'COMMAND',
        command: ['/opt/crewship/bin/node', '/opt/crewship/tools/worker.mjs'],
      },
    });
    const { id: missionId } = await crewship.request('POST /api/v1/crews/{crewId}/missions', {
      params: { crewId: crew.id },
      body: { title: 'Later', lead_agent_id: lead.id },
    });
    const params = { crewId: crew.id, missionId };
    await crewship.request('POST /api/v1/crews/{crewId}/missions/{missionId}/tasks', {
      params,
      body: { title: 'one' },
    });

    await temporal.stop();
    const askedAt = Date.now();
    const started = await crewship.request('POST /api/v1/crews/{crewId}/missions/{missionId}/start', { params });
    expect(started).toMatchObject({ status: 'IN_PROGRESS' });
    expect(Date.now() - askedAt).toBeLessThan(1_000);
    expect(await crewship.request('GET /health/ready')).toMatchObject({ status: 'degraded' });

    await startTemporal();
    const settled = await eventually(
      () => readMission(engine.db, client.workspaceId, missionId),
      isSettledView,
      60_000,
    );
    expect(settled).toMatchObject({ status: 'REVIEW', tasks: [{ status: 'COMPLETED' }] });
    expect(settled.runs).toHaveLength(1);
  },
  120_000,
);
