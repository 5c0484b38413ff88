import { expect, test } from 'vitest';
import { setSetting } from '../../../commands/kernel/settings/setting-commands.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { startTestApi, type TestUser } from '../../support/test-api.ts';
import { eventually } from '../../support/test-crew.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestEngine } from '../../support/test-engine.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { perFile } from '../../support/world/per-file.ts';
import { INJECTION, serveWeb } from './research-web.ts';

interface Candidate {
  readonly id: string;
  readonly url: string;
  readonly status: string;
  readonly verdict: string | null;
  readonly judged_by: string | null;
  readonly reason: string;
  readonly excerpt: string;
  readonly entry_id: string | null;
}
interface Run {
  readonly id: string;
  readonly status: string;
  readonly queries: readonly string[] | null;
  readonly planned_by: string | null;
  readonly stats: { readonly candidates: number; readonly pending: number; readonly ingested: number };
  readonly candidates: readonly Candidate[];
}

const RUNS = '/knowledge/web-research/runs';
const web = perFile(serveWeb);
const world = perFile(async () => {
  const testDatabase = await createTestDatabase();
  const engine = await createTestEngine({
    processes: ['control'],
    database: testDatabase,
    env: { CREWSHIP_OUTBOUND_ALLOW: web.place },
  });
  const api = await startTestApi({ over: testDatabase });
  return {
    api,
    engine,
    nudge: () => engine.db.systemTransaction({}, async (tx) => tx.touchOutbox()),
    async close() {
      await api.close();
      await engine.close();
    },
  };
});

async function team({ search, model }: { search: boolean; model: boolean }) {
  const owner = await world.api.addOwner();
  const { workspaceId } = owner;
  if (search) {
    await world.engine.db.transaction({ workspaceIds: [workspaceId] }, (tx) =>
      setSetting(tx, TEST_KEY_RING, {
        ...{ workspaceId, key: 'research.search_url', value: web.url, actor: systemActor() },
      }),
    );
  }
  if (model) {
    const target = { provider: 'openai_compatible', model: 'm', base_url: `${web.url}/v1` };
    await owner.put('/admin/llm-config', { default: target, version: 0 });
  }
  return owner;
}

async function start(who: TestUser, body: object): Promise<string> {
  const asked = { topic: 'Timeouts of payments', namespace: 'team', ...body };
  const { run_id: id } = await who.post<{ run_id: string }>(RUNS, asked, 202);
  await world.nudge();
  return id;
}
const until = (who: TestUser, id: string, isSo: (run: Run) => boolean) =>
  eventually(() => who.get<Run>(`${RUNS}/${id}`), isSo, 25_000);
const byPath = (run: Run) =>
  Object.fromEntries(run.candidates.map((one) => [new URL(one.url).pathname.slice(3), one] as const));

test('pages are found, read and judged, and become entries when people approve, also when workers are killed', async () => {
  const owner = await team({ search: true, model: true });
  const held = web.holdSlow();
  const id = await start(owner, { questions: ['Which suits checkout?'], reject_below: 0.3 });
  await held;
  await until(owner, id, (run) => byPath(run).timeouts?.excerpt !== '');
  await world.engine.processes.get('control')!.kill();
  await world.engine.start('control');
  const waiting = await until(owner, id, ({ status }) => status === 'waiting');
  expect(waiting).toMatchObject({ planned_by: 'model', queries: ['payment timeout'] });
  const found = byPath(waiting);
  const shown = Object.entries(found).map(([path, { status, verdict, reason }]) => [path, status, verdict ?? reason]);
  expect(shown.toSorted()).toEqual([
    ['copy', 'duplicate', ''],
    ['hidden', 'blocked', 'robots'],
    ['inner', 'blocked', 'address'],
    ['slow', 'pending', 'relevant'],
    ['soup', 'rejected', 'irrelevant'],
    ['timeouts', 'pending', 'relevant'],
  ]);
  expect(waiting.stats).toEqual({ candidates: 6, pending: 2, ingested: 0 });
  // What was read before the worker was killed is not read again.
  expect(web.asked.filter((path) => path === '/p/timeouts')).toHaveLength(1);
  expect(web.asked).not.toContain('/p/hidden');

  const judged = web.prompts.find(({ user }) => user.includes(INJECTION))!;
  const [, fence] = /^--- begin question (\w{16}) ---/.exec(judged.user)!;
  expect(judged.system).not.toContain('payment');
  expect(judged.user.slice(judged.user.indexOf(`--- begin page ${fence} ---`))).toContain(INJECTION);
  expect(judged.user.endsWith(`--- end page ${fence} ---`)).toBe(true);

  const decide = (decisions: object[]) =>
    owner.ask<{ results: object[] }>('POST', `${RUNS}/${id}/batch`, { decisions });
  const approve = { candidate_id: found.timeouts!.id, decision: 'approve', tags: ['payments'], note: 'good' };
  const some = await decide([
    approve,
    approve,
    { candidate_id: found.soup!.id, decision: 'approve' },
    { candidate_id: 'nobody', decision: 'reject' },
  ]);
  await world.nudge();
  expect(some.body.results).toMatchObject([
    { ok: true, code: null },
    { ok: false, code: 'repeated' },
    { ok: false, code: 'not_pending' },
    { ok: false, code: 'not_found' },
  ]);
  const part = await until(owner, id, ({ status, stats }) => stats.ingested === 1 && status === 'waiting');
  const entryId = byPath(part).timeouts!.entry_id!;
  const entry = await owner.get<{ content: string }>(`/knowledge/${entryId}`);
  expect(entry).toMatchObject({
    ...{ namespace: 'team', title: 'Timeouts of payments', status: 'published', tags: ['payments'] },
    source: { type: 'web', url: `${web.url}/p/timeouts` },
    created_by: owner.id,
  });
  expect(entry.content).toContain('\\[\\[Release plan]]');
  expect(await owner.get(`/knowledge/${entryId}/links`)).toMatchObject({ total: 0 });

  expect((await decide([{ candidate_id: found.slow!.id, decision: 'reject' }])).body.results).toMatchObject([
    { ok: true },
  ]);
  await world.nudge();
  expect(await until(owner, id, ({ status }) => status === 'completed')).toMatchObject({ stats: { ingested: 1 } });
  const over = await decide([approve]);
  expect([over.status, over.body]).toMatchObject([409, { current_status: 'completed' }]);
  const { entries } = await owner.get<{ entries: { entry_type: string }[] }>('/journal?limit=100');
  const told = entries.map(({ entry_type: type }) => type).filter((type) => type.startsWith('research.'));
  expect(told.toSorted()).toEqual(
    ['research.decided', 'research.decided', 'research.ingested', 'research.judged', 'research.started'].toSorted(),
  );

  // What is an entry by now is found again, and not asked about again.
  const again = await start(owner, { urls: [`${web.url}/p/timeouts`], max_pages: 1 });
  const second = await until(owner, again, ({ status }) => status === 'completed');
  expect(second.candidates).toMatchObject([{ status: 'duplicate' }]);
});

