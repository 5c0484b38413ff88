import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { type InternalCrew, startInternal } from '../../support/sidecar-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile } from '../../support/world/per-file.ts';

let peer: InternalCrew;
let oneWay: InternalCrew;
let sibling: InternalCrew;

const internal = perFile(() => startInternal('crew-files'));
const crew = perFile(() => internal.addCrew());
beforeAll(async () => {
  [peer, oneWay, sibling] = [await internal.addCrew(crew), await internal.addCrew(crew), await internal.addCrew(crew)];
});
const stranger = perFile(() => internal.addCrew());
beforeAll(async () => {
  for (const [to, direction] of [
    [peer, 'bidirectional'],
    [oneWay, 'unidirectional'],
  ] as const) {
    const answer = await crew.owner.send('POST', '/api/v1/crew-connections', {
      from_crew_id: crew.crewId,
      to_crew_id: to.crewId,
      direction,
    });
    expect(answer.statusCode).toBe(201);
  }
});

const sharedOf = (of: InternalCrew) => path.join(internal.host.crewsDir, of.crewId, 'crew');

beforeEach(async () => {
  for (const of of [crew, peer]) {
    await rm(sharedOf(of), { recursive: true, force: true });
    await mkdir(sharedOf(of), { recursive: true });
  }
});

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly bytes: Buffer;
  json(): Record<string, unknown>;
}

async function send(as: InternalCrew, to: string, options: { query?: string; form?: FormData; raw?: Raw } = {}) {
  const encoded = options.form === undefined ? undefined : new Response(options.form);
  const raw =
    encoded === undefined
      ? options.raw
      : { type: encoded.headers.get('content-type')!, bytes: Buffer.from(await encoded.arrayBuffer()) };
  return new Promise<Answer>((resolve, reject) => {
    const request = http.request(
      {
        socketPath: as.socketPath,
        agent: false,
        method: raw === undefined ? 'GET' : 'POST',
        path: `/api/v1/internal/crew-files/${to}${options.query ?? ''}`,
        headers: { 'x-internal-token': as.token, ...(raw === undefined ? {} : { 'content-type': raw.type }) },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', reject);
        response.once('end', () => {
          const bytes = Buffer.concat(chunks);
          const json = () => JSON.parse(bytes.toString()) as Record<string, unknown>;
          resolve({ status: response.statusCode!, headers: response.headers, bytes, json });
        });
      },
    );
    request.once('error', reject);
    request.end(raw?.bytes);
  });
}

interface Raw {
  readonly type: string;
  readonly bytes: Buffer;
}

function form(fields: Record<string, string>, file: Buffer | string | null = 'content', fileFirst = false): FormData {
  const data = new FormData();
  const addFile = () => {
    if (file !== null)
      data.append('file', new Blob([typeof file === 'string' ? file : new Uint8Array(file)]), 'name-of-no-meaning');
  };
  if (fileFirst) addFile();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  if (!fileFirst) addFile();
  return data;
}

const read = (as: InternalCrew, of: InternalCrew, file: string) =>
  send(as, of.crewId, { query: `?path=${encodeURIComponent(file)}` });

test('a crew writes into its own directory at any path, over a file that is there', async () => {
  for (const text of ['first', 'second']) {
    const sent = await send(crew, crew.crewId, { form: form({ path: 'notes/day/one.txt' }, text) });
    expect([sent.status, sent.json()]).toEqual([
      201,
      { path: 'notes/day/one.txt', size: text.length, crew_id: crew.crewId },
    ]);
    expect((await read(crew, crew, 'notes/day/one.txt')).bytes.toString()).toBe(text);
  }
  expect((await send(crew, crew.crewId, { form: form({ path: 'top.txt' }, 'top') })).status).toBe(201);
  expect(await readFile(path.join(sharedOf(crew), 'top.txt'), 'utf8')).toBe('top');
  const outside = await send(crew, crew.crewId, { form: form({ path: '../outside' }, 'no') });
  expect(outcome({ status: outside.status, body: outside.json() })).toEqual([400, 'invalid_request']);
});

