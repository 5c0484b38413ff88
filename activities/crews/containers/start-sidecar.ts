import readline from 'node:readline';
import { type IpcConfig, SIDECAR_PORT } from '../../../domain/crews/sidecar/ipc-config.ts';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { DockerError, isDockerError } from '../../../platform/docker/docker-error.ts';
import { newId } from '../../../platform/ids/ids.ts';

const READY_TIMEOUT_MS = 15_000;
const HEALTH_TIMEOUT_MS = 10_000;
const RETIRE_TIMEOUT_MS = 15_000;
const SIDECAR_USER = '1002:1002';
const NODE = '/opt/crewship/bin/node';

/**
 * A program of the crew's listens where its sidecar is to listen. Nobody would know what it tells the agents that take
 * it for the sidecar, so the crew does not start.
 */
export class SidecarPortTakenError extends Error {
  readonly code = 'sidecar_port_taken';

  constructor() {
    super(`a program in the crew’s container listens on 127.0.0.1:${SIDECAR_PORT}, the sidecar’s address`);
    this.name = 'SidecarPortTakenError';
  }
}

function sidecarArgv(sidecarFile: string, ...args: string[]): string[] {
  return [NODE, '--max-old-space-size=96', `/opt/crewship/runtime/${sidecarFile}`, ...args];
}

/**
 * Starts a sidecar in the container of a crew's sidecars and resolves when it listens. The configuration, and with it
 * the token, goes over its standard input. Starting a second one beside the first is how a sidecar is upgraded: both
 * share the port. Rejects with `not_ready` when it does not come up in 15 s, `not_found` or `not_running` without a
 * container, and with SidecarPortTakenError.
 */
export async function startSidecar(
  docker: DockerClient,
  sidecar: { containerId: string; sidecarFile: string; ipcConfig: IpcConfig },
): Promise<{ execId: string }> {
  const execId = await docker.createExec({
    containerId: sidecar.containerId,
    // The name tells this process from its predecessors; it is no secret, as arguments never are.
    argv: sidecarArgv(sidecar.sidecarFile, 'serve', newId()),
    user: SIDECAR_USER,
    workingDir: '/',
    stdin: true,
    output: true,
  });
  const attached = await docker.startExecAttached(execId);
  attached.stderr.resume();
  const timer = setTimeout(() => attached.detach(), READY_TIMEOUT_MS);
  try {
    attached.stdin.write(`${JSON.stringify(sidecar.ipcConfig)}\n`);
    // The sidecar says `ready` and is silent from then on, so letting go of its streams takes nothing from it.
    for await (const line of readline.createInterface({ input: attached.stdout })) {
      if (line === 'ready') return { execId };
      if (line === 'port taken') throw new SidecarPortTakenError();
    }
  } catch (error) {
    if (error instanceof SidecarPortTakenError) throw error;
    throw new DockerError('not_ready', 'start sidecar', { cause: error });
  } finally {
    clearTimeout(timer);
    attached.detach();
  }
  throw new DockerError('not_ready', 'start sidecar');
}

/**
 * Sends every other sidecar of the container away: each takes nothing new, finishes what it carries, minutes of waiting
 * for an answer among it, and ends. Idempotent. Does nothing when the one to keep has ended.
 */
export async function retireOtherSidecars(
  docker: DockerClient,
  sidecar: { containerId: string; sidecarFile: string; keepExecId: string },
): Promise<void> {
  const kept = await docker.inspectExec(sidecar.keepExecId);
  const instance = kept?.argv.at(-1);
  if (kept?.running !== true || instance === undefined) return;
  await docker.runExec(
    {
      containerId: sidecar.containerId,
      argv: sidecarArgv(sidecar.sidecarFile, 'retire', instance),
      user: SIDECAR_USER,
      workingDir: '/',
    },
    { timeoutMs: RETIRE_TIMEOUT_MS },
  );
}

/**
 * Whether the sidecar runs and answers with the expected fingerprint, asked from inside the container (~0.2 s). False
 * also when the container is gone; rejects only when the daemon does not answer.
 */
export async function checkSidecar(
  docker: DockerClient,
  sidecar: { containerId: string; execId: string; sidecarFile: string; tokenFp: string; port: number },
): Promise<boolean> {
  const state = await docker.inspectExec(sidecar.execId);
  if (!state?.running) return false;
  try {
    const probe = await docker.runExec(
      {
        containerId: sidecar.containerId,
        argv: sidecarArgv(sidecar.sidecarFile, 'health', String(sidecar.port)),
        user: SIDECAR_USER,
      },
      { timeoutMs: HEALTH_TIMEOUT_MS },
    );
    if (probe.exitCode !== 0) return false;
    return (JSON.parse(probe.stdout) as { token_fp?: unknown }).token_fp === sidecar.tokenFp;
  } catch (error) {
    if (isDockerError(error, 'unavailable')) throw error;
    return false;
  }
}
