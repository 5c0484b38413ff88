import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { CREW_TOOLS } from '../../../domain/integrations/mcp/crew-tools.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { beatHost } from '../../support/mission-crew.ts';
import { startInternal } from '../../support/sidecar-api.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const internal = perFile(() => startInternal('scenarios'));
beforeEach(() => beatHost(internal.api, 1_000));
const crew = perTest(() => internal.addCrew());

/** An attempt of the lead, in a session of its own; of a scenario where `runId` names its test run. */
async function addRun(testRunId: string | null): Promise<string> {
  const [id, chatId, jobId] = [newId(), newId(), newId()];
  await crew.write(sql`
    INSERT INTO chats (id, workspace_id, crew_id, agent_id, user_id, owner_user_id, visibility, mode, origin)
    VALUES (${chatId}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, ${crew.owner.id}, ${crew.owner.id},
      'private', 'CHAT', 'UI')`);
  await crew.write(sql`
    INSERT INTO jobs (id, workspace_id, kind, driver, status, input, progress_step, progress_total, attempt, event_seq)
    VALUES (${jobId}, ${crew.workspaceId}, 'chat.turn', 'own', 'queued', '{}', 0, 1, 0, 0)`);
  await crew.write(sql`
    INSERT INTO runs (id, workspace_id, agent_id, crew_id, chat_id, job_id, trigger_type, status, triggered_by)
    VALUES (${id}, ${crew.workspaceId}, ${crew.lead.id}, ${crew.crewId}, ${chatId}, ${jobId}, 'CHAT', 'RUNNING',
      ${crew.owner.id})`);
  if (testRunId === null) return id;
  await crew.write(sql`
    UPDATE testing_results SET status = 'running', chat_id = ${chatId}, turn_job_id = ${jobId}, started_at = now()
    WHERE run_id = ${testRunId} AND place = 0`);
  return id;
}
const call = (method: string, path: string, runId: string | null, body?: object) =>
  crew.call({
    ...{ method, path: `/api/v1/internal${path}` },
    ...(body === undefined ? {} : { body }),
    headers: runId === null ? {} : crew.runHeaders(runId),
  });
const issue = { title: 'One' };

test('a run that plays a scenario changes nothing and reaches nothing, with its token or without', async () => {
  const before = await addRun(null);
  const web = (runId: string | null) =>
    crew.call({ path: 'http://example.com/', headers: runId === null ? {} : crew.runHeaders(runId) });
  await crew.write(sql`
    UPDATE crews SET network_mode = 'restricted', allowed_domains = ARRAY['example.com'] WHERE id = ${crew.crewId}`);
  // Its crew may: what hinders it is on the way.
  expect((await web(before)).body.rule).not.toBe('scenario run');
  const { run_id: testRunId } = await crew.owner.post<{ run_id: string }>('/testing/run', { tags: ['smoke'] }, 202);
  const runId = await addRun(testRunId);
  for (const caller of [runId, null]) {
    expect((await web(caller)).body).toMatchObject({ code: 'egress_denied', rule: 'scenario run' });
    const written = await call('POST', '/issues', caller, { ...issue, agent_id: crew.lead.id });
    expect(written.body).toMatchObject({ status: 403, reason: 'scenario_run' });
    const file = await call('POST', `/crew-files/${crew.crewId}`, caller, {});
    expect(file.body).toMatchObject({ status: 403, reason: 'scenario_run' });
    expect((await call('GET', '/issues', caller)).status).toBe(200);
  }
  // What others of its crew do goes on.
  expect((await call('POST', '/issues', before, issue)).status).toBe(201);
  const entry = { type: 'exec.command', summary: 'ls', payload: {} };
  expect((await call('POST', '/journal/emit', runId, entry)).status).toBe(202);
  // Its result may be there before its agent has stopped.
  await crew.write(sql`
    UPDATE testing_results SET status = 'cancelled', finished_at = now() WHERE run_id = ${testRunId}`);
  expect((await web(null)).body).toMatchObject({ code: 'egress_denied', rule: 'scenario run' });
  const late = await call('POST', '/issues', null, { ...issue, agent_id: crew.lead.id });
  expect(late.body).toMatchObject({ status: 403, reason: 'scenario_run' });
  // Once nothing of it goes on, its crew is as it was.
  await crew.write(sql`UPDATE runs SET status = 'COMPLETED', finished_at = now() WHERE id = ${runId}`);
  expect((await call('POST', '/issues', null, { ...issue, agent_id: crew.lead.id })).status).toBe(201);
});

test('every tool that is not for reading is one that a scenario does not have', async () => {
  const { run_id: testRunId } = await crew.owner.post<{ run_id: string }>('/testing/run', { tags: ['smoke'] }, 202);
  const runId = await addRun(testRunId);
  const writes = CREW_TOOLS.filter(({ effect }) => effect !== 'reads');
  expect(writes.length).toBeGreaterThan(10);
  let refused = 0;
  for (const { name, method, path } of writes) {
    const answer = await call(method, path.replace(':id', 'some-id'), runId, {});
    // What is malformed is not looked at any further.
    expect([400, 403], name).toContain(answer.status);
    if (answer.status !== 403) continue;
    refused += 1;
    expect(answer.body, name).toMatchObject({ reason: 'scenario_run' });
  }
  expect(refused).toBeGreaterThan(3);
});
