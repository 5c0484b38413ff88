import { randomBytes } from 'node:crypto';
import { link, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { publishArtifacts } from '../../../activities/work/artifacts/publish-artifacts.ts';
import { requestArtifact } from '../../../commands/work/artifacts/publish-artifact.ts';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { ArtifactRef, PublishedPath } from '../../../domain/work/artifacts/artifact.ts';
import type { JobView } from '../../../domain/work/jobs/job.ts';
import { createDiskStore } from '../../../platform/blob-store/disk-store.ts';
import { turnsPlayedIn } from '../../conversations/chats/played-turns.ts';
import { addCrew, beatHost, bringCrewUp } from '../../support/mission-crew.ts';
import { startTestApi } from '../../support/test-api.ts';
import { eventually } from '../../support/test-crew.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { createTestEngine } from '../../support/test-engine.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

interface Told {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

const world = perFile(async () => {
  const database = await createTestDatabase();
  const api = await startTestApi({ over: database });
  const env = { CREWSHIP_BLOB_DIR: api.blobsDir };
  const engine = await createTestEngine({ processes: ['control'], database, env });
  const close = async () => {
    await api.close();
    await engine.close();
  };
  return { api, engine, close };
});
const crew = perTest(() => addCrew(world.api));
const play = turnsPlayedIn(() => world.api.database);
const PAGE = '<h1 onclick="go()">March</h1><p></p><script>go()</script>';

beforeEach(async () => {
  await beatHost(world.api, 1_000);
  await bringCrewUp(crew);
});

/** A turn whose agent leaves files and is over; what it published. */
async function publish(
  files: Readonly<Record<string, string | Buffer>>,
  options: {
    readonly session?: object;
    readonly named?: readonly PublishedPath[];
    readonly before?: () => unknown;
  } = {},
) {
  const { api } = world;
  const session = await crew.owner.post<{ id: string }>('/sessions', options.session ?? {});
  const asked = { message: 'Write', wait_s: 0, session_id: session.id, agent: crew.lead.slug };
  const turn = await crew.owner.post<Turn>('/chat', asked, 202);
  await play.begin(crew.workspaceId, turn);
  const crewsDir = path.join(api.blobsDir, 'crews');
  const output = path.join(crewsDir, crew.crewId, 'output');
  await mkdir(output, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(output, name)), { recursive: true });
    await writeFile(path.join(output, name), content);
  }
  await options.before?.();
  const named = options.named ?? Object.keys(files).map((name) => ({ path: name, title: null }));
  const address = { workspaceId: crew.workspaceId, id: turn.run_id, generation: 0 };
  const blobs = { store: createDiskStore({ directory: api.blobsDir }), quotaBytes: 1e9 };
  const again = () =>
    publishArtifacts({ db: api.database, dirs: { crewsDir }, blobs }, { address, crewId: crew.crewId, named });
  await again();
  // A host that was killed before it settled the attempt.
  await again();
  await play.end(crew.workspaceId, turn);
  const read = await crew.owner.get<{ messages: { artifacts: ArtifactRef[] }[] }>(`/sessions/${session.id}`);
  return { turn, output, session: session.id, artifacts: read.messages[1]!.artifacts };
}

const door = (token: string, rest = '') => `/api/v1/attachments/${token}/${rest}`;
const take = (token: string, headers: Record<string, string> = {}, as = crew.owner.token) =>
  world.api.call(as, { method: 'GET', url: door(token, 'download'), headers });
const save = (token: string, body: object, by = crew.owner) =>
  by.ask('POST', `/attachments/${token}/revisions`, body) as Promise<Told>;
const told = (type: string) =>
  crew.rows<{ payload: Record<string, unknown>; target_type: string; target_id: string }>(sql`
    SELECT payload, target_type, target_id FROM journal_entries
    WHERE workspace_id = ${crew.workspaceId} AND entry_type = ${type} ORDER BY ts, id`);

