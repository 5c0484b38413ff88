import { openEntry } from '../../../domain/evidence/journal/new-journal-entry.ts';
import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { addCrew, startApiWithHost } from '../../support/mission-crew.ts';
import { perFile } from '../../support/world/per-file.ts';
import { expectStatus } from '../../support/world/caller.ts';

const api = perFile(() => startApiWithHost());
const crew = perFile(() => addCrew(api));
const sibling = perFile(() => addCrew(api, crew));

const get = (url: string, token = crew.owner.token) => api.call(token, { method: 'GET', url: `/api/v1${url}` });

test('insights count the window’s runs by outcome, trigger, model, crew and agent', async () => {
  expect(expectStatus(await get('/runs/insights'), 200)).toEqual({
    window: '24h',
    totals: { total: 0, succeeded: 0, failed: 0, running: 0 },
    duration: { p50_ms: null, p95_ms: null },
    by_trigger: [],
    by_model: [],
    by_crew: [],
    top_agents: [],
    truncated: false,
  });
  const add = (
    id: string,
    agentId: string,
    crewId: string,
    status: string,
    trigger: string,
    age: string,
    ms: number | null,
  ) =>
    crew.write(sql`
        INSERT INTO runs (id, workspace_id, agent_id, crew_id, trigger_type, status, model, created_at, started_at,
          finished_at)
        VALUES (${id}, ${crew.workspaceId}, ${agentId}, ${crewId}, ${trigger}, ${status},
          ${id === 'r1' ? 'opus' : null}, now() - ${age}::interval, now() - ${age}::interval,
          now() - ${age}::interval + ${ms} * interval '1 millisecond')`);
  const [one] = crew.agents;
  await add('r1', one!.id, crew.crewId, 'COMPLETED', 'MISSION', '1 hour', 1_000);
  await add('r2', one!.id, crew.crewId, 'FAILED', 'MISSION', '2 hours', 3_000);
  await add('r3', sibling.lead.id, sibling.crewId, 'RUNNING', 'USER', '1 minute', null);
  await add('r4', one!.id, crew.crewId, 'TIMEOUT', 'CRON', '3 days', 2_000);
  await add('r5', one!.id, crew.crewId, 'QUEUED', 'CRON', '1 minute', null);
  expect(expectStatus(await get('/runs/insights?window=24h'), 200)).toEqual({
    window: '24h',
    totals: { total: 3, succeeded: 1, failed: 1, running: 1 },
    duration: { p50_ms: 2_000, p95_ms: 2_900 },
    by_trigger: [
      { key: 'MISSION', total: 2, failed: 1 },
      { key: 'USER', total: 1, failed: 0 },
    ],
    by_model: [
      { key: 'unknown', total: 2, failed: 1 },
      { key: 'opus', total: 1, failed: 0 },
    ],
    by_crew: [
      { id: crew.crewId, name: 'Crew', total: 2, failed: 1 },
      { id: sibling.crewId, name: 'Crew', total: 1, failed: 0 },
    ],
    top_agents: [
      { id: one!.id, name: 'one', crew_name: 'Crew', total: 2, failed: 1 },
      { id: sibling.lead.id, name: 'lead', crew_name: 'Crew', total: 1, failed: 0 },
    ],
    truncated: false,
  });
  expect(expectStatus(await get('/runs/insights?window=7d'), 200)).toMatchObject({ totals: { total: 4, failed: 2 } });
  expectStatus(await get('/runs/insights?window=1y'), 400);
});

test('the activity feed joins escalations, assignments and conversations, newest first', async () => {
  await api.database.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    await tx.execute(sql`
      INSERT INTO escalations (id, workspace_id, crew_id, agent_id, from_name, from_slug, reason, deadline_at,
        answer_deadline_at, created_at)
      VALUES ('esc-1', ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, 'lead', ${crew.lead.slug}, 'Which way?',
        now(), now() + interval '1 day', now() - interval '1 hour')`);
    const entry = { actor: orchestratorActor(), workspaceId: crew.workspaceId, agentId: sibling.lead.id };
    tx.journal({
      ...entry,
      ...openEntry('peer.conversation', { target_slug: 'other', status: 'COMPLETED' }),
      crewId: sibling.crewId,
      summary: 'asked about the log',
    });
    tx.journal({ ...entry, ...openEntry('assignment.running', {}), crewId: crew.crewId, summary: 'works on it' });
    tx.journal({ ...entry, ...openEntry('memory.updated', {}), crewId: crew.crewId, summary: 'no activity' });
  });
  interface Item {
    type: string;
    from: string;
    to: string | null;
    status: string;
    summary: string;
  }
  const feed = expectStatus<Item[]>(await get('/activity'), 200);
  expect(feed.toSorted((a, b) => a.type.localeCompare(b.type))).toMatchObject([
    { type: 'assignment', status: 'RUNNING', summary: 'works on it' },
    { type: 'escalation', from: crew.lead.slug, to: null, status: 'PENDING', summary: 'Which way?' },
    { type: 'peer_conversation', from: sibling.lead.slug, to: 'other', status: 'COMPLETED' },
  ]);
  expect(feed.at(-1)!.type).toBe('escalation');
  const ofCrew = expectStatus<Item[]>(await get(`/activity?crew_id=${sibling.crewId}`), 200);
  expect(ofCrew.map((item) => item.type)).toEqual(['peer_conversation']);
  expect(expectStatus<Item[]>(await get('/activity?limit=1'), 200)).toHaveLength(1);
  expectStatus(await get('/activity?limit=101'), 400);
  const stranger = await addCrew(api);
  expect(expectStatus(await get(`/activity?crew_id=${crew.crewId}`, stranger.owner.token), 200)).toEqual([]);
});
