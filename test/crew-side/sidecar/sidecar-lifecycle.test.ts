import { beforeEach, expect, test } from 'vitest';
import { checkSidecar, retireOtherSidecars } from '../../../activities/crews/containers/start-sidecar.ts';
import { SIDECAR_PORT } from '../../../domain/crews/sidecar/ipc-config.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { readUntil } from '../../support/container-crew.ts';
import { json, startSidecarFixture } from './sidecar-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';

const sidecar = perFile(() => startSidecarFixture());
beforeEach(() => {
  sidecar.seen.length = 0;
});

test('its health names the fingerprint of the token and not the token', async () => {
  const { status, body } = await sidecar.ask('/health');
  expect(status).toBe(200);
  expect(body).toEqual({ status: 'ok', token_fp: 'abcdef012345', pid: expect.any(Number) });
  const probe = {
    containerId: await sidecar.crew.beside(),
    execId: sidecar.execId,
    sidecarFile: sidecar.sidecarFile,
    port: SIDECAR_PORT,
  };
  expect(await checkSidecar(sidecar.fixture.docker, { ...probe, tokenFp: 'abcdef012345' })).toBe(true);
  expect(await checkSidecar(sidecar.fixture.docker, { ...probe, tokenFp: 'other' })).toBe(false);
});

test('an agent runs with the address of the sidecar in its environment', async () => {
  const attemptId = newId();
  const exec = await sidecar.crew.start(attemptId, [
    '/bin/sh',
    '-c',
    'echo $CREWSHIP_SIDECAR_URL $HTTPS_PROXY; exec sleep 60',
  ]);
  const { output } = await readUntil(sidecar.crew.follow(attemptId, exec), '\n');
  expect(output).toBe('http://127.0.0.1:9119 http://127.0.0.1:9119\n');
});

test('a sidecar that gets no sensible configuration says so and is not taken for ready', async () => {
  await expect(sidecar.startAnother({ crew_token: '' })).rejects.toMatchObject({ code: 'not_ready' });
});

/** Sends all others away. */
async function keep(execId: string): Promise<void> {
  const { sidecarFile, crew } = sidecar;
  const kept = { containerId: await crew.beside(), sidecarFile, keepExecId: execId };
  return retireOtherSidecars(sidecar.fixture.docker, kept);
}

const isRunning = async (execId: string) => (await sidecar.fixture.docker.inspectExec(execId))?.running;
const fingerprint = async () => (await sidecar.ask('/health')).body.token_fp;

test('agents can not take the port', async () => {
  const squat =
    'require("net").createServer().on("error",(e)=>console.log(e.code))' +
    '.listen({port:9119,host:"127.0.0.1",reusePort:true})';
  expect((await sidecar.crew.sh(`/opt/crewship/bin/node -e '${squat}'`)).stdout).toBe('EADDRINUSE\n');
});

test('a second sidecar takes over, and the first one ends when it has answered those who wait on it', async () => {
  const api = await sidecar.listenAsApi(() => {});
  const waiting = sidecar.ask('/escalations/abc/wait');
  await sidecar.seenRequest(1);
  const second = await sidecar.startAnother({ token_fp: 'fedcba543210' });
  await keep(second);
  // The first one listens no more, once the kernel has closed its socket.
  await expect.poll(fingerprint, { timeout: 5_000 }).toBe('fedcba543210');
  expect(await isRunning(sidecar.execId)).toBe(true);
  // Told again, it goes on draining.
  await keep(second);
  expect(await isRunning(sidecar.execId)).toBe(true);
  await api.kill();
  const next = await sidecar.listenAsApi((_request, response) => json(response, 200, { status: 'RESOLVED' }));
  expect((await waiting).status).toBe(200);
  await expect.poll(() => isRunning(sidecar.execId), { timeout: 15_000 }).toBe(false);
  expect(await isRunning(second)).toBe(true);
  await next.kill();
}, 60_000);

test('requests that come while sidecars are replaced are all answered, on new connections and on kept ones', async () => {
  const api = await sidecar.listenAsApi((_request, response) => json(response, 200, []));
  const marker = `/workspace/stop-${newId()}`;
  // Eight agents that ask as fast as they are answered: half of them on a new connection each time.
  const script = `const http = require("http"), fs = require("fs");
    const kept = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const count = { answered: 0, failed: {} };
    const ask = (agent) => new Promise((resolve) => {
      const r = http.get({ host: "127.0.0.1", port: 9119, path: "/crews", agent }, (response) => {
        response.resume().once("end", () => {
          if (response.statusCode === 200) count.answered += 1;
          else count.failed[response.statusCode] = 1;
          resolve();
        });
      });
      r.once("error", (e) => { count.failed[e.code] = (count.failed[e.code] ?? 0) + 1; resolve(); });
    });
    const run = async (agent) => { while (!fs.existsSync("${marker}")) await ask(agent); };
    Promise.all([...Array(8)].map((_, i) => run(i % 2 ? kept : false)))
      .then(() => console.log(JSON.stringify(count)));`;
  const asking = sidecar.crew.sh(`/opt/crewship/bin/node -e '${script}'`);
  await sidecar.seenRequest(100);
  const replaced: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const next = await sidecar.startAnother({ token_fp: `abcdef01234${round}` });
    await keep(next);
    replaced.push(next);
    const before = sidecar.seen.length;
    await sidecar.seenRequest(before + 100);
  }
  await sidecar.crew.sh(`touch ${marker}`);
  const { answered, failed } = JSON.parse((await asking).stdout) as { answered: number; failed: object };
  expect(failed).toEqual({});
  expect(answered).toBeGreaterThan(300);
  expect(await fingerprint()).toBe('abcdef012342');
  for (const former of replaced.slice(0, -1)) {
    await expect.poll(() => isRunning(former), { timeout: 15_000 }).toBe(false);
  }
  await api.kill();
}, 60_000);
