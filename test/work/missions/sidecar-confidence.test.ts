import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { recordExec } from '../../../commands/engine/runs/begin-run.ts';
import { beatHost } from '../../support/mission-crew.ts';
import { DONE, finishOne, step } from './play-mission.ts';
import { readMission } from '../../support/mission-view.ts';
import { startInternal } from '../../support/sidecar-api.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { expectStatus } from '../../support/world/caller.ts';

const internal = perFile(() => startInternal('confidence'));
beforeEach(() => beatHost(internal.api));
const crew = perTest(() => internal.addCrew());

const report = (rest: object = {}) =>
  crew.call({
    path: '/api/v1/internal/report-confidence',
    body: { agent_id: crew.lead.id, confidence: 0.9, chat_id: crew.missionId, ...rest },
  });

test('confidence is kept with the running task; people are told, then asked, once', async () => {
  const { api } = internal;
  expect((await report()).status).toBe(404);
  const config = { auto_approve_threshold: 0.9, notify_threshold: 0.7, require_approval_below: 0.4 };
  const crewUrl = `/api/v1/crews/${crew.crewId}`;
  const patch = { method: 'PATCH' as const, url: crewUrl, payload: { escalation_config: config } };
  expectStatus(await api.call(crew.owner.token, patch), 200);
  const start = { method: 'POST' as const, url: `${crewUrl}/missions/${crew.missionId}/start` };
  expectStatus(await api.call(crew.owner.token, start), 200);
  await step(api, crew, crew.missionId);
  const { runs, tasks } = await readMission(api.database, crew.workspaceId, crew.missionId);
  const taskId = tasks[0]!.id;
  const address = { workspaceId: crew.workspaceId, id: runs[0]!.id, generation: 0 };
  await recordExec(api.database, address, { containerId: 'container', execId: 'exec-1' });
  expect((await report()).body).toEqual({ task_id: taskId, confidence: 0.9, action: 'none' });
  expect((await report({ confidence: 0.5 })).body.action).toBe('notified');
  expect((await report({ confidence: 0.1, reason: 'no tests here' })).body.action).toBe('escalated');
  expect((await report({ confidence: 0 })).body.action).toBe('notified');
  expect((await report({ confidence: 1.1 })).status).toBe(400);
  // Without a name it is the agent of the run that asks; without both it is nobody.
  const { workspaceId, crewId } = crew;
  const run = { kind: 'run', workspaceId, crewId, agentId: crew.lead.id, runId: runs[0]!.id } as const;
  const headers = { 'x-run-token': internal.tokens.issue(run) };
  const path = '/api/v1/internal/report-confidence';
  expect((await crew.call({ path, body: { confidence: 0.8 }, headers })).body).toMatchObject({ task_id: taskId });
  expect((await crew.call({ path, body: { confidence: 0.8 } })).status).toBe(400);
  expect((await report({ agent_id: crew.agents[0]!.id })).status).toBe(404);
  const asked = sql`SELECT id, task_id, context FROM escalations WHERE crew_id = ${crew.crewId}`;
  const questions = await crew.rows<{ id: string }>(asked);
  expect(questions).toMatchObject([{ task_id: taskId, context: 'no tests here' }]);
  // The agent goes on meanwhile: no time is given for it, and it gets the answer as a late one.
  const clock = sql`SELECT clock_stopped_at FROM missions WHERE id = ${crew.missionId}`;
  expect(await crew.rows(clock)).toEqual([{ clock_stopped_at: null }]);
  const url = `/api/v1/escalations/${questions[0]!.id}/resolve`;
  const answer = await crew.owner.send('PATCH', url, { resolution: 'Go on' });
  expect(expectStatus(answer, 200)).toMatchObject({ delivery: { kind: 'running_task', run_id: runs[0]!.id } });
  await finishOne(api, crew, crew.missionId, DONE);
  expect((await report()).status).toBe(404);
});