test('a file that a crew sends lands in the other’s incoming directory, for its agents, and is read back', async () => {
  const sent = await send(crew, peer.crewId, { form: form({ path: 'reports/q1.txt' }, 'first') });
  expect([sent.status, sent.json()]).toEqual([
    201,
    { path: `incoming/${crew.crewId}/reports/q1.txt`, size: 5, crew_id: peer.crewId },
  ]);
  const placed = path.join(sharedOf(peer), `incoming/${crew.crewId}/reports/q1.txt`);
  expect(await readFile(placed, 'utf8')).toBe('first');
  if (process.getuid?.() === 0) {
    for (const name of [placed, path.dirname(placed), path.join(sharedOf(peer), 'incoming')]) {
      const { uid, gid } = await lstat(name);
      expect([uid, gid]).toEqual([1_001, 1_001]);
    }
  }
  const again = form({ path: 'reports/q1.txt', requester_crew_id: crew.crewId, crew_id: crew.crewId }, 'second', true);
  expect((await send(crew, peer.crewId, { form: again })).status).toBe(201);
  for (const reader of [crew, peer]) {
    const answer = await read(reader, peer, `incoming/${crew.crewId}/reports/q1.txt`);
    expect([answer.status, answer.bytes.toString()]).toEqual([200, 'second']);
    expect(answer.headers).toMatchObject({
      ...{ 'content-type': 'application/octet-stream', 'x-file-name': 'q1.txt', 'x-file-size': '6' },
    });
  }
  expect(await readdir(path.join(internal.host.crewsDir, peer.crewId, 'uploads'))).toEqual([]);
});

test('a directory is listed: files and directories with their sizes, up to a bound, names as they are', async () => {
  await mkdir(path.join(sharedOf(peer), 'notes'));
  await writeFile(path.join(sharedOf(peer), 'new\nline "quoted" ü.txt'), '1234');
  await writeFile(path.join(sharedOf(peer), 'empty'), '');
  await symlink('/etc', path.join(sharedOf(peer), 'etc'));
  for (const root of ['', '.', '/']) {
    const answer = await read(crew, peer, root);
    expect(answer.json()).toEqual({
      entries: [
        { name: 'empty', is_dir: false, size: 0 },
        { name: 'new\nline "quoted" ü.txt', is_dir: false, size: 4 },
        { name: 'notes', is_dir: true, size: 0 },
      ],
      truncated: false,
    });
    expect(answer.headers['content-type']).toContain('application/json');
  }
  const odd = await read(crew, peer, 'new\nline "quoted" ü.txt');
  expect([odd.status, odd.headers['x-file-name']]).toEqual([200, encodeURIComponent('new\nline "quoted" ü.txt')]);
  expect((await read(crew, peer, 'empty')).bytes.length).toBe(0);
  const huge = path.join(sharedOf(crew), 'huge');
  await mkdir(huge);
  execFileSync('/bin/sh', ['-c', 'seq 1 5000 | xargs touch'], { cwd: huge });
  const listed = (await read(crew, crew, 'huge')).json() as { entries: unknown[]; truncated: boolean };
  expect([listed.entries.length, listed.truncated]).toEqual([1_000, true]);
});

test('a connection leads one way, and without one there is no crew', async () => {
  expect((await read(crew, oneWay, '.')).status).toBe(200);
  expect((await send(crew, oneWay.crewId, { form: form({ path: 'a' }) })).status).toBe(201);
  expect((await read(oneWay, crew, '.')).status).toBe(403);
  expect((await send(oneWay, crew.crewId, { form: form({ path: 'a' }) })).status).toBe(403);
  const answers = [];
  for (const id of [sibling.crewId, stranger.crewId, 'no-such-crew']) {
    for (const options of [{ query: '?path=.' }, { form: form({ path: 'a' }) }]) {
      const answer = await send(crew, id, options);
      answers.push({ ...answer.json(), instance: null, request_id: null });
    }
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]).toMatchObject({ status: 404, code: 'not_found' });
  expect(await readdir(sharedOf(sibling))).toEqual([]);
});

