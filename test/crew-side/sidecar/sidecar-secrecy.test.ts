import http from 'node:http';
import readline from 'node:readline';
import { beforeAll, expect, test } from 'vitest';
import { DOCKER_HOST } from '../../support/container-crew.ts';
import { post, startSidecarFixture, TEST_CREW_TOKEN } from './sidecar-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';

let pid: number;

const events = perFile(() => followEvents());
const sidecar = perFile(() => startSidecarFixture());
beforeAll(async () => {
  // What it carries passes through its memory too.
  const api = await sidecar.listenAsApi((_request, response) => response.writeHead(500).end());
  pid = (await sidecar.ask('/health')).body.pid as number;
  await sidecar.crew.sh('/opt/crewship/bin/node -e \'fetch("http://127.0.0.1:9119/crews")\'');
  await api.kill();
}, 60_000);

/** Runs a script of Node inside as an agent, with a text that it reads from its input and that is in no argument. */
async function asAgent<Answer>(script: string, input = ''): Promise<Answer> {
  const { stdout, stderr, exitCode } = await sidecar.fixture.docker.runExec(
    {
      containerId: sidecar.crew.containerId,
      argv: ['/opt/crewship/bin/node', '-e', script],
      user: '1001:1001',
      stdin: true,
    },
    { timeoutMs: 60_000, input },
  );
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as Answer;
}

test('an agent sees nothing of its processes, and has no user of its own to become', async () => {
  const seen = await sidecar.crew.sh(`for p in /proc/[0-9]*; do
    stat -c %u $p; tr '\\0' ' ' <$p/cmdline; echo; done 2>/dev/null`);
  expect(seen.stdout).toMatch(/supervisor-\w+ hold/);
  expect(seen.stdout).not.toMatch(/^1002$/m);
  expect(seen.stdout).not.toContain('sidecar-');
  // Its number is one of another container's: here it is nobody's, or one of theirs.
  const own = await sidecar.crew.sh(`cat /proc/${pid}/environ /proc/${pid}/cmdline 2>/dev/null`);
  expect(own.stdout).not.toContain('sidecar-');
  const inside = await sidecar.crew.sh('cat /proc/1/cmdline; ls -A /run/crewship', '1002:1002');
  expect(inside.stdout).toBe('/sbin/docker-init\0--\0/bin/sh\0-c\0exec sleep 2147483647\0ports\n');
});

