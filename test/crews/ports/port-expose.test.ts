import { createHash } from 'node:crypto';
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { crewPaths } from '../../../activities/crews/containers/crew-host-paths.ts';
import { startSidecar } from '../../../activities/crews/containers/start-sidecar.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { expireExposures } from '../../../commands/engine/ports/port-exposure-commands.ts';
import { API_SOCKET_PATH, SIDECAR_PORT } from '../../../domain/crews/sidecar/ipc-config.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { tokenFingerprint } from '../../../platform/internal-tokens/internal-tokens.ts';
import { bundleSidecar } from '../../../sidecar/bundle.ts';
import { type InternalCrew, type InternalFixture, startInternal, untilServed } from '../../support/sidecar-api.ts';
import { startTestApi, type TestApi } from '../../support/test-api.ts';
import {
  type ContainerCrew,
  createDockerFixture,
  type DockerFixture,
  startCrew,
} from '../../support/container-crew.ts';

const PROGRAM = `
const http = require("node:http"), crypto = require("node:crypto");
http.createServer((request, response) => {
  const path = request.url.split("?")[0];
  if (path === "/events") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    setTimeout(() => response.write("data: first\\n\\n"), 50);
  } else if (path === "/hash") {
    const hash = crypto.createHash("sha256");
    request.on("data", (chunk) => hash.update(chunk)).on("end", () => response.end(hash.digest("hex")));
  } else if (path === "/big") {
    response.end(Buffer.alloc(20e6, "x"));
  } else if (path === "/redirect") {
    response.writeHead(302, { location: "/there" }).end();
  } else if (path === "/broken") {
    response.writeHead(200, { "content-length": "100" }).write("half");
    setTimeout(() => response.destroy(), 50);
  } else {
    response.writeHead(200, { "content-type": "application/json", "set-cookie": "a=b", "service-worker-allowed": "/" });
    response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers }));
  }
}).listen(3000, "127.0.0.1");`;

let docker: DockerFixture;
let internal: InternalFixture;
let crew: InternalCrew;
let container: ContainerCrew;
let listener: TestApi;
let base: string;
let runToken: string;

beforeAll(async () => {
  internal = await startInternal('port-expose');
  crew = await internal.addCrew();
  docker = await createDockerFixture();
  const settings = { ...docker.settings, crewsDir: internal.host.crewsDir, socketsDir: internal.socketsDir };
  const own: DockerFixture = { ...docker, settings, prepare: { ...docker.prepare, settings } };
  const spec = docker.newSpec({ crewId: crew.crewId, workspaceId: crew.workspaceId });
  const { file: sidecarFile } = await bundleSidecar(settings.runtimeDir);
  container = await startCrew(own, spec);
  await startSidecar(docker.docker, {
    containerId: await container.beside(),
    sidecarFile,
    ipcConfig: {
      workspace_id: crew.workspaceId,
      crew_id: crew.crewId,
      crew_token: crew.token,
      token_fp: tokenFingerprint(crew.token),
      api_socket_path: API_SOCKET_PATH,
      listen_port: SIDECAR_PORT,
    },
  });
  const runId = newId();
  await crew.write(sql`
    INSERT INTO runs (id, workspace_id, crew_id, agent_id, trigger_type, status)
    VALUES (${runId}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, 'USER', 'RUNNING')`);
  runToken = crew.runToken(runId);
  await changeCrew(
    sql.fragment`host_id = 'test-host', container_status = 'running', container_id = ${container.containerId}`,
  );
  listener = await startTestApi({
    over: internal.api.testDatabase,
    bus: internal.bus,
    portsHost: { hostId: 'test-host', socketsDir: internal.socketsDir, tokens: internal.tokens },
  });
  await listener.server.listen({ host: '127.0.0.1', port: 0 });
  base = `http://127.0.0.1:${(listener.server.server.address() as AddressInfo).port}`;
  // The directory's group has changed with its preparation, and its socket with it.
  await untilServed(crew.socketPath);
  await container.sh(`cat > /tmp/program.cjs <<'PROGRAM'\n${PROGRAM}\nPROGRAM
    setsid /opt/crewship/bin/node /tmp/program.cjs >/dev/null 2>&1 </dev/null &`);
}, 90_000);

afterAll(async () => {
  await listener.close();
  await docker.close();
  await internal.close();
}, 60_000);