test('what a turn published is in its message, its turn, its run and its events, once, and is taken in parts', async () => {
  const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), randomBytes(5_000)]);
  const { turn, session, artifacts } = await publish(
    { 'a/märz "1".html': PAGE, 'chart.bin': png },
    {
      named: [
        { path: 'a/märz "1".html', title: 'March' },
        { path: 'chart.bin', title: null },
      ],
    },
  );
  expect(artifacts).toMatchObject([
    { name: 'märz "1".html', title: 'March', kind: 'html', size_bytes: Buffer.byteLength(PAGE), revision: 1 },
    { name: 'chart.bin', title: null, kind: 'image', mime: 'image/png', size_bytes: png.length },
  ]);
  for (const { reference_token: token } of artifacts) expect(token).toMatch(/^[A-Za-z0-9_-]{22}$/);
  expect(await crew.owner.get(`/runs/${turn.run_id}`)).toMatchObject({ artifacts });
  const { events } = await crew.owner.get<{ events: { type: string; data: object }[] }>(`/sessions/${session}/replay`);
  expect(events.filter(({ type }) => type === 'artifact.created').map(({ data }) => data)).toMatchObject(artifacts);
  const transcript = await world.api.call(crew.owner.token, {
    ...{ method: 'GET', url: `/api/v1/sessions/${session}/transcript?format=markdown` },
  });
  expect(transcript.body).toContain(door(artifacts[1]!.reference_token, 'download'));

  const whole = await take(artifacts[1]!.reference_token);
  expect(whole.rawPayload.equals(png)).toBe(true);
  expect(whole.headers).toMatchObject({
    ...{ 'content-type': 'image/png', 'accept-ranges': 'bytes', 'x-content-type-options': 'nosniff' },
    'content-security-policy': expect.stringMatching(/^sandbox; default-src 'none'/),
    'content-disposition': expect.stringMatching(/^attachment; filename="?chart.bin"?$/),
  });
  const page = await take(artifacts[0]!.reference_token, { range: 'bytes=4-9' });
  expect([page.statusCode, page.body, page.headers['content-range']]).toEqual([
    ...[206, PAGE.slice(4, 10), `bytes 4-9/${PAGE.length}`],
  ]);
  expect(page.headers['content-disposition']).toContain("filename*=UTF-8''m%C3%A4rz%20%221%22.html");
  expect((await take(artifacts[0]!.reference_token, { range: `bytes=${PAGE.length}-` })).statusCode).toBe(416);
  const created = await told('artifact.created');
  expect(created).toMatchObject([{ target_type: 'chat', target_id: session }, { target_id: session }]);
  expect(await told('artifact.downloaded')).toHaveLength(1);
  expect(JSON.stringify(created)).not.toContain(artifacts[0]!.reference_token);
});

test('an agent publishes only files of its own, and what it can’t publish is told and holds nothing up', async () => {
  const output = path.join(world.api.blobsDir, 'crews', crew.crewId, 'output');
  const { artifacts } = await publish(
    { 'good.csv': 'a,b\n', 'real.txt': 'x' },
    {
      named: ['link.txt', 'twice.txt', 'good.csv', 'gone.txt', 'dir'].map((name) => ({ path: name, title: null })),
      async before() {
        await symlink('/etc/passwd', path.join(output, 'link.txt'));
        await link(path.join(output, 'real.txt'), path.join(output, 'twice.txt'));
        await mkdir(path.join(output, 'dir'));
      },
    },
  );
  expect(artifacts).toMatchObject([{ name: 'good.csv', kind: 'csv' }]);
  const reasons = (await told('artifact.refused')).map(({ payload }) => payload.reason);
  expect(reasons.toSorted()).toEqual(['missing', 'not_regular', 'not_regular', 'not_regular']);
});

test('the tool’s call is taken while the run goes on, twenty files at most', async () => {
  const { turn } = await publish({ 'a.txt': 'a' });
  const ask = (runId: string, name: string, title: string | null = null) =>
    world.api.database.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
      requestArtifact(tx, runId, { path: name, title }),
    );
  await expect(ask(turn.run_id, 'b.txt')).rejects.toMatchObject({ code: 'wrong_state' });
  const asked = { message: 'More', wait_s: 0, agent: crew.lead.slug };
  const next = await crew.owner.post<Turn>('/chat', asked, 202);
  for (let n = 0; n < 20; n += 1) await ask(next.run_id, `${n}.txt`);
  await expect(ask(next.run_id, 'one-more.txt')).rejects.toMatchObject({ code: 'limit_reached' });
  await ask(next.run_id, '3.txt', 'Renamed');
});