test('it shares the crew’s network and no debugger, process or abstract socket with it', async () => {
  const ns = (name: string) => `readlink /proc/self/ns/${name}`;
  for (const [name, isShared] of [
    ['net', true],
    ['pid', false],
    ['ipc', false],
    ['mnt', false],
    ['uts', false],
    ['cgroup', false],
  ] as const) {
    const agents = (await sidecar.crew.sh(ns(name))).stdout;
    expect(agents, name).toMatch(/^[a-z]+:\[\d+\]$/m);
    expect((await sidecar.crew.sh(ns(name), '1002:1002')).stdout === agents, name).toBe(isShared);
  }
  const status = (await sidecar.crew.sh('cat /proc/self/status; cat /proc/self/limits', '1002:1002')).stdout;
  for (const set of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(status).toMatch(new RegExp(`${set}:\\s+0{16}`));
  expect(status).toMatch(/NoNewPrivs:\s+1/);
  expect(status).toMatch(/Max core file size\s+0\s+0/);
  expect((await sidecar.crew.sh('cat /proc/net/unix')).stdout).not.toMatch(/@/);
  const debuggers = await asAgent<string[]>(`
    const net = require("net"); const open = [];
    Promise.all([9229, 9228, 9230].map((port) => new Promise((resolve) => {
      net.connect(port, "127.0.0.1").once("connect", () => { open.push(port); resolve(); }).once("error", resolve);
    }))).then(() => { console.log(JSON.stringify(open)); process.exit(0); });`);
  expect(debuggers).toEqual([]);
});

/** Reads all that its user can read, but devices and its own process, and tells where one of the texts is. */
const WALK = `
  const fs = require("fs"), path = require("path");
  const needles = JSON.parse(fs.readFileSync(0)).map((text) => Buffer.from(text));
  const longest = Math.max(...needles.map((needle) => needle.length));
  const found = [], sockets = []; let files = 0, refused = 0;
  const own = new Set(["/proc/self", "/proc/thread-self", "/proc/" + process.pid]);
  const endless = /^\\/proc\\/(kmsg|kcore|sysrq-trigger|kpage.*|\\d+\\/(task\\/\\d+\\/)?(mem|pagemap|clear_refs))$/;
  function read(file) {
    if (endless.test(file)) return;
    let fd;
    const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs.constants;
    try { fd = fs.openSync(file, O_RDONLY | O_NONBLOCK | O_NOFOLLOW); } catch { refused += 1; return; }
    try {
      files += 1;
      const buffer = Buffer.alloc(1 << 20); let tail = Buffer.alloc(0), size = 0;
      for (;;) {
        const n = fs.readSync(fd, buffer, 0, buffer.length, null);
        if (n === 0) break;
        size += n;
        const text = Buffer.concat([tail, buffer.subarray(0, n)]);
        if (needles.some((needle) => text.includes(needle))) { found.push(file); break; }
        tail = Buffer.from(text.subarray(Math.max(0, text.length - longest)));
        if (size > 200e6) break;
      }
    } catch { refused += 1; } finally { fs.closeSync(fd); }
  }
  function walk(dir) {
    if (own.has(dir)) return;
    let entries;
    try { entries = fs.readdirSync(dir, { withFileTypes: true }); } catch { refused += 1; return; }
    for (const entry of entries) {
      const file = path.join(dir, entry.name);
      if (entry.isDirectory()) walk(file);
      else if (entry.isFile()) read(file);
      else if (entry.isSocket()) sockets.push(file);
      else if (entry.isSymbolicLink()) {
        try {
          const to = fs.readlinkSync(file);
          if (needles.some((needle) => to.includes(needle.toString()))) found.push(file);
        } catch {}
      }
    }
  }
  walk("/");
  console.log(JSON.stringify({ found, sockets, files, refused }));`;

interface Walk {
  found: string[];
  sockets: string[];
  files: number;
  refused: number;
}

test('the token is in nothing that an agent can read, on disk, in memory or of any process', async () => {
  const planted = await sidecar.crew.sh("printf 'the planted %s' text > /home/agent/planted");
  expect(planted.exitCode).toBe(0);
  // Also by the part that no id gives away. The walk finds what is there to be found.
  const texts = [TEST_CREW_TOKEN, TEST_CREW_TOKEN.split('.').at(-1)!, 'the planted text'];
  const whole = await asAgent<Walk>(WALK, JSON.stringify(texts));
  expect(whole.found).toEqual(['/home/agent/planted']);
  expect(whole.files).toBeGreaterThan(1_000);
  // No way to the daemon either, nor to any other socket.
  expect(whole.sockets).toEqual([]);
}, 120_000);

test('the crew’s socket is not where agents are, and there is no daemon to ask', async () => {
  const tried = await asAgent<Record<string, string>>(`
    const net = require("net"), fs = require("fs"), said = {};
    const connect = (where, name) => new Promise((resolve) => {
      net.connect(where)
        .once("connect", () => { said[name] = "open"; resolve(); })
        .once("error", (e) => { said[name] = e.code; resolve(); });
    });
    try { fs.readdirSync("/run/crewship"); said.directory = "open"; } catch (e) { said.directory = e.code; }
    (async () => {
      await connect("/run/crewship/api.sock", "api");
      await connect("/var/run/docker.sock", "docker");
      await connect({ host: "172.17.0.1", port: 2375 }, "docker over tcp");
      console.log(JSON.stringify(said)); process.exit(0);
    })();`);
  expect(tried).toEqual({ directory: 'ENOENT', api: 'ENOENT', docker: 'ENOENT', 'docker over tcp': 'ENETUNREACH' });
});

test('its answers name the fingerprint and never the token', async () => {
  const initialize = {
    ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
  };
  const answers = await asAgent<string[]>(
    `(async () => { const all = [];
      for (const [path, options] of JSON.parse(require("fs").readFileSync(0))) {
        const r = await fetch("http://127.0.0.1:9119" + path, options);
        all.push(JSON.stringify([...r.headers]) + await r.text());
      }
      console.log(JSON.stringify(all)); })()`,
    JSON.stringify([
      ['/health', {}],
      ['/nothing', {}],
      ['/mcp', post(initialize, { accept: 'application/json, text/event-stream' })],
      ['/issues', { method: 'POST', body: '{' }],
      ['/answers/..%2f/acknowledge', { method: 'POST' }],
    ]),
  );
  expect(answers[0]).toContain('abcdef012345');
  for (const answer of answers) expect(answer).not.toContain(TEST_CREW_TOKEN.slice(-8));
});

const socketPath = DOCKER_HOST.replace(/^unix:\/\//, '');

/** What anybody hears who listens to the daemon, from now on. */
async function followEvents(): Promise<{ readonly lines: readonly string[]; close(): void }> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  http.get({ socketPath, path: '/events', agent: false }, resolve).once('error', reject);
  const response = await promise;
  const lines: string[] = [];
  readline.createInterface({ input: response }).on('line', (line) => lines.push(line));
  return { lines, close: () => response.destroy() };
}

function daemon(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    http
      .get({ socketPath, path, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('end', () => resolve(text));
      })
      .once('error', reject);
  });
}

test('the daemon shows it to nobody: not in its events, its descriptions or its logs', async () => {
  const containerId = await sidecar.crew.beside();
  const heard = events.lines.filter((line) => line.includes(containerId)).join('\n');
  expect(heard).toContain(sidecar.sidecarFile);
  const container = await daemon(`/containers/${containerId}/json`);
  const execs = (JSON.parse(container) as { ExecIDs: string[] }).ExecIDs;
  expect(execs).toContain(sidecar.execId);
  const shown = [heard, container, await daemon(`/containers/${containerId}/logs?stdout=1&stderr=1`)];
  for (const execId of execs) shown.push(await daemon(`/exec/${execId}/json`));
  shown.push(await daemon(`/containers/${containerId}/top?ps_args=auxewww`));
  for (const text of shown) expect(text).not.toContain(TEST_CREW_TOKEN.slice(-8));
});