test('paths that lead elsewhere are refused, and so is what names another crew as the one that asks', async () => {
  for (const bad of ['..', 'a/../b', '../crew', '/etc/passwd', 'a//b', 'a/', './a', `${'x'.repeat(256)}`, 'a\u0000b']) {
    const wrote = await send(crew, peer.crewId, { form: form({ path: bad }) });
    expect(wrote.status, JSON.stringify(bad)).toBe(400);
    expect((await read(crew, peer, bad)).status, JSON.stringify(bad)).toBe(400);
  }
  for (const bad of ['new\nline', 'bell\u0007', 'turned\u202e', '', '.']) {
    expect((await send(crew, peer.crewId, { form: form({ path: bad }) })).status, JSON.stringify(bad)).toBe(400);
  }
  for (const id of ['..', '%2e%2e', 'a%2Fb', '.']) {
    expect((await send(crew, id, { query: '?path=.' })).status, id).toBeGreaterThanOrEqual(400);
  }
  const foreign: [string, string][] = [
    ['requester_crew_id', peer.crewId],
    ['crew_id', peer.crewId],
    ['workspace_id', 'other'],
  ];
  for (const field of foreign) {
    const answer = await send(crew, peer.crewId, { form: form({ path: 'a', ...Object.fromEntries([field]) }) });
    expect(answer.status, field[0]).toBe(403);
  }
  expect((await send(crew, peer.crewId, { query: `?path=.&requester_crew_id=${peer.crewId}` })).status).toBe(403);
  expect((await send(crew, peer.crewId, { query: '' })).status).toBe(400);
  expect(await readdir(sharedOf(peer))).toEqual([]);
});

test('symlinks, FIFOs, devices and second names are refused, and nothing hangs', async () => {
  const shared = sharedOf(peer);
  await writeFile(path.join(internal.host.crewsDir, 'secret'), 'secret');
  await symlink(path.join(internal.host.crewsDir, 'secret'), path.join(shared, 'leaf'));
  await symlink(internal.host.crewsDir, path.join(shared, 'directory'));
  execFileSync('mkfifo', [path.join(shared, 'fifo')]);
  await writeFile(path.join(shared, 'file'), 'x');
  execFileSync('ln', [path.join(shared, 'file'), path.join(shared, 'second')]);
  if (process.getuid?.() === 0) execFileSync('mknod', [path.join(shared, 'device'), 'c', '1', '5']);
  const names = ['leaf', 'directory/secret', 'fifo', 'second', ...(process.getuid?.() === 0 ? ['device'] : [])];
  for (const name of names) expect((await read(crew, peer, name)).status, name).toBe(403);
  expect((await read(crew, peer, 'missing')).status).toBe(404);
  // In the way of what is written.
  await symlink(internal.host.crewsDir, path.join(shared, 'incoming'));
  expect((await send(crew, peer.crewId, { form: form({ path: 'planted' }) })).status).toBe(403);
  await rm(path.join(shared, 'incoming'));
  await mkdir(path.join(shared, 'incoming', crew.crewId), { recursive: true });
  await symlink(path.join(internal.host.crewsDir, 'secret'), path.join(shared, 'incoming', crew.crewId, 'leaf'));
  expect((await send(crew, peer.crewId, { form: form({ path: 'leaf' }) })).status).toBe(403);
  expect(await readFile(path.join(internal.host.crewsDir, 'secret'), 'utf8')).toBe('secret');
  expect(await readdir(internal.host.crewsDir)).not.toContain('planted');
});

