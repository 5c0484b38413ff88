import http from 'node:http';
import type { Readable } from 'node:stream';
import Docker from 'dockerode';
import { createDockerImages, type DockerImages } from './docker-images.ts';
import { createDockerExecs, type DockerExecs } from './docker-execs.ts';
import { createDockerRuns, type DockerRuns } from './docker-runs.ts';
import { createDockerNetworks, type DockerNetworks } from './docker-networks.ts';
import { isDockerError, toDockerError } from './docker-error.ts';

const CALL_TIMEOUT_MS = 30_000;

export interface ContainerState {
  id: string;
  name: string;
  labels: Readonly<Record<string, string>>;
  image: string;
  /** What it was made from, whatever its tags name now. */
  imageId: string;
  /** `NAME=value`: its own and its image's. */
  env: readonly string[];
  status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  running: boolean;
  /** As it was given them. */
  mounts: readonly NonNullable<Docker.HostConfig['Mounts']>[number][];
  memoryBytes: number;
  /** Of its main process, as the daemon counts processes; 0 when it does not run. */
  pid: number;
  /** RFC 3339 with nanoseconds, the daemon's clock; changes with each start of the container. */
  startedAt: string;
  exitCode: number;
  /** Execs that the daemon still knows, also ended ones. */
  execIds: readonly string[];
}

export interface ListedContainer {
  id: string;
  name: string;
  labels: Readonly<Record<string, string>>;
  status: string;
  createdAt: Date;
}

/** The daemon's operations that Crewship uses. Every one rejects with a DockerError only. */
export interface DockerClient extends DockerExecs, DockerImages, DockerNetworks, DockerRuns {
  ping(): Promise<void>;
  version(): Promise<{ architecture: string; engineVersion: string }>;
  /** Rejects with `conflict` when the name is taken, `image_missing` when the image is not on this host. */
  createContainer(options: Docker.ContainerCreateOptions): Promise<string>;
  /** Starting a running container is no error. */
  startContainer(id: string): Promise<void>;
  inspectContainer(idOrName: string): Promise<ContainerState | undefined>;
  /** All states, running or not. */
  listContainers(labels: Readonly<Record<string, string>>): Promise<ListedContainer[]>;
  /** Kills and removes, with its anonymous volumes; a container that is gone is no error. */
  removeContainer(id: string): Promise<void>;
  /** SIGTERM, then SIGKILL after the grace. */
  restartContainer(id: string, graceSeconds: number): Promise<void>;
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  /** Resolves with the exit code when the container is not running any more. */
  waitContainer(id: string, timeoutMs: number): Promise<number>;
  /** Creates the volume or finds it; `createdAt` tells a volume from a later one of the same name. */
  ensureVolume(name: string, labels: Readonly<Record<string, string>>): Promise<{ createdAt: string }>;
  listVolumes(labels: Readonly<Record<string, string>>): Promise<string[]>;
  removeVolume(name: string): Promise<void>;
  /** Unpacks a tar archive into a directory of the container, as root, running or not. */
  putArchive(id: string, directory: string, archive: Buffer): Promise<void>;
  /** One JSON document a line; ends when the daemon or the signal ends it. */
  openEvents(query: EventQuery, signal: AbortSignal): Promise<Readable>;
}

export interface EventQuery {
  events: readonly string[];
  label: string;
  /** `seconds.nanoseconds` of the daemon's clock. */
  since?: string;
}

function labelFilter(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}

/**
 * `unix:///path` or `tcp://host:port`. DOCKER_HOST of the environment is never consulted: the caller says which daemon.
 */
function connectionOf(dockerHost: string): Docker.DockerOptions {
  if (dockerHost.startsWith('unix://')) return { socketPath: dockerHost.slice('unix://'.length), host: undefined };
  const url = new URL(dockerHost);
  if (url.protocol !== 'tcp:' && url.protocol !== 'http:') throw new TypeError('DOCKER_HOST must be unix:// or tcp://');
  return { host: url.hostname, port: url.port || '2375', protocol: 'http', socketPath: undefined };
}

function isStatus(error: unknown, status: number): boolean {
  return (error as { statusCode?: number }).statusCode === status;
}

