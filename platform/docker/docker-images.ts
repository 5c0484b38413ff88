import readline from 'node:readline';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { DockerError, isDockerError, toDockerError } from './docker-error.ts';

const COMMIT_TIMEOUT_MS = 600_000;

export interface ImageState {
  /** `sha256:…`: what it is, whatever it is called. */
  id: string;
  tags: readonly string[];
  /** Empty for an image that was made here and neither pulled nor pushed. */
  digests: readonly string[];
  architecture: string;
  sizeBytes: number;
  createdAt: string;
  labels: Readonly<Record<string, string>>;
  /** `NAME=value` lines. */
  env: readonly string[];
  entrypoint: readonly string[];
  command: readonly string[];
  user: string;
}

export interface ListedImage {
  id: string;
  tags: readonly string[];
  labels: Readonly<Record<string, string>>;
  sizeBytes: number;
  createdAt: Date;
}

/** What an image that is made from a container is configured with, over the container's own configuration. */
export interface CommitConfig {
  env: readonly string[];
  labels: Readonly<Record<string, string>>;
  user: string;
  entrypoint: readonly string[];
  command: readonly string[];
}

export interface DockerImages {
  /**
   * Pulls `reference` for an architecture of Linux; lines of progress go to `onLine`. Rejects with `image_missing` when
   * the registry has none of that name or denies it, `unavailable` when it cannot be reached.
   */
  pullImage(
    reference: string,
    options: {
      architecture: string;
      auth?: { username: string; password: string };
      onLine: (line: string) => void;
      signal: AbortSignal;
    },
  ): Promise<void>;
  /**
   * Pushes an image under a name that it has, `repository:tag`; resolves with the digest by which the registry has it.
   * Rejects with `rejected` when the registry denies it, `unavailable` when it cannot be reached.
   */
  pushImage(
    name: { repository: string; tag: string },
    options: { auth?: { username: string; password: string }; signal: AbortSignal },
  ): Promise<{ digest: string }>;
  /**
   * Asks the registry whether this may be read: the daemon answers a pull by digest from what it has. Fails as a pull
   * does.
   */
  askRegistry(
    reference: string,
    options: { auth?: { username: string; password: string }; signal: AbortSignal },
  ): Promise<void>;
  inspectImage(image: string): Promise<ImageState | undefined>;
  /** Those that carry all the labels. */
  listImages(labels: Readonly<Record<string, string>>): Promise<ListedImage[]>;
  /** An image without a name from a container as it is; resolves with its id. */
  commitContainer(containerId: string, config: CommitConfig): Promise<string>;
  /** Gives the image the name, taking it from any other. */
  tagImage(image: string, repository: string, tag: string): Promise<void>;
  /** A name, or by its id the image itself. `conflict` when it is in use; one that is gone is no error. */
  removeImage(image: string): Promise<void>;
}

type Call = <T>(
  operation: string,
  run: (options: { abortSignal: AbortSignal }) => Promise<T>,
  timeoutMs?: number,
) => Promise<T>;

interface TransferLine {
  status?: string;
  id?: string;
  error?: string;
  errorDetail?: { message?: string };
  aux?: { Digest?: string };
}

