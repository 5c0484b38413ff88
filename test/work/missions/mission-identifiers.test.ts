import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { startInternal } from '../../support/sidecar-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const internal = perFile(() => startInternal('named'));
const crew = perTest(() => internal.addCrew());

const missions = () => `/api/v1/crews/${crew.crewId}/missions`;
const make = (by = crew) =>
  by.owner.post<{ id: string; identifier: string }>(`/api/v1/crews/${by.crewId}/missions`, {
    title: 'A mission',
    lead_agent_id: by.lead.id,
  });
/** Of reading a mission. */
const refusal = async (name: string) => outcome(await crew.owner.ask('GET', `${missions()}/${name}`));

test('missions are numbered in their workspace, without gaps, whoever makes them at once', async () => {
  const planned = () =>
    crew.call({ path: '/api/v1/internal/missions', body: { title: 'Planned', lead_agent_id: crew.lead.id } });
  const [first, second, third] = await Promise.all([make(), planned(), make()]);
  expect([first.identifier, second.body.identifier, third.identifier].sort()).toEqual(['MIS-2', 'MIS-3', 'MIS-4']);
  expect((await make(await internal.addCrew())).identifier).toBe('MIS-2');
});

test('a mission and an issue never share an identifier', async () => {
  await crew.owner.patch(`/api/v1/crews/${crew.crewId}`, { issue_prefix: 'MIS' });
  const { identifier } = await make();
  const issue = await crew.call({ path: '/api/v1/internal/issues', body: { title: 'An issue' } });
  expect([identifier, issue.body.identifier]).toEqual(['MIS-2', 'MIS-3']);
  expect(await refusal('MIS-3')).toEqual([404, 'not_found']);
});

test('an identifier is taken wherever an id is, in paths, queries and bodies of both listeners', async () => {
  const { id, identifier } = await make();
  expect(await crew.owner.get<object>(`${missions()}/${identifier}`)).toMatchObject({ id, identifier });
  const inner = await crew.call({ method: 'GET', path: `/api/v1/internal/missions/${identifier}` });
  expect(inner.body.mission).toMatchObject({ id, identifier });
  await crew.owner.post(`${missions()}/${identifier}/tasks`, { title: 'A task' });
  expect(await crew.owner.patch(`${missions()}/${identifier}`, { title: 'Renamed' })).toMatchObject({ id });
  const spent = {
    workspace_id: crew.workspaceId,
    provider: 'anthropic',
    model: 'a-model',
    mission_id: identifier,
    input_tokens: 1,
  };
  expect((await crew.call({ path: '/api/v1/internal/cost/record', body: spent })).status).toBe(202);
  const written = { type: 'file.written', summary: 'wrote', mission_id: identifier };
  expect((await crew.call({ path: '/api/v1/internal/journal/emit', body: written })).status).toBe(202);
  const of = (table: 'cost_ledger' | 'journal_entries') =>
    crew.rows(sql`SELECT DISTINCT mission_id FROM ${sql.identifier([table])} WHERE crew_id = ${crew.crewId}
      AND mission_id IS NOT NULL AND (mission_id = ${id} OR mission_id LIKE 'MIS%')`);
  expect(await of('cost_ledger')).toEqual([{ mission_id: id }]);
  expect(await of('journal_entries')).toEqual([{ mission_id: id }]);
  const found = await crew.owner.get<{ items: object[] }>(`/api/v1/journal?mission_id=${identifier}&type=file.written`);
  expect(JSON.stringify(found)).toContain(id);
  // Also further down in a body.
  const cases = [{ name: 'first', baseline_mission_id: identifier }];
  const suite = await crew.owner.ask('POST', '/api/v1/eval/suites', { name: 'Nightly', cases });
  expect(suite.body).toMatchObject({ cases: [{ name: 'first', baseline_mission_id: id }] });
});

test('an identifier of another workspace, or of none, is missing like an id', async () => {
  const other = await internal.addCrew();
  await make(other);
  for (const name of ['MIS-2', 'MIS-999999999']) {
    expect(await refusal(name)).toEqual([404, 'not_found']);
    const inner = await crew.call({ method: 'GET', path: `/api/v1/internal/missions/${name}` });
    expect(outcome(inner)).toEqual([404, 'not_found']);
  }
  expect(await refusal('MIS-01')).toEqual([404, 'not_found']);
});
