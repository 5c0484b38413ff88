import { beforeAll, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { startTestApi } from '../../support/test-api.ts';
import { perFile } from '../../support/world/per-file.ts';

let agentId: string;

const api = perFile(() => startTestApi());
const owner = perFile(() => api.addOwner());
beforeAll(async () => {
  for (let index = 0; index < 12; index += 1) {
    await owner.send('POST', '/api/v1/agents', { name: 'Agent', slug: `agent-${index}` });
  }
  agentId = (await get('/agents/agent-0')).id;
});

async function get(url: string) {
  return (await owner.send('GET', `/api/v1${url}`)).json();
}

test('pages follow the cursor to the end, without a gap, a repetition or an empty page', async () => {
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: { entries: { id: string }[]; next_cursor: string | null; count: number } = await get(
      `/journal?limit=4${cursor === null ? '' : `&cursor=${cursor}`}`,
    );
    expect(page.count).toBe(4);
    seen.push(...page.entries.map((entry) => entry.id));
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(new Set(seen).size).toBe(12);
  expect(await get('/journal/count')).toEqual({ total: 12 });
});

test('filters match any of their values exactly', async () => {
  expect((await get(`/journal?agent_id=${agentId}`)).count).toBe(1);
  expect((await get(`/journal?agent_ids=${agentId},other-agent&severity=info,warn&priority=normal`)).count).toBe(1);
  expect((await get('/journal?entry_type=audit.entity')).count).toBe(0);
  expect((await get('/journal?exclude_entry_type=audit.entity_created')).count).toBe(0);
  expect((await get('/journal?priority=pin')).count).toBe(0);
  expect((await get('/journal?until=2020-01-01T00:00:00Z')).count).toBe(0);
  expect((await get('/journal?since=2020-01-01T00:00:00%2B02:00&actor_type=user')).count).toBe(12);
});

test('a bad cursor, time, limit or enum is a 400 that names it', async () => {
  const bad = { cursor: 'bm9uc2Vuc2U', since: 'yesterday', limit: '501', severity: 'info,loud', run_id: 'x y' };
  for (const [name, value] of Object.entries(bad)) {
    const problem = await get(`/journal?${name}=${encodeURIComponent(value)}`);
    expect([problem.status, problem.errors?.[0]?.path.split('.')[0]], name).toEqual([400, name]);
  }
});

test('an entry shows its position once the sequencer has placed it', async () => {
  const { entries } = await get('/journal?limit=1');
  const [entry] = entries;
  expect((await get(`/journal/${entry.id}`)).position).toBeNull();
  await api.database.systemTransaction({}, (tx) =>
    tx.execute(sql`
      INSERT INTO journal_positions (stream, position, workspace_id, entry_id, entry_ts)
      VALUES (${owner.workspaceId}, 7, ${owner.workspaceId}, ${entry.id}, ${entry.ts}::timestamptz)`),
  );
  expect((await get(`/journal/${entry.id}`)).position).toBe(7);
});

test('runs are listed with the day’s figures; those that wait for a place are not shown', async () => {
  await api.database.transaction({ workspaceIds: [owner.workspaceId] }, async (tx) => {
    for (const status of ['QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'TIMEOUT']) {
      const started = status === 'QUEUED' ? null : new Date().toISOString();
      const finished = ['COMPLETED', 'FAILED', 'TIMEOUT'].includes(status) ? started : null;
      await tx.execute(sql`
        INSERT INTO runs (id, workspace_id, agent_id, trigger_type, status, started_at, finished_at, cost_micros,
          metadata)
        VALUES (${newId()}, ${owner.workspaceId}, ${agentId}, 'USER', ${status}, ${started}::timestamptz,
          ${finished}::timestamptz, 1234567, ${sql.jsonb({ tags: [status.toLowerCase()] })})`);
    }
  });
  const all = await get('/runs?limit=3');
  expect(all).toMatchObject({
    stats: { running: 1, today: 4, failed: 2 },
    pagination: { page: 1, limit: 3, total: 4, total_pages: 2 },
  });
  expect(all.data[0]).toMatchObject({ agent_slug: 'agent-0', cost_usd: '1.234567' });
  expect((await get('/runs?limit=3&page=2')).data).toHaveLength(1);
  expect((await get('/runs?status=FAILED')).data).toHaveLength(1);
  expect((await get('/runs?tag=running')).data).toHaveLength(1);
  expect((await get('/runs?status=QUEUED')).status).toBe(400);
  expect(await get('/agents/agent-0/runs')).toHaveLength(4);
  expect(await get('/agents/agent-1/runs')).toHaveLength(0);
  const { id } = all.data[0];
  expect(await get(`/runs/${id}`)).toMatchObject({ id });
});
