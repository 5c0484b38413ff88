import type Docker from 'dockerode';
import type { ManagedUnit } from '../supervision/managed-process.ts';
import { connectDocker } from './docker-address.ts';
import { pullImage } from './pull-image.ts';
import type { PartContext } from './part.ts';

/** Names the containers that are parts of the stack itself; crew containers carry `crewship.stack`. */
const SERVICE_LABEL = 'crewship.stack-service';
const PULL_TIMEOUT_MS = 5 * 60_000;
const STOP_TIMEOUT_SECONDS = 10;

export type ContainerSpec = {
  name: string;
  dockerHost: string;
  image: string;
  command: string[];
  user?: string;
  env?: Record<string, string>;
  /** Loopback port → container port. */
  publish: Record<number, number>;
  /** A named volume that outlives the container: its mount point. */
  volumeAt?: string;
};

/** Runs a part in a container. One left by a killed supervisor is replaced, as its ports and command may differ. */
export async function startManagedContainer(context: PartContext, spec: ContainerSpec): Promise<ManagedUnit> {
  const docker = connectDocker(spec.dockerHost);
  await pullImage(docker, spec.image, { log: context.log, timeoutMs: PULL_TIMEOUT_MS });
  const name = `crewship-${context.secrets.stackId}-${spec.name}`;
  await removeContainer(docker.getContainer(name));
  const published = Object.entries(spec.publish);
  const container = await docker.createContainer({
    name,
    Image: spec.image,
    Entrypoint: spec.command.slice(0, 1),
    Cmd: spec.command.slice(1),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    Env: Object.entries(spec.env ?? {}).map(([key, value]) => `${key}=${value}`),
    Labels: { [SERVICE_LABEL]: context.secrets.stackId },
    ExposedPorts: Object.fromEntries(published.map(([, inside]) => [`${inside}/tcp`, {}])),
    HostConfig: {
      PortBindings: Object.fromEntries(
        published.map(([outside, inside]) => [`${inside}/tcp`, [{ HostIp: '127.0.0.1', HostPort: outside }]]),
      ),
      ...(spec.volumeAt === undefined ? {} : { Binds: [`${name}:${spec.volumeAt}`] }),
    },
  });
  try {
    await container.start();
  } catch (error) {
    await removeContainer(container);
    throw error;
  }
  const exited = container.wait().then(
    ({ StatusCode }: { StatusCode: number }) => `exit code ${StatusCode}`,
    (error: Error) => error.message,
  );
  return {
    exited,
    async stop() {
      await container.stop({ t: STOP_TIMEOUT_SECONDS }).catch(ignoreGone);
      await removeContainer(container);
    },
  };
}

async function removeContainer(container: Docker.Container): Promise<void> {
  await container.remove({ force: true }).catch(ignoreGone);
}

/** 304: stopped already. 404: removed already. */
function ignoreGone(error: { statusCode?: number }): void {
  if (error.statusCode !== 304 && error.statusCode !== 404) throw error;
}
