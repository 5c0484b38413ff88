import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSidecar, retireOtherSidecars } from '../../../activities/crews/containers/start-sidecar.ts';
import { SIDECAR_PORT } from '../../../domain/crews/sidecar/ipc-config.ts';
import { connectDocker } from '../../../deploy/local/services/docker-address.ts';
import { TEST_RUNTIME_IMAGE } from '../../support/test-services.ts';
import { DOCKER_HOST } from '../../support/container-crew.ts';
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
const TRAP = `require("fs").writeFileSync("/tmp/trapped-" + process.getuid() + "-" + process.pid, process.argv.join(" "));`;

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

/** Files in the container's /tmp of a user. */
async function filesOf(uid: number): Promise<string[]> {
  const { stdout } = await sidecar.crew.sh(`LD_PRELOAD= LD_AUDIT= find /tmp -mindepth 1 -uid ${uid}`);
  return stdout.split('\n').filter((line) => line !== '');
}

test('nothing that an image sets makes the sidecar run, read or write what an agent could have put there', async () => {
  const { containerId } = sidecar.crew;
  const { sidecarFile, fixture } = sidecar;
  // It is a trap indeed.
  await sidecar.crew.sh('/opt/crewship/bin/node -e 0');
  expect((await filesOf(1001)).some((file) => file.startsWith('/tmp/trapped-1001-'))).toBe(true);

  const execId = await sidecar.startAnother({ token_fp: 'fedcba543210' });
  const probe = { containerId, execId, sidecarFile, tokenFp: 'fedcba543210', port: SIDECAR_PORT };
  await retireOtherSidecars(fixture.docker, { containerId, sidecarFile, keepExecId: execId });
  await expect.poll(() => checkSidecar(fixture.docker, probe), { timeout: 10_000 }).toBe(true);
  expect(await filesOf(1002)).toEqual([]);
});

test('its variables of that kind are empty', async () => {
  const script = `for p in /proc/[0-9]*; do
    tr '\\0' '\\n' <$p/cmdline | grep -qx serve && tr '\\0' '\\n' <$p/environ; done`;
  const { stdout } = await sidecar.fixture.docker.runExec(
    {
      containerId: sidecar.crew.containerId,
      argv: ['/bin/sh', '-c', script],
      user: '1002:1002',
      env: { LD_PRELOAD: '', LD_AUDIT: '' },
    },
    { timeoutMs: 20_000 },
  );
  const lines = stdout.split('\n');
  for (const name of Object.keys(TRAPS)) {
    expect(lines.filter((line) => line.startsWith(`${name}=`)).every((line) => line === `${name}=`)).toBe(true);
    expect(lines).toContain(`${name}=`);
  }
});