async function changeCrew(set: ReturnType<typeof sql.fragment>): Promise<void> {
  await crew.write(sql`UPDATE crews SET ${set} WHERE id = ${crew.crewId}`);
}

interface Exposed {
  readonly id: string;
  readonly token: string;
  readonly url: string;
  readonly expires_at: string;
}

/** As an agent does it: from inside, through the sidecar. */
async function expose(body: object): Promise<{ status: number; body: Exposed & { code?: string; limit?: number } }> {
  const script = `fetch("http://127.0.0.1:9119/port-expose", { method: "POST",
    headers: { "x-run-token": "${runToken}" }, body: ${JSON.stringify(JSON.stringify(body))} }).then(async (r) =>
    console.log(JSON.stringify({ status: r.status, body: await r.json() })))`;
  const { stdout, stderr } = await container.sh(`/opt/crewship/bin/node -e '${script}'`);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as { status: number; body: Exposed & { code?: string; limit?: number } };
}

async function exposed(port = 3_000): Promise<Exposed> {
  const answer = await expose({ port });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}

const revoke = (id: string, token = crew.owner.token) =>
  listener.call(token, {
    method: 'POST',
    url: `/api/v1/crews/${crew.crewId}/port-expose/${id}/revoke`,
    payload: { reason: 'seen enough' },
  });

/** Its answer as soon as it begins. */
function get(url: string, options: http.RequestOptions = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    http.get(url, { agent: false, ...options }, resolve).once('error', reject);
  });
}

const journal = (type: string) =>
  crew.rows<{ payload: object }>(sql`SELECT payload FROM journal_entries WHERE entry_type = ${type} ORDER BY ts`);

test('a program of an agent in a crew without network is reached from outside, by its address alone', async () => {
  const { id, token, url } = await exposed();
  expect(url).toBe(`/exposed/${token}/`);
  // The program may still be starting.
  await expect.poll(async () => (await fetch(base + url)).status, { timeout: 10_000, interval: 50 }).toBe(200);
  const answer = await fetch(`${base}${url}a%2Fb?q=1&q=2`, {
    headers: { cookie: 'session=1', authorization: 'Bearer x', referer: `${base}/`, 'x-custom': 'kept' },
  });
  const seen = (await answer.json()) as { method: string; url: string; headers: Record<string, string> };
  expect([seen.method, seen.url]).toEqual(['GET', '/a%2Fb?q=1&q=2']);
  expect(seen.headers).toMatchObject({ host: 'localhost:3000', 'x-custom': 'kept' });
  for (const name of ['cookie', 'authorization', 'referer', 'x-crewship-port', 'x-crewship-ports-key']) {
    expect(seen.headers[name], name).toBeUndefined();
  }
  expect(answer.headers.get('set-cookie')).toBeNull();
  expect(answer.headers.get('service-worker-allowed')).toBeNull();
  expect(answer.headers.get('content-security-policy')).toMatch(/^sandbox .*allow-scripts$/);
  const redirect = await fetch(`${base}${url}redirect`, { redirect: 'manual' });
  expect([redirect.status, redirect.headers.get('location')]).toEqual([302, `${url}there`]);
  const bare = await fetch(`${base}/exposed/${token}`, { redirect: 'manual' });
  expect([bare.status, bare.headers.get('location')]).toEqual([308, url]);

  const list = await listener.call(crew.owner.token, {
    method: 'GET',
    url: `/api/v1/crews/${crew.crewId}/port-expose?status=active`,
  });
  const rows = list.json<{ id: string; first_accessed_at: string | null }[]>();
  expect(rows.find((row) => row.id === id)?.first_accessed_at).not.toBeNull();
  expect(list.body).not.toContain(token);
  for (const type of ['created', 'accessed']) expect((await journal(`port_expose.${type}`)).length).toBe(1);
  expect(JSON.stringify(await journal('port_expose.created'))).not.toContain(token);
  expect((await revoke(id)).statusCode).toBe(200);
}, 60_000);

