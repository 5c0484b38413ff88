import { chmod, rm } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { crewPaths } from '../../activities/crews/container/crew-host-paths.ts';
import { checkSidecar, startSidecar } from '../../activities/crews/container/start-sidecar.ts';
import { API_SOCKET_PATH, type IpcConfig, SIDECAR_PORT } from '../../domain/sidecar/ipc-config.ts';
import { newId } from '../../platform/ids/ids.ts';
import { bundleSidecar } from '../../sidecar/bundle.ts';
import { type CrewFixture, createDockerFixture, type DockerFixture, readUntil, startCrew } from './crew-fixture.ts';

interface Seen {
  method: string;
  url: string;
  headers: http.IncomingHttpHeaders;
  body: string;
}

let fixture: DockerFixture;
let crew: CrewFixture;
let sidecarFile: string;
let execId: string;
let ipcConfig: IpcConfig;
let socketPath: string;
let seen: Seen[];

const TOKEN = `crwv1.ws.crew.${'0'.repeat(60)}7331`;

beforeAll(async () => {
  fixture = await createDockerFixture();
  sidecarFile = (await bundleSidecar(fixture.settings.runtimeDir)).file;
  crew = await startCrew(fixture);
  socketPath = path.join(crewPaths(fixture.settings, crew.spec.crewId).sockets, 'api.sock');
  ipcConfig = {
    workspace_id: crew.spec.workspaceId,
    crew_id: crew.spec.crewId,
    crew_token: TOKEN,
    token_fp: 'abcdef012345',
    api_socket_path: API_SOCKET_PATH,
    listen_port: SIDECAR_PORT,
  };
  ({ execId } = await startSidecar(fixture.docker, { containerId: crew.containerId, sidecarFile, ipcConfig }));
}, 60_000);

afterAll(() => fixture.close(), 60_000);

beforeEach(() => {
  seen = [];
});

type Answer = (request: Seen, response: http.ServerResponse) => void;

