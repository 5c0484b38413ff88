import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { keepRunning } from '../supervision/keep-running.ts';
import { withPorts } from '../supervision/local-ports.ts';
import { type ManagedUnit, startOrAdoptProcess } from '../supervision/managed-process.ts';
import { waitUntilHealthy } from '../supervision/wait-until-healthy.ts';
import { aptInstall, whyNoApt } from './apt.ts';
import { findDockerForContainers } from './docker-address.ts';
import { startManagedContainer } from './managed-container.ts';
import {
  type Environment,
  type Finding,
  inspectWays,
  type Log,
  type PartContext,
  resolvePart,
  type RunningPart,
  type Service,
  type Way,
} from './part.ts';
import { bareEnvironment, findOnPath } from './run-command.ts';

const PREFERRED_PORT = 15_000;
const START_DEADLINE_MS = 30_000;
const PROGRAMS = ['docker-registry'];
const IMAGE = 'registry:2';
const PORT_IN_CONTAINER = 5_000;

type RegistrySource = { kind: 'program'; command: string } | { kind: 'image'; dockerHost: string };

/**
 * An OCI registry for tests, empty at each start. The address is `localhost:port`, by which the daemon, our client and
 * the devcontainers CLI all speak to it without TLS.
 */
export function createRegistryService(context: PartContext): Service<string> {
  const ways = registryWays(context.env, context.log);

  async function start(): Promise<RunningPart<string>> {
    const { label, value: source } = await resolvePart('registry', ways, context.log);
    return withPorts(
      context.ports,
      [['registry', PREFERRED_PORT]],
      { held: context.records.findLive('registry') !== undefined },
      async (port = PREFERRED_PORT) => {
        const address = `localhost:${port}`;
        const kept = await keepRunning({
          name: 'registry',
          log: context.log,
          launch: () => launch(context, source, port, address),
        });
        return { address, chosen: `${label}, on 127.0.0.1:${port}`, stop: kept.stop };
      },
    );
  }

  return { part: 'registry', inspect: () => inspectWays(ways), start, checkHealth: checkRegistry };
}

async function checkRegistry(address: string): Promise<void> {
  const response = await fetch(`http://${address}/v2/`);
  await response.body?.cancel();
  if (!response.ok) throw new Error(`it answered ${response.status}`);
}

async function launch(
  context: PartContext,
  source: RegistrySource,
  port: number,
  address: string,
): Promise<ManagedUnit> {
  const logFile = path.join(context.dataDir, 'logs', 'registry.log');
  const unit =
    source.kind === 'program'
      ? await startProgram(context, source.command, port, logFile)
      : await startManagedContainer(context, {
          name: 'registry',
          dockerHost: source.dockerHost,
          image: IMAGE,
          command: ['registry', 'serve', '/etc/docker/registry/config.yml'],
          publish: { [port]: PORT_IN_CONTAINER },
        });
  try {
    await waitUntilHealthy({
      name: 'registry',
      check: () => checkRegistry(address),
      exited: unit.exited,
      deadlineMs: START_DEADLINE_MS,
      ...(source.kind === 'program' ? { logFile } : {}),
    });
  } catch (error) {
    await unit.stop();
    throw error;
  }
  return unit;
}

async function startProgram(
  context: PartContext,
  command: string,
  port: number,
  logFile: string,
): Promise<ManagedUnit> {
  const directory = path.join(context.dataDir, 'registry');
  const configFile = path.join(directory, 'registry.yml');
  const config = [
    'version: 0.1',
    'log: { level: warn, accesslog: { disabled: true } }',
    'storage: { inmemory: {} }',
    `http: { addr: "127.0.0.1:${port}" }`,
    '',
  ].join('\n');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(configFile, config, { mode: 0o600 });
  return startOrAdoptProcess(context.records, {
    name: 'registry',
    command,
    args: ['serve', configFile],
    env: bareEnvironment(context.env),
    cwd: directory,
    logFile,
    fingerprint: createHash('sha256').update(config).digest('hex'),
  });
}

function registryWays(env: Environment, log: Log): Way<RegistrySource>[] {
  const findProgram = (): RegistrySource => {
    const command = findOnPath(PROGRAMS, env);
    if (!command) throw new Error('docker-registry is not on PATH');
    return { kind: 'program', command };
  };
  return [
    {
      name: 'docker-registry on PATH',
      async inspect(): Promise<Finding> {
        const command = findOnPath(PROGRAMS, env);
        if (command) return { state: 'ready', detail: command };
        const howToGet = 'install a registry (Debian: apt-get install docker-registry)';
        return { state: 'absent', detail: 'no docker-registry on PATH', howToGet };
      },
      obtain: async () => findProgram(),
    },
    {
      name: 'apt',
      async inspect(): Promise<Finding> {
        const obstacle = whyNoApt(env);
        if (obstacle) return { state: 'absent', detail: obstacle };
        return { state: 'obtainable', detail: 'installs the package docker-registry' };
      },
      async obtain() {
        await aptInstall(['docker-registry'], { env, log });
        return findProgram();
      },
    },
    {
      name: 'Docker',
      async inspect(): Promise<Finding> {
        const dockerHost = await findDockerForContainers(env);
        if (!dockerHost) return { state: 'absent', detail: 'no local Docker daemon answers' };
        return { state: 'obtainable', detail: `runs the image ${IMAGE} on ${dockerHost}` };
      },
      async obtain() {
        const dockerHost = await findDockerForContainers(env);
        if (!dockerHost) throw new Error('the Docker daemon no longer answers');
        return { kind: 'image', dockerHost };
      },
    },
  ];
}
