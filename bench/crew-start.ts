import type Docker from 'dockerode';
import { type BenchCrew, createBenchCrew, createChainMission, startMission, untilRows } from './bench-crew.ts';
import type { BenchStack } from './bench-stack.ts';
import { type ExecWatch, watchExecs } from './exec-watch.ts';
import { atMost, type Figure } from './figure.ts';
import { bareExecStartMs } from './limits/bare-exec.ts';
import { percentile } from './percentile.ts';
import { idleSidecarMemory } from './sidecar-memory.ts';

/** The first makes directories and volumes, which last; it is not counted. */
const STARTS = 10;
const DEADLINE_MS = 60_000;

/**
 * From a run having its place while its crew has no container, to the daemon's `exec_start` of its agent: container
 * from the image that was built for the crew, its sidecar's, agent. And what that sidecar takes while it idles.
 */
export async function crewStart(bench: BenchStack): Promise<Figure[]> {
  const crew = await createBenchCrew(bench, { slug: 'cold', program: 'first-words.sh', maxConcurrentRuns: 1 });
  const image = await makeImage(bench);
  const watch = await watchExecs(bench.docker);
  try {
    await haveImage(bench, crew, image);
    const startMs: number[] = [];
    const bareMs: number[] = [];
    let memory = { sidecarMb: Number.NaN, bareMb: Number.NaN };
    for (let number = 0; number < STARTS; number += 1) {
      const { tookMs, containerId } = await coldStart(bench, watch, crew);
      const info = await bench.docker.getContainer(containerId).inspect();
      if (info.Image !== image) throw new Error('the container is not of the crew’s image');
      if (number === STARTS - 1) memory = await idleSidecarMemory(bench.docker, crew.id);
      await removeContainer(bench, crew, containerId);
      const took = await bareStartMs(watch, info);
      if (number === 0) continue;
      startMs.push(tookMs);
      bareMs.push(took);
    }
    return [
      atMost({
        name: 'crew-start',
        value: percentile(startMs, 50),
        unit: 'ms p50',
        target: 1_000,
        limit: percentile(bareMs, 50),
        limitName: 'docker run with the same flags, to its first exec',
      }),
      atMost({
        name: 'sidecar-idle-memory',
        value: memory.sidecarMb,
        unit: 'MB',
        target: 25,
        limit: memory.bareMb,
        limitName: 'a Node that does nothing, in such a container',
      }),
    ];
  } finally {
    watch.close();
    await bench.docker.getImage(image).remove({ force: true });
  }
}

/** The base with a layer of its own, as a build leaves one. */
async function makeImage(bench: BenchStack): Promise<string> {
  const base = bench.stack.services.runtimeImage ?? '';
  const container = await bench.docker.createContainer({ Image: base, Cmd: ['/bin/sh', '-c', 'echo built >/built'] });
  try {
    await container.start();
    await container.wait();
    const { Id } = (await container.commit()) as { Id: string };
    return Id;
  } finally {
    await container.remove({ force: true });
  }
}

/** What the last step of a build writes; nothing of a build is measured here. */
async function haveImage(bench: BenchStack, crew: BenchCrew, image: string): Promise<void> {
  await bench.rows.query(
    `update crews set cached_image = 'crewship-cache:bench', cached_image_id = $2, cached_config_hash = repeat('0', 64)
     where id = $1`,
    [crew.id, image],
  );
}

async function coldStart(
  bench: BenchStack,
  watch: ExecWatch,
  crew: BenchCrew,
): Promise<{ tookMs: number; containerId: string }> {
  const missionId = await createChainMission(bench, crew, 1);
  await startMission(bench, crew, missionId);
  const read = async () => {
    const { rows } = await bench.rows.query<{ exec_id: string; container_id: string; admitted_ms: number }>(
      `select exec_id, container_id, (extract(epoch from admitted_at) * 1000)::float8 as admitted_ms
       from runs where mission_id = $1 and status = 'COMPLETED'`,
      [missionId],
    );
    return rows[0];
  };
  await untilRows('the agent of a cold crew has run', DEADLINE_MS, async () => (await read()) !== undefined);
  const run = (await read())!;
  return { tookMs: (await watch.startedAtMs(run.exec_id)) - run.admitted_ms, containerId: run.container_id };
}

async function removeContainer(bench: BenchStack, crew: BenchCrew, containerId: string): Promise<void> {
  await bench.docker.getContainer(containerId).remove({ force: true });
  await untilRows('the crew knows that its container is gone', DEADLINE_MS, async () => {
    const { rows } = await bench.rows.query(`select 1 from crews where id = $1 and container_status = 'stopped'`, [
      crew.id,
    ]);
    return rows.length > 0;
  });
}

/** Milliseconds from asking for such a container to the start of the first exec in it. */
async function bareStartMs(watch: ExecWatch, like: Docker.ContainerInspectInfo): Promise<number> {
  const { Image, User, Env, Entrypoint, WorkingDir } = like.Config;
  const since = performance.now();
  const container = await watch.docker.createContainer({
    Image,
    User,
    Env,
    Entrypoint,
    Cmd: [],
    WorkingDir,
    HostConfig: like.HostConfig,
  });
  try {
    await container.start();
    const untilStarted = performance.now() - since;
    return untilStarted + (await bareExecStartMs(watch, container.id));
  } finally {
    await container.remove({ force: true });
  }
}