test('who may not know of the session knows of none of its files, on any door', async () => {
  const { api } = world;
  const { artifacts, session } = await publish({ 'a.html': PAGE });
  const token = artifacts[0]!.reference_token;
  const others = [
    await api.addMember(crew.workspaceId, 'ADMIN'),
    await api.addMember(crew.workspaceId, 'MEMBER'),
    await api.addOwner(),
  ];
  for (const other of others) {
    expect((await take(token, {}, other.token)).statusCode).toBe(404);
    expect((await other.ask('GET', `/attachments/${token}/source`)).status).toBe(404);
    expect((await save(token, { html: 'x', base_revision: 1 }, other)).status).toBe(404);
    expect((await other.ask('POST', `/attachments/${token}/layout-cleanup`, {})).status).toBe(404);
    const input = { reference_token: token };
    const job = await other.ask('POST', '/agent-jobs', { kind: 'artifact.layout-cleanup', input });
    expect([400, 403]).toContain(job.status);
  }
  const share = await crew.owner.post<{ id: string }>(`/sessions/${session}/shares`, { user_id: others[1]!.id });
  await others[1]!.post(`/sessions/${session}/shares/${share.id}/accept`, {}, 200);
  expect((await take(token, {}, others[1]!.token)).statusCode).toBe(200);
  expect((await save(token, { html: 'x', base_revision: 1 }, others[1]!)).status).toBe(403);
});

test('of fifty who save at once one does, and what is kept runs nothing', async () => {
  const { artifacts } = await publish({ 'a.html': PAGE, 'a.csv': 'a' });
  const [token, csv] = artifacts.map(({ reference_token: one }) => one) as [string, string];
  const html = `${PAGE}<p>saved</p>`;
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => save(token, { html, base_revision: 1, note: 'edited' })),
  );
  const saved = answers.filter(({ status }) => status === 201);
  expect(saved).toHaveLength(1);
  expect(saved[0]!.body).toMatchObject({
    revision: 2,
    removed: expect.arrayContaining([
      { what: 'element', name: 'script', count: 1 },
      { what: 'attribute', name: 'h1 onclick', count: 1 },
    ]),
  });
  for (const { status, body } of answers.filter((answer) => answer.status !== 201)) {
    expect([status, body.reason, body.current_revision]).toEqual([409, 'stale_base', 2]);
  }
  const source = await crew.owner.get<object>(`/attachments/${token}/source`);
  const kept = '<h1>March</h1><p></p><p>saved</p>';
  expect(source).toMatchObject({ revision: 2, html: kept, sha256: saved[0]!.body.sha256, editable: true });
  expect(await crew.owner.get(`/attachments/${token}/source?revision=1`)).toMatchObject({ html: PAGE });
  expect((await crew.owner.ask('GET', `/attachments/${token}/source?revision=3`)).status).toBe(404);
  expect((await crew.owner.ask('GET', `/attachments/${csv}/source`)).body).toMatchObject({
    ...{ status: 409, reason: 'not_html' },
  });
  expect((await save(csv, { html: 'x', base_revision: 1 })).body).toMatchObject({ status: 409, reason: 'not_html' });
  const tooLong = await save(token, { html: 'x'.repeat(2 * 1024 * 1024 + 1), base_revision: 2 });
  expect(tooLong.status).toBe(400);
  expect(await told('artifact.revised')).toMatchObject([{ payload: { revision: 2, removed: 2 } }]);
  const once = () =>
    world.api.call(crew.owner.token, {
      method: 'POST',
      url: door(token, 'revisions'),
      headers: { 'idempotency-key': 'save-once' },
      payload: { html, base_revision: 2 },
    });
  const [first, again] = [await once(), await once()];
  expect([first.statusCode, again.statusCode, again.headers['idempotent-replayed']]).toEqual([201, 201, 'true']);
});

test('a layout is tidied by a job, one at a time, and fails with a code where there is no model', async () => {
  const { artifacts } = await publish({ 'a.html': PAGE });
  const token = artifacts[0]!.reference_token;
  const tidy = (body: object) => crew.owner.ask('POST', `/attachments/${token}/layout-cleanup`, body) as Promise<Told>;
  const over = async (answer: Told) => {
    await world.engine.db.systemTransaction({}, async (tx) => tx.touchOutbox());
    return eventually(
      () => crew.owner.get<JobView>(`/agent-jobs/${answer.body.job_id as string}`),
      ({ status }) => ['completed', 'failed'].includes(status),
    );
  };
  const first = await tidy({});
  expect(first.status).toBe(202);
  expect((await tidy({})).body).toMatchObject({ reason: 'running', job_id: first.body.job_id });
  expect(await over(first)).toMatchObject({ status: 'completed', result: { revision: 2 } });
  const source = await crew.owner.get<object>(`/attachments/${token}/source`);
  expect(source).toMatchObject({ revision: 2, html: '<h1>March</h1>\n' });
  expect((await tidy({ base_revision: 1 })).body).toMatchObject({ status: 409, reason: 'stale_base' });
  const instructed = await over(await tidy({ instructions: 'One table.' }));
  expect(instructed).toMatchObject({ status: 'failed', error: { code: 'llm_not_configured' } });
});