test('a crew that swaps its directories for links all the time gets and gives nothing of anybody else', async () => {
  const outside = path.join(internal.host.crewsDir, 'outside');
  await mkdir(outside, { recursive: true });
  await writeFile(path.join(outside, 'file'), 'the host’s');
  const shared = sharedOf(peer);
  await mkdir(path.join(shared, 'place'));
  await writeFile(path.join(shared, 'place', 'file'), 'the crew’s');
  const incoming = path.join(shared, 'incoming', crew.crewId);
  await mkdir(incoming, { recursive: true });
  const loop = `cd "$1" && while :; do
    mv -T place was && ln -s "$2" place && mv -T place link && mv -T was place && rm link
    mv -T incoming/$3 old && ln -s "$2" incoming/$3 && rm incoming/$3; mv -T old incoming/$3; done 2>/dev/null`;
  const swapper = spawn('/bin/sh', ['-c', loop, 'swapper', shared, outside, crew.crewId], { stdio: 'ignore' });
  try {
    const answers = { read: 0, sent: 0 };
    for (let round = 0; round < 40; round += 1) {
      const [got, sent] = await Promise.all([
        read(crew, peer, 'place/file'),
        send(crew, peer.crewId, { form: form({ path: `sent-${round}` }) }),
      ]);
      if (got.status === 200) expect(got.bytes.toString()).toBe('the crew’s');
      else expect(got.bytes.toString()).not.toContain('the host’s');
      answers.read += Number(got.status === 200);
      answers.sent += Number(sent.status === 201);
      expect(sent.status, sent.bytes.toString()).toBeLessThan(
        500 + Number(sent.json().code === 'crew_unreachable') * 99,
      );
    }
    // It was at work, and let some through.
    expect(answers.read).toBeGreaterThan(0);
    expect(answers.sent).toBeGreaterThan(0);
  } finally {
    swapper.kill('SIGKILL');
    await once(swapper, 'exit');
  }
  expect(await readdir(outside)).toEqual(['file']);
  expect(await readFile(path.join(outside, 'file'), 'utf8')).toBe('the host’s');
  await rm(outside, { recursive: true });
});

test('more than 10 MB goes neither in nor out, and exactly 10 MB does', async () => {
  const limit = 10 * 1_048_576;
  const full = Buffer.alloc(limit, 'x');
  const fits = await send(crew, peer.crewId, { form: form({ path: 'full' }, full) });
  expect([fits.status, fits.json().size]).toEqual([201, limit]);
  const back = await read(peer, peer, `incoming/${crew.crewId}/full`);
  expect(back.bytes.equals(full)).toBe(true);
  const over = await send(crew, peer.crewId, { form: form({ path: 'over' }, Buffer.alloc(limit + 1)) });
  expect([over.status, over.json().code]).toEqual([413, 'payload_too_large']);
  expect(await readdir(path.join(sharedOf(peer), 'incoming', crew.crewId))).toEqual(['full']);
  await truncate(path.join(sharedOf(peer), 'incoming', crew.crewId, 'full'), limit + 1);
  expect((await read(peer, peer, `incoming/${crew.crewId}/full`)).status).toBe(413);
  expect(await readdir(path.join(internal.host.crewsDir, peer.crewId, 'uploads'))).toEqual([]);
});