test('without a model words judge, and pages of a run that is cancelled are nobody’s to decide about', async () => {
  const owner = await team({ search: false, model: false });
  expect((await owner.ask('POST', RUNS, { topic: 'x', namespace: 'team' })).body).toMatchObject({
    ...{ status: 503, code: 'search_not_configured' },
  });
  const id = await start(owner, { urls: [`${web.url}/p/timeouts`, `${web.url}/p/slow`] });
  const waiting = await until(owner, id, ({ status }) => status === 'waiting');
  expect(waiting).toMatchObject({ planned_by: 'words', queries: [] });
  const { timeouts, slow } = byPath(waiting);
  expect([timeouts, slow]).toMatchObject([
    { judged_by: 'words', verdict: 'relevant' },
    { judged_by: 'words', verdict: 'irrelevant' },
  ]);
  await owner.post(`/agent-jobs/${id}/cancel`, {}, 202);
  await world.nudge();
  const over = await until(owner, id, ({ status }) => status === 'cancelled');
  expect(over.candidates.map(({ status }) => status)).toEqual(['expired', 'expired']);
  const contents = await world.engine.db.systemReads.any<{ content: string | null }>(
    [owner.workspaceId],
    sql`SELECT content FROM research_candidates WHERE run_id = ${id} AND content IS NOT NULL`,
  );
  expect(contents).toEqual([]);
});

test('research is administrators’, and what is out of their reach is not there', async () => {
  const [owner, other] = [await team({ search: false, model: false }), await team({ search: false, model: false })];
  const urls = [`${web.url}/p/soup`];
  const manager = await world.api.addMember(owner.workspaceId, 'MANAGER');
  const ask = async (who: TestUser, namespace: string) =>
    (await who.ask('POST', RUNS, { topic: 'x', namespace, urls })).status;
  expect(await ask(manager, 'team')).toBe(403);
  expect(await ask(owner, 'no-such')).toBe(404);
  const { id: projectId } = await other.post<{ id: string }>('/projects', { name: 'Secret', visibility: 'private' });
  expect(await ask(owner, `project.${projectId}`)).toBe(404);
  const id = await start(other, { urls, namespace: `project.${projectId}` });
  expect(await other.get(`${RUNS}?namespace=project.${projectId}`)).toMatchObject({ total: 1, items: [{ id }] });
  for (const path of [`${RUNS}/${id}`, `${RUNS}?namespace=project.${projectId}`]) {
    expect((await owner.ask('GET', path)).status, path).toBe(404);
  }
  expect(await owner.get(RUNS)).toMatchObject({ total: 0 });
  const decisions = [{ candidate_id: 'nobody', decision: 'reject' }];
  expect((await owner.ask('POST', `${RUNS}/${id}/batch`, { decisions })).status).toBe(404);
  await other.delete(`/projects/${projectId}`);
  expect((await other.ask('GET', `${RUNS}/${id}`)).status).toBe(404);
  expect(await other.get(RUNS)).toMatchObject({ total: 0 });
});
