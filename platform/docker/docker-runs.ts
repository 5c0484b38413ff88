import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { collect, type ExecOutput } from './docker-execs.ts';

export interface DockerRuns {
  /**
   * Makes a container, runs it to its end and removes it, whatever becomes of it. Resolves with what it said, at most
   * `limitBytes` of each stream. Rejects with `image_missing`, `rejected` for a program that can't be run, `timeout`.
   */
  runContainer(
    options: Docker.ContainerCreateOptions,
    limits: { timeoutMs: number; limitBytes?: number },
  ): Promise<ExecOutput>;
}

type Call = <T>(
  operation: string,
  run: (options: { abortSignal: AbortSignal }) => Promise<T>,
  timeoutMs?: number,
) => Promise<T>;

export function createDockerRuns(docker: Docker, call: Call): DockerRuns {
  return {
    async runContainer(options, { timeoutMs, limitBytes = 65_536 }) {
      const attach = { AttachStdout: true, AttachStderr: true };
      const made = await call('create container', (o) => docker.createContainer({ ...options, ...attach, ...o }));
      const container = docker.getContainer(made.id);
      try {
        const socket = await call('attach to container', (o) =>
          container.attach({ stream: true, stdout: true, stderr: true, ...o }),
        );
        const [stdout, stderr] = [new PassThrough(), new PassThrough()];
        const said = [collect(stdout, limitBytes), collect(stderr, limitBytes)] as const;
        docker.modem.demuxStream(socket, stdout, stderr);
        const closed = new Promise<void>((resolve) => socket.once('end', resolve).once('close', resolve));
        await call('start container', (o) => container.start(o));
        const { StatusCode: exitCode } = (await call('run container', (o) => container.wait(o), timeoutMs)) as {
          StatusCode: number;
        };
        await call('run container', () => closed, timeoutMs);
        return { exitCode, stdout: said[0](), stderr: said[1]() };
      } finally {
        await call('remove container', (o) => container.remove({ force: true, v: true, ...o })).catch(() => {});
      }
    },
  };
}
