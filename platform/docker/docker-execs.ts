import type { Duplex } from 'node:stream';
import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { DockerError, isDockerError, toDockerError } from './docker-error.ts';

export interface ExecSpec {
  containerId: string;
  /** Shown to every process of the container and in the daemon's events: never a secret. */
  argv: readonly string[];
  /** Root in build containers and helpers, and for supervisors. */
  user: '1001:1001' | '1002:1002' | `0:${number}`;
  env?: Readonly<Record<string, string>>;
  workingDir?: string;
  stdin?: boolean;
  output?: boolean;
}

export interface ExecState {
  running: boolean;
  /** Null before the start and while it runs. */
  exitCode: number | null;
  containerId: string;
  /** As the daemon counts processes; 0 before the start. */
  pid: number;
  /** As it was created with: the daemon's word, not the container's. */
  argv: readonly string[];
}

export interface ExecOutput {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface AttachedExec {
  stdout: PassThrough;
  stderr: PassThrough;
  stdin: Duplex;
  /** Lets go of the stream. The process goes on. */
  detach(): void;
}

export interface DockerExecs {
  createExec(spec: ExecSpec): Promise<string>;
  /**
   * Starts a created exec with nothing attached. An exec starts at most once in its life: a second start, also one
   * after the end, is `already`. Rejects with `not_found` when its container was restarted in between.
   */
  startExecDetached(execId: string): Promise<'started' | 'already'>;
  startExecAttached(execId: string): Promise<AttachedExec>;
  /** Input and outputs of a container's main process, from before its start. */
  attachContainer(id: string): Promise<AttachedExec>;
  /** Undefined once the daemon has forgotten it (a few minutes after its end, or with its container). */
  inspectExec(execId: string): Promise<ExecState | undefined>;
  /** Runs to the end and returns at most `limitBytes` of each stream; rejects with `timeout`, leaving the process. */
  runExec(spec: ExecSpec, options: { timeoutMs: number; limitBytes?: number; input?: string }): Promise<ExecOutput>;
}

type Call = <T>(operation: string, run: (options: { abortSignal: AbortSignal }) => Promise<T>) => Promise<T>;

/** What a stream says, up to so many bytes. */
export function collect(stream: PassThrough, limitBytes: number): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    const kept = chunk.subarray(0, limitBytes - size);
    size += kept.length;
    if (kept.length > 0) chunks.push(kept);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

export function createDockerExecs(docker: Docker, call: Call): DockerExecs {
  async function createExec(spec: ExecSpec): Promise<string> {
    const exec = await call('create exec', (o) =>
      docker.getContainer(spec.containerId).exec({
        Cmd: [...spec.argv],
        User: spec.user,
        Env: Object.entries(spec.env ?? {}).map(([key, value]) => `${key}=${value}`),
        WorkingDir: spec.workingDir,
        AttachStdin: spec.stdin ?? false,
        AttachStdout: spec.output ?? false,
        AttachStderr: spec.output ?? false,
        Tty: false,
        ...o,
      }),
    );
    return exec.id;
  }

  async function inspectExec(execId: string): Promise<ExecState | undefined> {
    try {
      const info = await call('inspect exec', (o) => docker.getExec(execId).inspect(o));
      const { entrypoint, arguments: rest } = info.ProcessConfig;
      return {
        running: info.Running,
        exitCode: info.ExitCode,
        containerId: info.ContainerID,
        pid: info.Pid ?? 0,
        argv: [entrypoint, ...rest],
      };
    } catch (error) {
      if (isDockerError(error, 'not_found')) return undefined;
      throw error;
    }
  }

  async function startExecAttached(execId: string): Promise<AttachedExec> {
    let socket: Duplex;
    try {
      socket = await docker.getExec(execId).start({ hijack: true, stdin: true, Tty: false });
    } catch (error) {
      throw toDockerError(error, 'start exec');
    }
    return attachedTo(socket);
  }

  async function attachContainer(id: string): Promise<AttachedExec> {
    const streams = { stream: true, hijack: true, stdin: true, stdout: true, stderr: true };
    try {
      return attachedTo((await docker.getContainer(id).attach(streams)) as Duplex);
    } catch (error) {
      throw toDockerError(error, 'attach container');
    }
  }

  function attachedTo(socket: Duplex): AttachedExec {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const end = () => {
      stdout.end();
      stderr.end();
    };
    docker.modem.demuxStream(socket, stdout, stderr);
    socket.once('end', end).once('close', end).once('error', end);
    return { stdout, stderr, stdin: socket, detach: () => socket.destroy() };
  }

  return {
    createExec,
    inspectExec,
    startExecAttached,
    attachContainer,

    async startExecDetached(execId) {
      try {
        await call('start exec', async (o) => {
          const stream = await docker.getExec(execId).start({ Detach: true, Tty: false, ...o });
          // The body is empty, but unread it would keep the pooled connection from being used again.
          stream.resume();
        });
        return 'started';
      } catch (error) {
        if (!isDockerError(error, 'conflict')) throw error;
        const state = await inspectExec(execId);
        if (state !== undefined && (state.running || state.exitCode !== null)) return 'already';
        throw error;
      }
    },

    async runExec(spec, { timeoutMs, limitBytes = 65_536, input }) {
      const execId = await createExec({ ...spec, output: true, stdin: input !== undefined });
      const attached = await startExecAttached(execId);
      const stdout = collect(attached.stdout, limitBytes);
      const stderr = collect(attached.stderr, limitBytes);
      if (input !== undefined) attached.stdin.end(input);
      const ended = new Promise<true>((resolve) => attached.stdout.once('close', () => resolve(true)));
      const { promise: expired, resolve: expire } = Promise.withResolvers<false>();
      const timer = setTimeout(() => expire(false), timeoutMs);
      try {
        if (!(await Promise.race([ended, expired]))) throw new DockerError('timeout', 'run exec');
      } finally {
        clearTimeout(timer);
        attached.detach();
      }
      const state = await inspectExec(execId);
      if (state === undefined || state.exitCode === null) throw new DockerError('not_running', 'run exec');
      return { exitCode: state.exitCode, stdout: stdout(), stderr: stderr() };
    },
  };
}