test('bodies that are no form, or no whole one, are refused and leave nothing', async () => {
  const type = 'multipart/form-data; boundary=b';
  const head = '--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n';
  const raws: [Raw, number][] = [
    [{ type, bytes: Buffer.from('rubbish') }, 400],
    [{ type, bytes: Buffer.from(`${head}half of it`) }, 400],
    [{ type: 'multipart/form-data', bytes: Buffer.from(head) }, 400],
    [{ type, bytes: Buffer.from(`${head}x\r\n${head}y\r\n--b--\r\n`) }, 400],
    [{ type, bytes: Buffer.alloc(0) }, 400],
    [{ type: 'application/json', bytes: Buffer.from('{}') }, 415],
    [{ type: 'text/plain', bytes: Buffer.from('x') }, 415],
  ];
  for (const [raw, status] of raws) {
    const answer = await send(crew, peer.crewId, { raw });
    expect([answer.status, raw.bytes.toString()], JSON.stringify(answer.json())).toEqual([
      status,
      raw.bytes.toString(),
    ]);
  }
  expect((await send(crew, peer.crewId, { form: form({ path: 'a' }, null) })).status).toBe(400);
  expect((await send(crew, peer.crewId, { form: form({}) })).status).toBe(400);
  const twice = form({ path: 'a' });
  twice.append('path', 'b');
  expect((await send(crew, peer.crewId, { form: twice })).status).toBe(400);
  expect(await readdir(sharedOf(peer))).toEqual([]);
  expect(await readdir(path.join(internal.host.crewsDir, peer.crewId, 'uploads'))).toEqual([]);
});

test('an incoming directory takes so many entries and no more', async () => {
  const incoming = path.join(sharedOf(peer), 'incoming', crew.crewId);
  await mkdir(path.join(incoming, 'many'), { recursive: true });
  execFileSync('/bin/sh', ['-c', 'seq 1 998 | xargs touch'], { cwd: path.join(incoming, 'many') });
  expect((await send(crew, peer.crewId, { form: form({ path: 'the-last' }) })).status).toBe(201);
  const beyond = await send(crew, peer.crewId, { form: form({ path: 'beyond' }) });
  expect([beyond.status, beyond.json()]).toEqual([409, expect.objectContaining({ code: 'conflict', limit: 1_000 })]);
  expect((await send(peer, peer.crewId, { form: form({ path: 'own' }) })).status).toBe(201);
});

test('a crew of another host, or one that has never run, is unreachable and says why', async () => {
  const reasons = [];
  await crew.write(sql`UPDATE crews SET host_id = 'test-host' WHERE id = ${peer.crewId}`);
  expect((await read(crew, peer, '.')).status).toBe(200);
  await rm(sharedOf(peer), { recursive: true });
  reasons.push((await read(crew, peer, '.')).json());
  await internal.api.database.systemTransaction({}, async (tx) => {
    await tx.execute(sql`INSERT INTO hosts (id, architecture, engine_version) VALUES ('far-host', 'x64', '1')`);
    await tx.execute(sql`UPDATE crews SET host_id = 'far-host' WHERE id = ${peer.crewId}`);
  });
  reasons.push((await send(crew, peer.crewId, { form: form({ path: 'a' }) })).json());
  expect(reasons).toMatchObject([
    { status: 502, code: 'crew_unreachable', reason: 'no_directory' },
    { status: 502, code: 'crew_unreachable', reason: 'other_host' },
  ]);
  await internal.api.database.systemTransaction({}, async (tx) => {
    await tx.execute(sql`UPDATE crews SET host_id = NULL WHERE id = ${peer.crewId}`);
  });
});

test('who listed, read and wrote what is in the journal', async () => {
  await send(crew, peer.crewId, { form: form({ path: 'audited' }, 'abc') });
  await read(crew, peer, `incoming/${crew.crewId}/audited`);
  await read(crew, peer, 'incoming');
  const rows = await crew.rows(sql`
      SELECT entry_type, crew_id, payload FROM journal_entries
      WHERE entry_type LIKE 'file.%' AND crew_id = ${peer.crewId} ORDER BY ts DESC, id DESC LIMIT 3`);
  const about = { requester_crew_id: crew.crewId, path: `incoming/${crew.crewId}/audited`, size: 3 };
  const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(rows.toReversed()).toEqual([
    { entry_type: 'file.written', crew_id: peer.crewId, payload: { ...about, sha256 } },
    { entry_type: 'file.read', crew_id: peer.crewId, payload: about },
    { entry_type: 'file.listed', crew_id: peer.crewId, payload: { requester_crew_id: crew.crewId, path: 'incoming' } },
  ]);
});