export function createDockerImages(docker: Docker, call: Call): DockerImages {
  return {
    async pullImage(reference, { architecture, auth, onLine, signal }) {
      let stream: Readable;
      try {
        stream = (await docker.pull(reference, {
          platform: `linux/${architecture}`,
          abortSignal: signal,
          ...(auth === undefined ? {} : { authconfig: auth }),
        })) as Readable;
      } catch (error) {
        throw transferError(error, 'pull image');
      }
      await readTransfer(stream, 'pull image', (line) => {
        // Bars of progress come many times a second; these say what began and what ended.
        if (line.status === undefined || /^(Downloading|Extracting|Waiting|Verifying)/.test(line.status)) return;
        onLine(line.id === undefined ? line.status : `${line.id}: ${line.status}`);
      });
    },

    async pushImage({ repository, tag }, { auth, signal }) {
      let stream: Readable;
      try {
        // Without any credentials the daemon takes the call for a malformed one.
        const options = { tag, authconfig: auth ?? {}, abortSignal: signal };
        stream = (await docker.getImage(repository).push(options as object)) as Readable;
      } catch (error) {
        throw transferError(error, 'push image');
      }
      let digest: string | undefined;
      await readTransfer(stream, 'push image', (line) => {
        digest = line.aux?.Digest ?? digest;
      });
      if (digest === undefined) throw new DockerError('rejected', 'push image');
      return { digest };
    },

    async askRegistry(reference, { auth, signal }) {
      try {
        await docker.getImage(reference).distribution({
          abortSignal: signal,
          ...(auth === undefined ? {} : { authconfig: auth }),
        } as object);
      } catch (error) {
        signal.throwIfAborted();
        throw transferError(error, 'ask registry');
      }
    },

    async inspectImage(image) {
      try {
        const info = await call('inspect image', () => docker.getImage(image).inspect());
        const config = info.Config as Partial<typeof info.Config>;
        return {
          id: info.Id,
          tags: info.RepoTags ?? [],
          digests: info.RepoDigests ?? [],
          architecture: info.Architecture,
          sizeBytes: info.Size,
          createdAt: info.Created,
          labels: config.Labels ?? {},
          env: config.Env ?? [],
          entrypoint: [config.Entrypoint ?? []].flat(),
          command: config.Cmd ?? [],
          user: config.User ?? '',
        };
      } catch (error) {
        if (isDockerError(error, 'image_missing', 'not_found')) return undefined;
        throw error;
      }
    },

    async listImages(labels) {
      const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
      const list = await call('list images', (o) => docker.listImages({ filters: { label }, ...o }));
      return list.map((image) => ({
        id: image.Id,
        tags: (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>'),
        labels: image.Labels ?? {},
        sizeBytes: image.Size,
        createdAt: new Date(image.Created * 1_000),
      }));
    },

    async commitContainer(containerId, config) {
      const made = await call(
        'commit container',
        (o) =>
          // Apart, as the client would otherwise put the configuration into the address, too.
          docker.getContainer(containerId).commit({
            _query: { container: containerId },
            _body: {
              Env: config.env,
              Labels: config.labels,
              User: config.user,
              Entrypoint: config.entrypoint,
              Cmd: config.command,
            },
            ...o,
          } as object),
        COMMIT_TIMEOUT_MS,
      );
      return (made as { Id: string }).Id;
    },

    async tagImage(image, repository, tag) {
      await call('tag image', (o) => docker.getImage(image).tag({ repo: repository, tag, ...o }));
    },

    async removeImage(image) {
      try {
        await call('remove image', (o) => docker.getImage(image).remove(o));
      } catch (error) {
        if (!isDockerError(error, 'image_missing', 'not_found')) throw error;
      }
    },
  };
}

/** The daemon answers at once and says in what follows how it went. */
async function readTransfer(stream: Readable, operation: string, onLine: (line: TransferLine) => void): Promise<void> {
  try {
    for await (const text of readline.createInterface({ input: stream })) {
      const line = JSON.parse(text) as TransferLine;
      if (line.error !== undefined) {
        throw transferError(new Error(line.errorDetail?.message ?? line.error), operation);
      }
      onLine(line);
    }
  } catch (error) {
    throw toDockerError(error, operation);
  } finally {
    stream.destroy();
  }
}

/** The daemon says only in words why a registry gave or took nothing. */
function transferError(error: unknown, operation: string): DockerError {
  if (isDockerError(error)) return error;
  const text = (error as Error).message ?? '';
  if (/manifest unknown|not found|does not exist|no matching manifest/i.test(text)) {
    return new DockerError('image_missing', operation, { cause: error });
  }
  if (/denied|unauthorized|authentication required|no basic auth/i.test(text)) {
    return new DockerError('rejected', operation, { cause: error });
  }
  if (/dial tcp|lookup |timeout|connection refused|EOF|request canceled|TLS|x509|no such host/i.test(text)) {
    return new DockerError('unavailable', operation, { cause: error });
  }
  return toDockerError(error, operation);
}