/** A client for one daemon. Short calls give up after 30 s with `timeout`. */
export function createDockerClient(dockerHost: string): DockerClient {
  // A pool of kept connections saves ~1 ms a call against a fresh one.
  const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 16 });
  const docker = new Docker({ ...connectionOf(dockerHost), agent } as Docker.DockerOptions);

  async function call<T>(
    operation: string,
    run: (options: { abortSignal: AbortSignal }) => Promise<T>,
    timeoutMs = CALL_TIMEOUT_MS,
  ): Promise<T> {
    try {
      return await run({ abortSignal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
      throw toDockerError(error, operation);
    }
  }

  async function unlessMissing<T>(promise: Promise<T>): Promise<T | undefined> {
    try {
      return await promise;
    } catch (error) {
      if (isDockerError(error, 'not_found')) return undefined;
      throw error;
    }
  }

  return {
    ...createDockerExecs(docker, call),
    ...createDockerImages(docker, call),
    ...createDockerNetworks(docker, call),
    ...createDockerRuns(docker, call),

    async ping() {
      await call('ping', () => docker.ping());
    },

    async version() {
      const version = await call('version', () => docker.version());
      return { architecture: version.Arch, engineVersion: version.Version };
    },

    async createContainer(options) {
      const container = await call('create container', (o) => docker.createContainer({ ...options, ...o }));
      return container.id;
    },

    async startContainer(id) {
      await call('start container', async (o) => {
        try {
          await docker.getContainer(id).start(o);
        } catch (error) {
          if (!isStatus(error, 304)) throw error;
        }
      });
    },

    async inspectContainer(idOrName) {
      const info = await unlessMissing(call('inspect container', (o) => docker.getContainer(idOrName).inspect(o)));
      if (info === undefined) return undefined;
      return {
        id: info.Id,
        name: info.Name.replace(/^\//, ''),
        labels: info.Config.Labels ?? {},
        image: info.Config.Image,
        imageId: info.Image,
        env: info.Config.Env ?? [],
        status: info.State.Status as ContainerState['status'],
        mounts: info.HostConfig.Mounts ?? [],
        memoryBytes: info.HostConfig.Memory ?? 0,
        running: info.State.Running,
        pid: info.State.Pid,
        startedAt: info.State.StartedAt,
        exitCode: info.State.ExitCode,
        execIds: (info as { ExecIDs?: string[] | null }).ExecIDs ?? [],
      };
    },

    async listContainers(labels) {
      const list = await call('list containers', (o) =>
        docker.listContainers({ all: true, filters: { label: labelFilter(labels) }, ...o }),
      );
      return list.map((item) => ({
        id: item.Id,
        name: (item.Names[0] ?? '').replace(/^\//, ''),
        labels: item.Labels ?? {},
        status: item.State,
        createdAt: new Date(item.Created * 1_000),
      }));
    },

    async removeContainer(id) {
      try {
        await unlessMissing(
          call('remove container', (o) => docker.getContainer(id).remove({ force: true, v: true, ...o })),
        );
      } catch (error) {
        // "removal is already in progress": another remover is ahead of us; wait until it is done.
        if (!isDockerError(error, 'conflict')) throw error;
        await unlessMissing(
          call('remove container', (o) => docker.getContainer(id).wait({ condition: 'removed', ...o })),
        );
      }
    },

    async restartContainer(id, graceSeconds) {
      const timeoutMs = graceSeconds * 1_000 + CALL_TIMEOUT_MS;
      await call('restart container', (o) => docker.getContainer(id).restart({ t: graceSeconds, ...o }), timeoutMs);
    },

    async stopContainer(id, graceSeconds) {
      const timeoutMs = graceSeconds * 1_000 + CALL_TIMEOUT_MS;
      await call(
        'stop container',
        async (o) => {
          try {
            await docker.getContainer(id).stop({ t: graceSeconds, ...o });
          } catch (error) {
            if (!isStatus(error, 304)) throw error;
          }
        },
        timeoutMs,
      );
    },

    async waitContainer(id, timeoutMs) {
      const result = await call('wait for container', (o) => docker.getContainer(id).wait(o), timeoutMs);
      return (result as { StatusCode: number }).StatusCode;
    },

    async ensureVolume(name, labels) {
      const inspect = () => call('inspect volume', (o) => docker.getVolume(name).inspect(o));
      // It is there whenever the crew has run before.
      let info = await unlessMissing(inspect());
      if (info === undefined) {
        await call('create volume', (o) => docker.createVolume({ Name: name, Labels: { ...labels }, ...o }));
        info = await inspect();
      }
      return { createdAt: (info as { CreatedAt?: string }).CreatedAt ?? '' };
    },

    async listVolumes(labels) {
      const { Volumes } = await call('list volumes', (o) =>
        docker.listVolumes({ filters: { label: labelFilter(labels) }, ...o }),
      );
      return (Volumes ?? []).map((volume) => volume.Name);
    },

    async removeVolume(name) {
      await unlessMissing(call('remove volume', (o) => docker.getVolume(name).remove(o)));
    },

    async putArchive(id, directory, archive) {
      await call('put archive', async (o) => {
        await docker.getContainer(id).putArchive(archive, { path: directory, ...o });
      });
    },

    async openEvents(query, signal) {
      try {
        return (await docker.getEvents({
          filters: { type: ['container', 'image'], event: [...query.events], label: [query.label] },
          ...(query.since === undefined ? {} : { since: query.since }),
          abortSignal: signal,
        } as Docker.GetEventsOptions)) as Readable;
      } catch (error) {
        throw toDockerError(error, 'open events');
      }
    },
  };
}
