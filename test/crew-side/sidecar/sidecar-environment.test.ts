import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeCrewContainer } from '../../../activities/crews/containers/crew-container.ts';
import { LABEL } from '../../../activities/crews/containers/crew-container-options.ts';
import { ensureSidecarContainer } from '../../../activities/crews/containers/sidecar-container.ts';
import {
  checkSidecar,
  retireOtherSidecars,
  SidecarPortTakenError,
  startSidecar,
} from '../../../activities/crews/containers/start-sidecar.ts';
import { SIDECAR_PORT } from '../../../domain/crews/sidecar/ipc-config.ts';
import { connectDocker } from '../../../deploy/local/services/docker-address.ts';
import { TEST_RUNTIME_IMAGE } from '../../support/test-services.ts';
import { DOCKER_HOST, startCrew } from '../../support/container-crew.ts';
import { startSidecarFixture } from './sidecar-fixture.ts';
import { perFile } from '../../support/world/per-file.ts';

/** What an image sets so that every program of Node, or every program, runs or reads what an agent wrote. */
const TRAPS = {
  NODE_OPTIONS: '--require=/opt/trap.cjs',
  NODE_PATH: '/tmp/modules',
  NODE_COMPILE_CACHE: '/tmp/compiled',
  NODE_V8_COVERAGE: '/tmp/coverage',
  NODE_REDIRECT_WARNINGS: '/tmp/warnings',
  NODE_USE_ENV_PROXY: '1',
  LD_PRELOAD: '/tmp/trap.so',
  LD_AUDIT: '/tmp/trap.so',
  LD_LIBRARY_PATH: '/tmp',
  OPENSSL_CONF: '/tmp/openssl.cnf',
} as const;
/** Says who ran it, with what. */
const TRAP =
  'require("fs").writeFileSync("/tmp/trapped-" + process.getuid() + "-" + process.pid, process.argv.join(" "));';

const docker = connectDocker(DOCKER_HOST);
let image: string;

beforeAll(async () => {
  const container = await docker.createContainer({
    Image: TEST_RUNTIME_IMAGE,
    Entrypoint: ['/bin/sh', '-c', `printf '%s' '${TRAP}' >/opt/trap.cjs; chmod a+r /opt/trap.cjs`],
  });
  await container.start();
  await container.wait();
  const changes = Object.entries(TRAPS).map(([name, value]) => `ENV ${name}=${value}`);
  image = ((await container.commit({ changes })) as { Id: string }).Id;
  await container.remove();
}, 60_000);
afterAll(async () => {
  await docker.getImage(image).remove({ force: true });
}, 60_000);
const sidecar = perFile(() => startSidecarFixture({ image }));

test('nothing of an image reaches the sidecar: no variable, no file, no library of it', async () => {
  const { sidecarFile, fixture } = sidecar;
  // It is a trap indeed: agents' programs of Node are caught in it.
  await sidecar.crew.sh('/opt/crewship/bin/node -e 0');
  const caught = await sidecar.crew.sh('LD_PRELOAD= LD_AUDIT= find /tmp -mindepth 1 -name "trapped-*"');
  expect(caught.stdout).toContain('/tmp/trapped-1001-');

  const containerId = await sidecar.crew.beside();
  const execId = await sidecar.startAnother({ token_fp: 'fedcba543210' });
  const probe = { containerId, execId, sidecarFile, tokenFp: 'fedcba543210', port: SIDECAR_PORT };
  await retireOtherSidecars(fixture.docker, { containerId, sidecarFile, keepExecId: execId });
  await expect.poll(() => checkSidecar(fixture.docker, probe), { timeout: 10_000 }).toBe(true);

  const script = `for p in /proc/[0-9]*; do
    tr '\\0' '\\n' <$p/cmdline | grep -qx serve && { cat $p/maps; tr '\\0' '\\n' <$p/environ; }; done; ls -A /opt /tmp`;
  const { stdout } = await sidecar.crew.sh(script, '1002:1002');
  expect(stdout).toContain('/opt/crewship/bin/node');
  for (const name of Object.keys(TRAPS)) expect(stdout).not.toMatch(new RegExp(`^${name}=`, 'm'));
  expect(stdout).not.toContain('trap');
});

test('a program of the crew’s on the sidecar’s address keeps the sidecar from starting, and is told so', async () => {
  const crew = await startCrew(sidecar.fixture, sidecar.fixture.newSpec());
  for (const listen of ['{ port: 9119, host: "127.0.0.1" }', '{ port: 9119, host: "0.0.0.0" }', '{ port: 9119 }']) {
    const squat = `require("net").createServer().listen(${listen}, () => console.log(process.pid))`;
    await crew.sh(`setsid /opt/crewship/bin/node -e '${squat}' >/workspace/squatter 2>&1 </dev/null &`);
    const pid = () => crew.sh('cat /workspace/squatter');
    await expect.poll(async () => (await pid()).stdout, { timeout: 10_000 }).toMatch(/^\d+\n$/);
    const starting = startSidecar(sidecar.fixture.docker, {
      containerId: await crew.beside(),
      sidecarFile: sidecar.sidecarFile,
      ipcConfig: sidecar.ipcConfig,
    });
    await expect(starting, listen).rejects.toBeInstanceOf(SidecarPortTakenError);
    await crew.sh('kill -9 $(cat /workspace/squatter); : >/workspace/squatter');
  }
});

test('a sidecar follows its crew’s container to its next start', async () => {
  const { fixture } = sidecar;
  const crew = await startCrew(fixture, fixture.newSpec());
  const before = await crew.beside();
  expect(await ensureSidecarContainer(fixture.prepare, crew.spec, crew)).toEqual({
    containerId: before,
    created: false,
  });
  await fixture.docker.stopContainer(crew.containerId, 0);
  const next = await startCrew(fixture, crew.spec);
  const after = await next.beside();
  expect(after).not.toBe(before);
  expect(await fixture.docker.inspectContainer(before)).toBeUndefined();
  const net = 'readlink /proc/self/ns/net';
  expect((await next.sh(net, '1002:1002')).stdout).toBe((await next.sh(net)).stdout);
  // At once, as by an activity that is tried again while its first try goes on: there is one.
  await fixture.docker.removeContainer(after);
  const made = await Promise.all([1, 2, 3].map(() => ensureSidecarContainer(fixture.prepare, crew.spec, next)));
  expect(new Set(made.map(({ containerId }) => containerId)).size).toBe(1);
  await removeCrewContainer(fixture.docker, { ...crew.spec, upToGeneration: 1 });
  expect(await fixture.docker.listContainers({ [LABEL.crew]: crew.spec.crewId })).toEqual([]);
}, 60_000);