test('bodies are streamed both ways, whatever their size, and a broken answer is seen to be broken', async () => {
  const { id, url } = await exposed();
  const body = Buffer.alloc(20e6, 'y');
  const hashed = await fetch(`${base}${url}hash`, { method: 'POST', body });
  expect(await hashed.text()).toBe(createHash('sha256').update(body).digest('hex'));
  const big = await fetch(`${base}${url}big`);
  expect((await big.arrayBuffer()).byteLength).toBe(20e6);
  await expect(fetch(`${base}${url}broken`).then((answer) => answer.text())).rejects.toThrow();
  expect((await fetch(`${base}${url}any`, { method: 'DELETE' })).status).toBe(200);
  const head = await fetch(`${base}${url}any`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  await revoke(id);
}, 60_000);

test('an event stream arrives as it is written, and ends when its address is revoked', async () => {
  const { id, url } = await exposed();
  const stream = await get(`${base}${url}events`);
  const first = await new Promise<Buffer>((resolve) => stream.once('data', resolve));
  expect(first.toString()).toBe('data: first\n\n');
  const ended = new Promise<void>((resolve) => stream.once('close', () => resolve()));
  stream.on('error', () => {});
  expect((await revoke(id)).json()).toMatchObject({ status: 'revoked', revoke_reason: 'seen enough' });
  await internal.deliverWakes();
  await ended;
  expect((await fetch(base + url)).status).toBe(404);
  const again = await revoke(id);
  expect([again.statusCode, again.json()]).toEqual([409, expect.objectContaining({ current_status: 'revoked' })]);
  expect((await journal('port_expose.revoked')).length).toBeGreaterThan(0);
}, 60_000);

test('past its time an address is gone, also for what is under way, and the sweep says so', async () => {
  const { id, url } = await exposed();
  expect((await expose({ port: 3_000, ttl_seconds: 0 })).status).toBe(400);
  const short = (await expose({ port: 3_000, ttl_seconds: 2 })).body;
  const stream = await get(`${base}${short.url}events`);
  stream.on('error', () => {}).resume();
  await new Promise<void>((resolve) => stream.once('close', () => resolve()));
  expect((await fetch(base + short.url)).status).toBe(410);
  expect(await expireExposures(internal.api.database)).toBe(1);
  expect((await journal('port_expose.expired')).length).toBe(1);
  expect((await fetch(base + short.url)).status).toBe(410);
  expect((await fetch(base + url)).status).toBe(200);
  expect((await revoke(short.id)).json()).toMatchObject({ current_status: 'expired' });
  await revoke(id);
}, 60_000);

test('what leads nowhere says why: unknown 404, WebSocket 426, nothing there 502, container gone 502, other host 502', async () => {
  const { id, url } = await exposed();
  const nothing = await exposed(3_999);
  expect((await fetch(`${base}/exposed/${'x'.repeat(43)}/`)).status).toBe(404);
  expect((await fetch(`${base}/exposed/..%2f..%2fetc/`)).status).toBe(404);
  const upgrade = await get(base + url, { headers: { connection: 'upgrade', upgrade: 'websocket' } });
  expect(upgrade.statusCode).toBe(426);
  upgrade.resume();
  expect((await fetch(base + url, { headers: { 'service-worker': 'script' } })).status).toBe(403);
  const preflight = { origin: 'null', 'access-control-request-method': 'PUT' };
  expect((await fetch(base + url, { method: 'OPTIONS', headers: preflight })).status).toBe(204);
  const reason = async (of: string) => {
    const answer = await fetch(base + of);
    return [answer.status, ((await answer.json()) as { reason?: string }).reason];
  };
  expect(await reason(nothing.url)).toEqual([502, 'refused']);
  await changeCrew(sql.fragment`host_id = NULL`);
  expect(await reason(url)).toEqual([502, 'other_host']);
  await changeCrew(sql.fragment`host_id = 'test-host', container_id = 'another'`);
  expect(await reason(url)).toEqual([502, 'container_gone']);
  await changeCrew(sql.fragment`container_id = ${container.containerId}, container_status = 'stopped'`);
  expect(await reason(url)).toEqual([502, 'container_gone']);
  expect((await expose({ port: 3_000 })).status).toBe(503);
  await changeCrew(sql.fragment`container_status = 'running'`);
  expect((await fetch(base + url)).status).toBe(200);
  for (const one of [id, nothing.id]) await revoke(one);
}, 60_000);

test('an agent opens five ports and no more, not the sidecar’s own, and of no other container', async () => {
  expect((await expose({ port: SIDECAR_PORT })).status).toBe(400);
  expect((await expose({ port: 0 })).status).toBe(400);
  expect((await expose({ port: 3_000, container_id: 'another' })).status).toBe(403);
  expect((await expose({ port: 3_000, chat_id: 'another' })).status).toBe(403);
  const open = [];
  for (let port = 3_000; port < 3_005; port += 1) open.push(await exposed(port));
  const sixth = await expose({ port: 3_005 });
  expect([sixth.status, sixth.body]).toEqual([429, expect.objectContaining({ code: 'limit_reached', limit: 5 })]);
  const member = await internal.api.addMember(crew.workspaceId, 'MEMBER');
  expect((await revoke(open[0]!.id, member.token)).statusCode).toBe(403);
  for (const { id } of open) await revoke(id);
  await revoke((await exposed(3_005)).id);
}, 60_000);

test('the sidecar’s socket is out of agents’ reach and wants the host’s key; the host follows no link in its place', async () => {
  const { id, url } = await exposed();
  const ask = `require("http").get(
    { socketPath: "/run/crewship/ports/ports.sock", headers: { "x-crewship-port": "3000" } },
    (r) => console.log(r.statusCode)).on("error", (e) => console.log(e.code))`;
  expect((await container.sh(`/opt/crewship/bin/node -e '${ask}'`)).stdout).toBe('ENOENT\n');
  expect((await container.sh(`/opt/crewship/bin/node -e '${ask}'`, '1002:1002')).stdout).toBe('401\n');

  const { ports } = crewPaths({ crewsDir: internal.host.crewsDir, socketsDir: internal.socketsDir }, crew.crewId);
  let reached = 0;
  const other = net.createServer((socket) => {
    reached += 1;
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret');
  });
  const target = path.join(internal.socketsDir, 'host.sock');
  await new Promise<void>((resolve) => other.listen(target, resolve));
  await rename(path.join(ports, 'ports.sock'), path.join(ports, 'kept.sock'));
  await symlink(target, path.join(ports, 'ports.sock'));
  expect((await fetch(base + url)).status).toBe(502);
  await rm(path.join(ports, 'ports.sock'));
  await mkdir(path.join(ports, 'ports.sock'));
  expect((await fetch(base + url)).status).toBe(502);
  await rm(path.join(ports, 'ports.sock'), { recursive: true });
  expect((await fetch(base + url)).status).toBe(502);
  await rename(ports, `${ports}-kept`);
  await mkdir(path.join(internal.socketsDir, 'elsewhere'));
  await rename(target, path.join(internal.socketsDir, 'elsewhere/ports.sock'));
  await symlink(path.join(internal.socketsDir, 'elsewhere'), ports);
  expect((await fetch(base + url)).status).toBe(502);
  expect(reached).toBe(0);
  await rm(ports);
  await rename(`${ports}-kept`, ports);
  await rename(path.join(ports, 'kept.sock'), path.join(ports, 'ports.sock'));
  expect((await fetch(base + url)).status).toBe(200);
  await new Promise((resolve) => other.close(resolve));
  await revoke(id);
}, 60_000);

test('a body that could be read as another request reaches nobody', async () => {
  const { id, token, url } = await exposed();
  await expect.poll(async () => (await fetch(base + url)).status, { timeout: 10_000, interval: 50 }).toBe(200);
  const { port } = new URL(base);
  const smuggled = 'GET /hash HTTP/1.1\r\nhost: a\r\n\r\n';
  const ask = (head: string) => {
    const socket = net.connect(Number(port), '127.0.0.1');
    const body = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;
    socket.write(`GET /exposed/${token}/seen HTTP/1.1\r\nhost: a\r\n${head}\r\n${body}`);
    return text(socket);
  };
  for (const head of [
    'transfer-encoding: chunked\r\n',
    'transfer-encoding: chunked\r\nconnection: transfer-encoding\r\n',
    `content-length: ${smuggled.length + 20}\r\n`,
    `content-length: ${smuggled.length + 20}\r\nconnection: close, content-length\r\n`,
  ]) {
    const said = await ask(head);
    expect(said.match(/HTTP\/1\.1 /g), head).toHaveLength(1);
    expect(said, head).toMatch(/^HTTP\/1\.1 400 [^]*"code":"invalid_request"/);
  }
  const posted = await fetch(`${base}${url}hash`, { method: 'POST', body: 'all of it' });
  expect(await posted.text()).toBe(createHash('sha256').update('all of it').digest('hex'));
  await revoke(id);
});
