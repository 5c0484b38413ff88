import { findDockerForContainers } from './docker-address.ts';
import { type Environment, type Finding, type Log, NOT_SET, type Way } from './part.ts';
import { bareEnvironment, findOnPath, isExecutable, runCommand } from './run-command.ts';
import { downloadTemporal, planDownload } from './temporal-download.ts';
import { buildTemporal, cachedTemporal, TEMPORAL_VERSION, whyNoGo } from './temporal-build.ts';
import { checkTemporal } from './temporal-protocol.ts';

/** A server elsewhere, a program to run here, or an image to run in Docker. */
export type TemporalSource =
  | { kind: 'address'; address: string }
  | { kind: 'server'; command: string }
  | { kind: 'image'; image: string; dockerHost: string };

const DEFAULT_IMAGE = `temporalio/temporal:${TEMPORAL_VERSION}`;
const HOW_TO_GET = 'install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH';

/** The ways of having Temporal, in order. What was downloaded or built once is kept for all checkouts. */
export function temporalWays(env: Environment, log: Log): Way<TemporalSource>[] {
  return [addressWay(env), pathWay(env), cacheWay(env), downloadWay(env, log), goWay(env, log), dockerWay(env)];
}

function addressWay(env: Environment): Way<TemporalSource> {
  const address = env.TEMPORAL_ADDRESS;
  return {
    name: 'TEMPORAL_ADDRESS',
    async inspect(): Promise<Finding> {
      if (!address) return { state: 'absent', detail: NOT_SET };
      try {
        return { state: 'ready', detail: address, version: (await checkTemporal(address)).version };
      } catch (error) {
        const howToGet = 'start that server, correct TEMPORAL_ADDRESS, or unset it to use a local Temporal';
        return { state: 'broken', detail: `${address} does not answer: ${(error as Error).message}`, howToGet };
      }
    },
    async obtain() {
      if (!address) throw new Error('TEMPORAL_ADDRESS is not set');
      return { kind: 'address', address };
    },
  };
}

function pathWay(env: Environment): Way<TemporalSource> {
  return {
    name: 'temporal on PATH',
    async inspect(): Promise<Finding> {
      const command = findOnPath(['temporal'], env);
      if (!command) return { state: 'absent', detail: 'no temporal on PATH', howToGet: HOW_TO_GET };
      return describeBinary(command, env);
    },
    async obtain() {
      const command = findOnPath(['temporal'], env);
      if (!command) throw new Error('it is no longer on PATH');
      return { kind: 'server', command };
    },
  };
}

function cacheWay(env: Environment): Way<TemporalSource> {
  const command = cachedTemporal(env);
  return {
    name: 'the copy fetched before',
    async inspect(): Promise<Finding> {
      if (!isExecutable(command)) return { state: 'absent', detail: 'none yet' };
      return describeBinary(command, env);
    },
    async obtain() {
      return { kind: 'server', command };
    },
  };
}

/** A program that does not run (another system's, half a file) is reported, not started. */
async function describeBinary(command: string, env: Environment): Promise<Finding> {
  try {
    const output = await runCommand(command, ['--version'], { env: bareEnvironment(env), timeoutMs: 20_000 });
    const version = output.replace(/^temporal version\s*/, '').trim();
    return { state: 'ready', detail: `${command} ${version}`, version };
  } catch (error) {
    return { state: 'absent', detail: `${command} does not run: ${(error as Error).message}`, howToGet: HOW_TO_GET };
  }
}

function downloadWay(env: Environment, log: Log): Way<TemporalSource> {
  const plan = planDownload(env);
  return {
    name: 'the official download',
    async inspect(): Promise<Finding> {
      if ('obstacle' in plan) return { state: 'absent', detail: plan.obstacle, howToGet: plan.howToGet };
      return { state: 'obtainable', detail: `downloads ${plan.url}` };
    },
    async obtain() {
      if ('obstacle' in plan) throw new Error(plan.obstacle);
      return { kind: 'server', command: await downloadTemporal(plan, { env, log }) };
    },
  };
}

function goWay(env: Environment, log: Log): Way<TemporalSource> {
  return {
    name: 'go install',
    async inspect(): Promise<Finding> {
      const obstacle = await whyNoGo(env);
      if (obstacle) return { state: 'absent', detail: obstacle, howToGet: 'install Go 1.25 or newer (https://go.dev)' };
      return { state: 'obtainable', detail: `builds ${TEMPORAL_VERSION} with Go, once, in about 4 minutes` };
    },
    async obtain() {
      return { kind: 'server', command: await buildTemporal({ env, log }) };
    },
  };
}

function dockerWay(env: Environment): Way<TemporalSource> {
  const image = env.CREWSHIP_TEMPORAL_IMAGE ?? DEFAULT_IMAGE;
  return {
    name: 'Docker',
    async inspect(): Promise<Finding> {
      const dockerHost = await findDockerForContainers(env);
      if (!dockerHost) return { state: 'absent', detail: 'no local Docker daemon answers' };
      return { state: 'obtainable', detail: `runs the image ${image} (CREWSHIP_TEMPORAL_IMAGE) on ${dockerHost}` };
    },
    async obtain() {
      const dockerHost = await findDockerForContainers(env);
      if (!dockerHost) throw new Error('the Docker daemon no longer answers');
      return { kind: 'image', image, dockerHost };
    },
  };
}
