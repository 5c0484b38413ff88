import { beforeEach, expect, test } from 'vitest';
import { newId } from '../../../platform/ids/ids.ts';
import { type AgentRequest, json, post, TEST_CREW_TOKEN, startSidecarFixture } from './sidecar-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';

const sidecar = perFile(() => startSidecarFixture());
beforeEach(() => {
  sidecar.seen.length = 0;
});

test('opening an escalation carries the token, the run and the crew, whatever the body claims', async () => {
  const api = await sidecar.listenAsApi((_request, response) =>
    json(response, 201, { escalation_id: 'e1', status: 'PENDING' }),
  );
  const answer = await sidecar.ask('/escalations', {
    method: 'POST',
    headers: { 'x-run-token': 'runv1.a.b', 'x-internal-token': 'forged', 'content-type': 'application/json' },
    body: JSON.stringify({ from_slug: 'lead', reason: 'why?', workspace_id: 'foreign', crew_id: 'foreign' }),
  });
  expect(answer).toMatchObject({ status: 201, body: { escalation_id: 'e1', status: 'PENDING' } });
  expect(sidecar.seen).toHaveLength(1);
  expect(sidecar.seen[0]).toMatchObject({ method: 'POST', url: '/api/v1/internal/escalations' });
  expect(sidecar.seen[0]?.headers).toMatchObject({ 'x-internal-token': TEST_CREW_TOKEN, 'x-run-token': 'runv1.a.b' });
  expect(sidecar.seen[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
  expect(JSON.parse(sidecar.seen[0]?.body ?? '')).toEqual({
    from_slug: 'lead',
    reason: 'why?',
    workspace_id: sidecar.crew.spec.workspaceId,
    crew_id: sidecar.crew.spec.crewId,
  });
  await api.kill();
});

test('missions are made, read and started through it, with the crew’s scope and one key a request', async () => {
  const id = newId();
  const api = await sidecar.listenAsApi((request, response) =>
    json(response, request.method === 'GET' ? 200 : 201, { id }),
  );
  const made = await sidecar.ask('/missions', {
    method: 'POST',
    headers: { 'x-run-token': 'runv1.a.b', 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'Planned', lead_agent_id: 'a1', crew_id: 'foreign', tasks: [{ title: 'one' }] }),
  });
  expect(made).toMatchObject({ status: 201, body: { id } });
  expect(await sidecar.ask(`/missions/${id}`)).toMatchObject({ status: 200, body: { id } });
  await sidecar.ask(`/missions/${id}/start`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expect(sidecar.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST /api/v1/internal/missions',
    `GET /api/v1/internal/missions/${id}`,
    `POST /api/v1/internal/missions/${id}/start`,
  ]);
  expect(JSON.parse(sidecar.seen[0]!.body)).toEqual({
    title: 'Planned',
    lead_agent_id: 'a1',
    tasks: [{ title: 'one' }],
    workspace_id: sidecar.crew.spec.workspaceId,
    crew_id: sidecar.crew.spec.crewId,
  });
  expect(sidecar.seen[0]!.headers).toMatchObject({ 'x-internal-token': TEST_CREW_TOKEN, 'x-run-token': 'runv1.a.b' });
  // The action says all in its path.
  expect(sidecar.seen[2]!.body).toBe('');
  const keys = sidecar.seen.filter(({ method }) => method === 'POST').map(({ headers }) => headers['idempotency-key']);
  expect(new Set(keys).size).toBe(2);
  await api.kill();
});

test('agents work with each other through it: who acts is the run’s agent, and the crew is its own', async () => {
  const api = await sidecar.listenAsApi((request, response) =>
    json(response, request.method === 'POST' ? 201 : 200, {}),
  );
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
  const answers = await sidecar.askAll(
    writes.map(([method, path, body]) => ({ path, options: post({ ...body, ...foreign }, run, method) })),
  );
  expect(answers.map(({ status }) => status)).toEqual(writes.map(([method]) => (method === 'POST' ? 201 : 200)));
  expect(sidecar.seen).toHaveLength(writes.length);
  for (const [index, [method, path, body, actorField]] of writes.entries()) {
    expect(sidecar.seen[index]).toMatchObject({ method, url: `/api/v1/internal${path}` });
    expect(sidecar.seen[index]!.headers).toMatchObject({ 'x-internal-token': TEST_CREW_TOKEN, ...run });
    const expected = Object.entries(body).filter(([name]) => name !== actorField);
    expect(JSON.parse(sidecar.seen[index]!.body), path).toEqual({
      ...Object.fromEntries(expected),
      workspace_id: sidecar.crew.spec.workspaceId,
      crew_id: sidecar.crew.spec.crewId,
    });
  }
  expect(new Set(sidecar.seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(writes.length);

  // Without a run nothing proves who acts: the agent's word goes on, within its crew.
  sidecar.seen.length = 0;
  expect((await sidecar.ask('/issues', post({ title: 'Broken', author_id: 'a1' }))).status).toBe(201);
  // Made inside: it is longer than an argument may be.
  const long = `fetch("http://127.0.0.1:9119/crew-messages", {method: "POST", body: JSON.stringify(
    {from_crew_id: "foreign", from_agent_id: "a1", content: "\\n".repeat(1e6)})}).then((r) => console.log(r.status))`;
  expect((await sidecar.crew.sh(`/opt/crewship/bin/node -e '${long}'`)).stdout).toBe('201\n');
  expect(JSON.parse(sidecar.seen[0]!.body)).toMatchObject({ author_id: 'a1' });
  expect(JSON.parse(sidecar.seen[1]!.body)).toMatchObject({
    from_agent_id: 'a1',
    from_crew_id: sidecar.crew.spec.crewId,
  });
  await api.kill();
});

test('what agents read is asked for with the parameters that are allowed', async () => {
  const api = await sidecar.listenAsApi((_request, response) => json(response, 200, []));
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
  for (const { status } of await sidecar.askAll(reads.map(([path]) => ({ path })))) expect(status).toBe(200);
  expect(sidecar.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(
    reads.map(([, url]) => `GET /api/v1/internal${url}`),
  );
  await api.kill();
});

test('an answer that is too large is said to be so and not asked for again', async () => {
  const api = await sidecar.listenAsApi((_request, response) => json(response, 200, { data: 'x'.repeat(5e6) }));
  const answer = await sidecar.ask('/crew-messages');
  expect(answer).toMatchObject({ status: 502, type: 'application/problem+json', body: { code: 'answer_too_large' } });
  expect(sidecar.seen).toHaveLength(1);
  await api.kill();
});

test('answers of the API are passed on as they are', async () => {
  const api = await sidecar.listenAsApi((_request, response) => {
    response.writeHead(404, { 'content-type': 'application/problem+json' }).end('{"code":"not_found"}');
  });
  const answer = await sidecar.ask('/escalations/abc/wait');
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
    ['/llm/anthropic/v1/files', { method: 'POST', body: '{}' }, 403, 'egress_denied'],
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
  const answers = await sidecar.askAll(cases.map(([path, options]) => ({ path, options })));
  for (const [index, [path, , status, code]] of cases.entries()) {
    expect(answers[index], path).toMatchObject({
      status,
      type: 'application/problem+json',
      body: { status, code },
    });
  }
  const big =
    'fetch("http://127.0.0.1:9119/escalations",{method:"POST",body:JSON.stringify({reason:"x".repeat(2e6)})})' +
    '.then((r)=>console.log(r.status))';
  expect((await sidecar.crew.sh(`/opt/crewship/bin/node -e '${big}'`)).stdout).toBe('413\n');
  expect(sidecar.seen).toHaveLength(0);
});

test('proxy requests go to the host as the crew’s and the run’s, and its refusal comes back', async () => {
  const api = await sidecar.listenAsApi((_request, response) => json(response, 403, { code: 'egress_denied' }));
  const connect = `const http = require("http");
    const basic = "Basic " + Buffer.from("run:runv1.a.b").toString("base64");
    const headers = { "proxy-authorization": basic, "x-internal-token": "forged" };
    http.request({ port: 9119, host: "127.0.0.1", method: "CONNECT", path: "example.com:443", headers })
      .on("connect", (r, s, head) => {
        console.log(r.statusCode, head.toString());
        s.on("data", (d) => console.log(d.toString()));
      }).end();
    http.get({ port: 9119, host: "127.0.0.1", path: "http://example.com/health", headers }, (r) => {
      console.log(r.statusCode);
      r.resume();
    });`;
  const { stdout } = await sidecar.crew.sh(`/opt/crewship/bin/node -e '${connect}'`);
  expect(stdout).toContain('egress_denied');
  expect(stdout.match(/403/g)?.length).toBeGreaterThanOrEqual(2);
  expect(sidecar.seen.map(({ method, url }) => `${method} ${url}`).sort()).toEqual([
    'CONNECT example.com:443',
    'GET http://example.com/health',
  ]);
  for (const { headers } of sidecar.seen) {
    expect(headers).toMatchObject({ 'x-internal-token': TEST_CREW_TOKEN, 'x-run-token': 'runv1.a.b' });
    expect(headers).not.toHaveProperty('proxy-authorization');
  }
  await api.kill();
});

test('files are streamed both ways, and one that is too large is refused', async () => {
  const api = await sidecar.listenAsApi((request, response) => {
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
    const { stdout, stderr } = await sidecar.crew.sh(`/opt/crewship/bin/node -e '${script.replaceAll("'", "'\\''")}'`);
    expect([stdout.trim(), stderr]).toEqual([JSON.stringify([201, true, 'abc', 'f', '3', 413]), '']);
    expect(sidecar.seen.map(({ method, url, headers }) => [method, url, headers['x-internal-token']])).toEqual([
      ['POST', '/api/v1/internal/crew-files/c1', TEST_CREW_TOKEN],
      ['GET', '/api/v1/internal/crew-files/c1?path=a+b', TEST_CREW_TOKEN],
    ]);
    expect(sidecar.seen[0]?.headers['content-type']).toContain('multipart/form-data; boundary=');
  } finally {
    await api.kill();
  }
});
