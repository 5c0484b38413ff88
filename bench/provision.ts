import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { COMMON_UTILS, publishFeatures, TEST_MIRRORS, TEST_PUBLISHER } from '../test/support/feature-registry.ts';
import { untilRows } from './bench-crew.ts';
import type { BenchStack } from './bench-stack.ts';
import { atMost, type Figure } from './figure.ts';
import { percentile } from './percentile.ts';

const WARM_UP = 10;
const COUNTED = 100;
const BUILDS = 3;
const BUILD_DEADLINE_MS = 300_000;
/** What a small feature takes: unpacking, compiling. Time that is slept is the same for both sides. */
const WORK = 'sleep 8; head -c 20000000 /dev/urandom > /opt/worked';
const POST_CREATE = 'id -u > /home/agent/created';

/** The registry of the tests in place of the publisher's, and no limit that a loop of requests would meet. */
export const PROVISION_ENV = {
  CREWSHIP_REGISTRY_MIRRORS: Object.entries(TEST_MIRRORS)
    .map((pair) => pair.join('='))
    .join(','),
  CREWSHIP_PROVISIONS_PER_MINUTE: '100000',
};

/**
 * Provisioning: a hit from POST until the status says completed, and a whole build beside its own commands run by hand
 * on the same daemon. Needs the registry of the tests (`CREWSHIP_TEST_REGISTRY`).
 */
export async function provision(bench: BenchStack): Promise<Figure[]> {
  await publishFeatures({ 'common-utils': COMMON_UTILS, 'bench-work': { install: WORK } });
  const image = bench.stack.services.runtimeImage ?? 'debian:bookworm-slim';
  const builtMs: number[] = [];
  const byHandMs: number[] = [];
  for (let turn = 0; turn < BUILDS; turn += 1) {
    byHandMs.push(await timed(() => buildByHand(bench.docker, image)));
    builtMs.push(await timed(() => build(bench, image, turn)));
  }
  const hitMs = await hits(bench, image);
  const renameMs = await renames(bench);
  const byHand = percentile(byHandMs, 50);
  return [
    atMost({
      name: 'provision-hit',
      value: percentile(hitMs, 50),
      unit: 'ms p50',
      target: 200,
      limit: percentile(renameMs, 50),
      limitName: 'a crew renamed, and read',
    }),
    atMost({
      name: 'provision-build',
      value: percentile(builtMs, 50),
      unit: 'ms p50',
      target: Math.round(byHand * 1.15),
      limit: byHand,
      limitName: 'the same commands by docker exec and commit',
    }),
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

const configOf = (image: string, turn: number) =>
  JSON.stringify({
    image,
    features: { [`${TEST_PUBLISHER}/bench-work:1`]: {} },
    postCreateCommand: POST_CREATE,
    containerEnv: { TURN: String(turn) },
  });

/** A new crew is provisioned by itself. */
async function build(bench: BenchStack, image: string, turn: number): Promise<void> {
  const slug = `provision-${turn}`;
  const config = configOf(image, turn);
  await bench.crewship.request('POST /api/v1/crews', {
    body: { name: slug, slug, devcontainer_config: config },
    idempotencyKey: null,
  });
  await untilRows(`crew ${slug} has its image`, BUILD_DEADLINE_MS, async () => {
    const { rows } = await bench.rows.query<{ cached_image: string | null; status: string }>(
      `SELECT c.cached_image, j.status FROM crews c JOIN jobs j ON j.subject_id = c.id WHERE c.slug = $1`,
      [slug],
    );
    if (rows[0]?.status === 'failed') throw new Error('the build failed');
    return rows[0]?.cached_image != null;
  });
}

/** What the six steps do in Docker, without anything that makes it durable. */
async function buildByHand(docker: Docker, image: string): Promise<void> {
  const container = await docker.createContainer({ Image: image, Cmd: ['sleep', '600'], Entrypoint: [], User: '0:0' });
  try {
    await container.start();
    const user = ['USERNAME=agent', 'USERUID=1001', 'USERGID=1001', 'INSTALLZSH=false'];
    await exec(container, COMMON_UTILS.install, '0:0', user);
    await exec(container, WORK, '0:0', []);
    await exec(container, POST_CREATE, '1001:1001', []);
    const made = (await container.commit({ repo: 'crewship-bench', tag: 'by-hand' })) as { Id: string };
    await docker.getImage(made.Id).remove({ force: true });
  } finally {
    await container.remove({ force: true, v: true });
  }
}

async function exec(container: Docker.Container, script: string, user: string, env: string[]): Promise<void> {
  const ran = await container.exec({
    Cmd: ['/bin/sh', '-ec', script],
    User: user,
    Env: env,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await ran.start({});
  stream.pipe(new PassThrough()).resume();
  await new Promise((resolve) => stream.once('end', resolve));
  const { ExitCode: exitCode } = await ran.inspect();
  if (exitCode !== 0) throw new Error(`by hand: exit code ${exitCode}`);
}

/** POST, then the status; of a crew whose host has the image. */
async function hits(bench: BenchStack, image: string): Promise<number[]> {
  const slug = 'provision-hit';
  await bench.crewship.request('POST /api/v1/crews', {
    body: { name: slug, slug, devcontainer_config: configOf(image, 0) },
  });
  const params = { crewId: slug };
  const times: number[] = [];
  for (let call = 0; call < WARM_UP + COUNTED; call += 1) {
    const ms = await timed(async () => {
      await bench.crewship.request('POST /api/v1/crews/{crewId}/provision', { params, idempotencyKey: null });
      const { status } = await bench.crewship.request('GET /api/v1/crews/{crewId}/provision', { params });
      if (status !== 'completed') throw new Error(`a hit left the crew ${status}`);
    });
    if (call >= WARM_UP) times.push(ms);
  }
  return times;
}

async function renames(bench: BenchStack): Promise<number[]> {
  const params = { crewId: 'provision-hit' };
  const times: number[] = [];
  for (let call = 0; call < WARM_UP + COUNTED; call += 1) {
    const ms = await timed(async () => {
      const body = { description: `call ${call}` };
      await bench.crewship.request('PATCH /api/v1/crews/{crewId}', { params, body, idempotencyKey: null });
      await bench.crewship.request('GET /api/v1/crews/{crewId}', { params });
    });
    if (call >= WARM_UP) times.push(ms);
  }
  return times;
}