/** A stand-in for the API's internal role: only its socket and its answers matter to a sidecar. */
async function listenAsApi(answer: Answer): Promise<{ kill(): Promise<void> }> {
  await rm(socketPath, { force: true });
  const server = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const entry = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
      seen.push(entry);
      answer(entry, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  await chmod(socketPath, 0o660);
  return {
    kill: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function json(response: http.ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

interface AgentRequest {
  path: string;
  options?: { method?: string; headers?: object; body?: string };
}

/** What an agent gets from the sidecar for requests that it makes one after the other. */
async function askAll(requests: readonly AgentRequest[]) {
  const script = `(async () => { const answers = [];
    for (const { path, options } of ${JSON.stringify(requests)}) {
      const r = await fetch("http://127.0.0.1:9119" + path, options);
      answers.push({ status: r.status, type: r.headers.get("content-type"), body: await r.json() });
    }
    console.log(JSON.stringify(answers)); })()`;
  const { stdout, stderr } = await crew.sh(`/opt/crewship/bin/node -e '${script.replaceAll("'", "'\\''")}'`);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as { status: number; type: string; body: Record<string, unknown> }[];
}

async function ask(path: string, options: AgentRequest['options'] = {}) {
  return (await askAll([{ path, options }]))[0]!;
}

async function seenRequest(count: number): Promise<void> {
  await expect.poll(() => seen.length, { timeout: 10_000, interval: 10 }).toBeGreaterThanOrEqual(count);
}

test('its health names the fingerprint of the token and not the token', async () => {
  const { status, body } = await ask('/health');
  expect(status).toBe(200);
  expect(body).toEqual({ status: 'ok', token_fp: 'abcdef012345', pid: expect.any(Number) });
  const probe = { containerId: crew.containerId, execId, sidecarFile, port: SIDECAR_PORT };
  expect(await checkSidecar(fixture.docker, { ...probe, tokenFp: 'abcdef012345' })).toBe(true);
  expect(await checkSidecar(fixture.docker, { ...probe, tokenFp: 'other' })).toBe(false);
});

test('agents can look into nothing of it, and the token is in no arguments and no environment', async () => {
  const { body } = await ask('/health');
  const pid = body.pid as number;
  for (const file of ['environ', 'mem', 'maps', 'fd/', 'cwd/', 'root/']) {
    const { exitCode, stderr } = await crew.sh(`ls /proc/${pid}/${file} >/dev/null && head -c 1 /proc/${pid}/${file}`);
    expect(exitCode, file).not.toBe(0);
    expect(stderr, file).toContain('Permission denied');
  }
  expect((await crew.sh(`kill -9 ${pid}`)).stderr).toContain('not permitted');
  const { stdout } = await crew.sh("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' ' '");
  expect(stdout).toContain('/opt/crewship/runtime/sidecar-');
  expect(stdout).not.toContain('733' + '1');
});

test('opening an escalation carries the token, the run and the crew, whatever the body claims', async () => {
  const api = await listenAsApi((_request, response) =>
    json(response, 201, { escalation_id: 'e1', status: 'PENDING' }),
  );
  const answer = await ask('/escalations', {
    method: 'POST',
    headers: { 'x-run-token': 'runv1.a.b', 'x-internal-token': 'forged', 'content-type': 'application/json' },
    body: JSON.stringify({ from_slug: 'lead', reason: 'why?', workspace_id: 'foreign', crew_id: 'foreign' }),
  });
  expect(answer).toMatchObject({ status: 201, body: { escalation_id: 'e1', status: 'PENDING' } });
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({ method: 'POST', url: '/api/v1/internal/escalations' });
  expect(seen[0]?.headers).toMatchObject({ 'x-internal-token': TOKEN, 'x-run-token': 'runv1.a.b' });
  expect(seen[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
  expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
    from_slug: 'lead',
    reason: 'why?',
    workspace_id: crew.spec.workspaceId,
    crew_id: crew.spec.crewId,
  });
  await api.kill();
});

test('opening waits for an API that is not there yet and then opens once', async () => {
  await rm(socketPath, { force: true });
  const asked = ask('/escalations', { method: 'POST', headers: { 'idempotency-key': 'mine' }, body: '{"reason":"x"}' });
  const api = await listenAsApi((_request, response) => json(response, 201, { escalation_id: 'e2' }));
  expect((await asked).status).toBe(201);
  expect(seen.map((request) => request.headers['idempotency-key'])).toEqual(['mine']);
  await api.kill();
});

test('a request that the API may have taken is not sent twice', async () => {
  const api = await listenAsApi((_request, response) => response.destroy());
  const answer = await ask('/escalations', { method: 'POST', body: '{"reason":"x"}' });
  expect(answer).toMatchObject({ status: 503, type: 'application/problem+json', body: { code: 'api_unavailable' } });
  expect(seen).toHaveLength(1);
  await api.kill();
});

test('a waiting agent gets its answer although the API is killed and restarted in between', async () => {
  const id = newId();
  const first = await listenAsApi(() => {});
  const waiting = ask(`/escalations/${id}/wait`, { headers: { 'x-run-token': 'runv1.a.b' } });
  await seenRequest(1);
  await first.kill();
  const draining = await listenAsApi((_request, response) => json(response, 503, { code: 'shutting_down' }));
  await seenRequest(2);
  await draining.kill();
  const last = await listenAsApi((_request, response) =>
    json(response, 200, { status: 'RESOLVED', resolution: 'yes' }),
  );
  expect(await waiting).toMatchObject({ status: 200, body: { status: 'RESOLVED', resolution: 'yes' } });
  for (const request of seen) {
    expect(request.url).toBe(`/api/v1/internal/escalations/${id}/wait`);
    expect(request.headers).toMatchObject({ 'x-internal-token': TOKEN, 'x-run-token': 'runv1.a.b' });
  }
  await last.kill();
});

test('an agent that goes away ends the wait at the API', async () => {
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  const api = await listenAsApi((_request, response) => response.once('close', resolve));
  const left = crew.sh(
    `/opt/crewship/bin/node -e 'fetch("http://127.0.0.1:9119/escalations/abc/wait"); setTimeout(() => process.exit(0), 300)'`,
  );
  await gone;
  await left;
  await api.kill();
});

test('missions are made, read and started through it, with the crew’s scope and one key a request', async () => {
  const id = newId();
  const api = await listenAsApi((request, response) => json(response, request.method === 'GET' ? 200 : 201, { id }));
  const made = await ask('/missions', {
    method: 'POST',
    headers: { 'x-run-token': 'runv1.a.b', 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'Planned', lead_agent_id: 'a1', crew_id: 'foreign', tasks: [{ title: 'one' }] }),
  });
  expect(made).toMatchObject({ status: 201, body: { id } });
  expect(await ask(`/missions/${id}`)).toMatchObject({ status: 200, body: { id } });
  await ask(`/missions/${id}/start`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST /api/v1/internal/missions',
    `GET /api/v1/internal/missions/${id}`,
    `POST /api/v1/internal/missions/${id}/start`,
  ]);
  expect(JSON.parse(seen[0]!.body)).toEqual({
    title: 'Planned',
    lead_agent_id: 'a1',
    tasks: [{ title: 'one' }],
    workspace_id: crew.spec.workspaceId,
    crew_id: crew.spec.crewId,
  });
  expect(seen[0]!.headers).toMatchObject({ 'x-internal-token': TOKEN, 'x-run-token': 'runv1.a.b' });
  // The action says all in its path.
  expect(seen[2]!.body).toBe('');
  const keys = seen.filter(({ method }) => method === 'POST').map(({ headers }) => headers['idempotency-key']);
  expect(new Set(keys).size).toBe(2);
  await api.kill();
});

const post = (body: object, headers: object = {}, method = 'POST') => ({
  method,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

test('agents work with each other through it: who acts is the run’s agent, and the crew is its own', async () => {
  const api = await listenAsApi((request, response) => json(response, request.method === 'POST' ? 201 : 200, {}));
  const run = { 'x-run-token': 'runv1.a.b' };
  const foreign = { workspace_id: 'foreign', crew_id: 'foreign' };
  const writes: [string, string, object, string | null][] = [
    ['POST', '/report-confidence', { confidence: 0.5, agent_id: 'other' }, 'agent_id'],
    ['POST', '/assignments', { target_slug: 'writer', task: 'Write', actor_agent_id: 'other' }, 'actor_agent_id'],
    ['POST', '/queries', { target_slug: 'writer', question: 'Why?', timeout_seconds: 5 }, null],
    ['POST', '/crew-messages', { to_crew_id: 'c2', content: 'Hi', from_agent_id: 'other' }, 'from_agent_id'],
    ['POST', '/issues', { title: 'Broken', author_id: 'other', assignee_id: 'a1' }, 'author_id'],
    ['PATCH', '/issues/CREW-1', { status: 'TODO', comment: 'Mine', agent_id: 'other' }, 'agent_id'],
    ['POST', '/issues/CREW-1/comments', { body: 'Done', agent_id: 'other' }, 'agent_id'],
  ];
  const answers = await askAll(
    writes.map(([method, path, body]) => ({ path, options: post({ ...body, ...foreign }, run, method) })),
  );
  expect(answers.map(({ status }) => status)).toEqual(writes.map(([method]) => (method === 'POST' ? 201 : 200)));
  expect(seen).toHaveLength(writes.length);
  for (const [index, [method, path, body, actorField]] of writes.entries()) {
    expect(seen[index]).toMatchObject({ method, url: `/api/v1/internal${path}` });
    expect(seen[index]!.headers).toMatchObject({ 'x-internal-token': TOKEN, ...run });
    const expected = Object.entries(body).filter(([name]) => name !== actorField);
    expect(JSON.parse(seen[index]!.body), path).toEqual({
      ...Object.fromEntries(expected),
      workspace_id: crew.spec.workspaceId,
      crew_id: crew.spec.crewId,
    });
  }
  expect(new Set(seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(writes.length);

  // Without a run nothing proves who acts: the agent's word goes on, within its crew.
  seen.length = 0;
  expect((await ask('/issues', post({ title: 'Broken', author_id: 'a1' }))).status).toBe(201);
  // Made inside: it is longer than an argument may be.
  const long = `fetch("http://127.0.0.1:9119/crew-messages", {method: "POST", body: JSON.stringify(
    {from_crew_id: "foreign", from_agent_id: "a1", content: "\\n".repeat(1e6)})}).then((r) => console.log(r.status))`;
  expect((await crew.sh(`/opt/crewship/bin/node -e '${long}'`)).stdout).toBe('201\n');
  expect(JSON.parse(seen[0]!.body)).toMatchObject({ author_id: 'a1' });
  expect(JSON.parse(seen[1]!.body)).toMatchObject({ from_agent_id: 'a1', from_crew_id: crew.spec.crewId });
  await api.kill();
});

test('what agents read is asked for with the parameters that are allowed', async () => {
  const api = await listenAsApi((_request, response) => json(response, 200, []));
  const since = '2026-01-01T00%3A00%3A00%2B01%3A00';
  const reads: [string, string][] = [
    ['/assignments/a_1', '/assignments/a_1'],
    [`/standup?since=${since}&crew_id=foreign`, `/standup?since=${since}`],
    ['/crews?workspace_id=foreign', '/crews'],
    ['/crew-connections', '/crew-connections'],
    ['/crew-messages?limit=5&direction=all&peer_crew_id=c2', '/crew-messages?direction=all&limit=5&peer_crew_id=c2'],
    ['/issues?q=a%26b%3F?&status=TODO,DONE&x=1', '/issues?status=TODO%2CDONE&q=a%26b%3F%3F'],
    ['/issues/CREW-1?q=x', '/issues/CREW-1'],
  ];
  for (const { status } of await askAll(reads.map(([path]) => ({ path })))) expect(status).toBe(200);
  expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual(
    reads.map(([, url]) => `GET /api/v1/internal${url}`),
  );
  await api.kill();
});

test('an answer that is too large is said to be so and not asked for again', async () => {
  const api = await listenAsApi((_request, response) => json(response, 200, { data: 'x'.repeat(5e6) }));
  const answer = await ask('/crew-messages');
  expect(answer).toMatchObject({ status: 502, type: 'application/problem+json', body: { code: 'answer_too_large' } });
  expect(seen).toHaveLength(1);
  await api.kill();
});

test('a question to another agent is asked once and dropped when its asker goes away', async () => {
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  const api = await listenAsApi((request, response) => {
    if (request.body.includes('Leaves')) response.once('close', resolve);
    else if (request.body.includes('Restart')) response.destroy();
    else setTimeout(() => json(response, 500, { code: 'query_failed', query_id: 'q1' }), 200);
  });
  const failed = await ask('/queries', post({ question: 'Why?' }));
  expect(failed).toMatchObject({ status: 500, body: { code: 'query_failed', query_id: 'q1' } });
  expect(await ask('/queries', post({ question: 'Restart' }))).toMatchObject({
    status: 503,
    body: { code: 'api_unavailable' },
  });
  expect(seen).toHaveLength(2);
  const left = crew.sh(
    `/opt/crewship/bin/node -e 'fetch("http://127.0.0.1:9119/queries", {method:"POST",body:"{\\"question\\":\\"Leaves\\"}"}); setTimeout(() => process.exit(0), 300)'`,
  );
  await gone;
  await left;
  await api.kill();
});

test('late answers are asked for again while the API is away, and acknowledged once', async () => {
  await rm(socketPath, { force: true });
  const asked = ask('/answers', { headers: { 'x-run-token': 'runv1.a.b' } });
  const draining = await listenAsApi((_request, response) => json(response, 503, { code: 'shutting_down' }));
  await seenRequest(1);
  await draining.kill();
  const api = await listenAsApi((request, response) => {
    if (request.method === 'GET') json(response, 200, { answers: [{ escalation_id: 'e1' }] });
    else response.destroy();
  });
  expect(await asked).toMatchObject({ status: 200, body: { answers: [{ escalation_id: 'e1' }] } });
  const before = seen.length;
  expect((await ask('/answers/e1/acknowledge', { method: 'POST' })).status).toBe(503);
  expect(seen.slice(before).map(({ url }) => url)).toEqual(['/api/v1/internal/answers/e1/acknowledge']);
  for (const request of seen) expect(request.headers).toMatchObject({ 'x-internal-token': TOKEN });
  await api.kill();
});

test('answers of the API are passed on as they are', async () => {
  const api = await listenAsApi((_request, response) => {
    response.writeHead(404, { 'content-type': 'application/problem+json' }).end('{"code":"not_found"}');
  });
  const answer = await ask('/escalations/abc/wait');
  expect(answer).toEqual({ status: 404, type: 'application/problem+json', body: { code: 'not_found' } });
  await api.kill();
});

test('bad requests are refused before the API sees them', async () => {
  const cases: [string, AgentRequest['options'], number, string][] = [
    ['/escalations', { method: 'POST', body: '{' }, 400, 'bad_request'],
    ['/escalations', { method: 'POST', body: '[]' }, 400, 'bad_request'],
    ['/escalations', { method: 'GET' }, 405, 'method_not_allowed'],
    ['/escalations/abc/wait', { method: 'DELETE' }, 405, 'method_not_allowed'],
    ['/missions', { method: 'GET' }, 405, 'method_not_allowed'],
    ['/missions/abc/start', { method: 'GET' }, 405, 'method_not_allowed'],
    ['/missions/abc/cancel', { method: 'POST' }, 404, 'not_found'],
    ['/answers/abc', { method: 'POST' }, 404, 'not_found'],
    ['/escalations/a%2Fb/wait', {}, 404, 'not_found'],
    ['/v1/messages', { method: 'POST', body: '{}' }, 404, 'not_found'],
    ['/llm/anthropic/v1/messages', { method: 'POST', body: '{}' }, 403, 'egress_denied'],
    ['/credentials', {}, 404, 'not_found'],
    ['/cost/record', { method: 'POST', body: '{}' }, 404, 'not_found'],
    ['/agents/abc/webhook-secret', {}, 404, 'not_found'],
    ['/issues/CREW-1%2F..', { method: 'PATCH', body: '{}' }, 404, 'not_found'],
    ['/issues/CREW-1', { method: 'DELETE' }, 405, 'method_not_allowed'],
    ['/issues/CREW-1', { method: 'PATCH', body: '"x"' }, 400, 'bad_request'],
    ['/issues?limit=1&limit=2', {}, 400, 'bad_request'],
    ['/crew-messages?peer_crew_id=a%2Fb', {}, 400, 'bad_request'],
    ['/standup', { method: 'POST', body: '{}' }, 405, 'method_not_allowed'],
  ];
  const answers = await askAll(cases.map(([path, options]) => ({ path, options })));
  for (const [index, [path, , status, code]] of cases.entries()) {
    expect(answers[index], path).toMatchObject({
      status,
      type: 'application/problem+json',
      body: { status, code },
    });
  }
  const big =
    'fetch("http://127.0.0.1:9119/escalations",{method:"POST",body:JSON.stringify({reason:"x".repeat(2e6)})}).then((r)=>console.log(r.status))';
  expect((await crew.sh(`/opt/crewship/bin/node -e '${big}'`)).stdout).toBe('413\n');
  expect(seen).toHaveLength(0);
});

test('proxy requests are refused in words', async () => {
  const connect = `const http = require("http");
    http.request({ port: 9119, host: "127.0.0.1", method: "CONNECT", path: "example.com:443" })
      .on("connect", (r, s, head) => { console.log(r.statusCode, head.toString()); s.destroy(); }).end();
    http.get({ port: 9119, host: "127.0.0.1", path: "http://example.com/health" }, (r) => { console.log(r.statusCode); r.resume(); });`;
  const { stdout } = await crew.sh(`/opt/crewship/bin/node -e '${connect}'`);
  expect(stdout).toContain('egress_denied');
  expect(stdout.match(/403/g)?.length).toBeGreaterThanOrEqual(2);
});

test('a second sidecar takes over while the first one drains, and agents can not take the port', async () => {
  const squat =
    'require("net").createServer().on("error",(e)=>console.log(e.code)).listen({port:9119,host:"127.0.0.1",reusePort:true})';
  expect((await crew.sh(`/opt/crewship/bin/node -e '${squat}'`)).stdout).toBe('EADDRINUSE\n');

  const { body } = await ask('/health');
  const api = await listenAsApi(() => {});
  const waiting = ask('/escalations/abc/wait');
  await seenRequest(1);
  const second = await startSidecar(fixture.docker, {
    containerId: crew.containerId,
    sidecarFile,
    ipcConfig: { ...ipcConfig, token_fp: 'fedcba543210' },
  });
  await crew.sh(`kill -TERM ${String(body.pid)}`, '1002:1002');
  // The first one listens no more, once the kernel has closed its socket.
  await expect.poll(async () => (await ask('/health')).body.token_fp, { timeout: 5_000 }).toBe('fedcba543210');
  expect((await fixture.docker.inspectExec(execId))?.running).toBe(true);
  await api.kill();
  const next = await listenAsApi((_request, response) => json(response, 200, { status: 'RESOLVED' }));
  expect((await waiting).status).toBe(200);
  await expect.poll(async () => (await fixture.docker.inspectExec(execId))?.running, { timeout: 8_000 }).toBe(false);
  expect((await fixture.docker.inspectExec(second.execId))?.running).toBe(true);
  await next.kill();
}, 30_000);

test('an agent runs with the address of the sidecar in its environment', async () => {
  const attemptId = newId();
  const exec = await crew.start(attemptId, ['/bin/sh', '-c', 'echo $CREWSHIP_SIDECAR_URL $HTTPS_PROXY; exec sleep 60']);
  const { output } = await readUntil(crew.follow(attemptId, exec), '\n');
  expect(output).toBe('http://127.0.0.1:9119 http://127.0.0.1:9119\n');
});

test('a sidecar that gets no sensible configuration says so and is not taken for ready', async () => {
  const broken = { ...ipcConfig, crew_token: '' };
  const start = startSidecar(fixture.docker, { containerId: crew.containerId, sidecarFile, ipcConfig: broken });
  await expect(start).rejects.toMatchObject({ code: 'not_ready' });
});

test('files are streamed both ways, and one that is too large is refused', async () => {
  const api = await listenAsApi((request, response) => {
    if (request.method === 'POST') return json(response, 201, { size: Buffer.byteLength(request.body) });
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'x-file-name': 'f', 'x-file-size': '3' });
    response.end('abc');
  });
  try {
    const script = `(async () => {
      const base = "http://127.0.0.1:9119/crew-files/c1";
      const form = new FormData();
      form.append("path", "a");
      form.append("file", new Blob([Buffer.alloc(6e6, "x")]), "a");
      const sent = await fetch(base, { method: "POST", body: form });
      const read = await fetch(base + "?path=a%20b&crew_id=other");
      const big = await fetch(base, { method: "POST", body: Buffer.alloc(11e6, "x") });
      console.log(JSON.stringify([sent.status, (await sent.json()).size > 6e6, await read.text(),
        read.headers.get("x-file-name"), read.headers.get("x-file-size"), big.status]));
    })()`;
    const { stdout, stderr } = await crew.sh(`/opt/crewship/bin/node -e '${script.replaceAll("'", "'\\''")}'`);
    expect([stdout.trim(), stderr]).toEqual([JSON.stringify([201, true, 'abc', 'f', '3', 413]), '']);
    expect(seen.map(({ method, url, headers }) => [method, url, headers['x-internal-token']])).toEqual([
      ['POST', '/api/v1/internal/crew-files/c1', TOKEN],
      ['GET', '/api/v1/internal/crew-files/c1?path=a+b', TOKEN],
    ]);
    expect(seen[0]?.headers['content-type']).toContain('multipart/form-data; boundary=');
  } finally {
    await api.kill();
  }
});
