import path from 'node:path';
import type { PartContext } from './services/part.ts';
import { keepRunning, type KeptRunning } from './supervision/keep-running.ts';
import { type ManagedProcess, startOrAdoptProcess } from './supervision/managed-process.ts';
import { waitUntilHealthy } from './supervision/wait-until-healthy.ts';
import type { StackProcess } from './processes.ts';

export type RunningProcess = KeptRunning & {
  /** The process id now; it changes when the process is restarted. Undefined while it is down. */
  pid: () => number | undefined;
};

const START_DEADLINE_MS = 60_000;
/** Longer than a process gives its own shutdown, so that it is killed only when that hangs. */
const STOP_TIMEOUT_MS = 30_000;

/** Starts one of our processes, waits until it serves, and keeps it running. */
export async function startStackProcess(
  context: PartContext,
  spec: StackProcess,
  options: { root: string; env: Record<string, string | undefined>; healthUrl: string },
): Promise<RunningProcess> {
  const logFile = path.join(context.dataDir, 'logs', `${spec.name}.log`);
  let current: ManagedProcess | undefined;

  async function launch(): Promise<ManagedProcess> {
    const launched = await startOrAdoptProcess(context.records, {
      name: spec.name,
      command: process.execPath,
      args: [path.join(options.root, spec.entry)],
      env: options.env,
      cwd: options.root,
      logFile,
      ipc: true,
      stopTimeoutMs: STOP_TIMEOUT_MS,
    });
    current = launched;
    void launched.exited.then(() => {
      if (current === launched) current = undefined;
    });
    let ready = false;
    launched.child?.on('message', (message: { type?: string }) => {
      if (message.type === 'ready') ready = true;
    });
    try {
      await waitUntilHealthy({
        name: spec.name,
        check: async () => {
          if (spec.readiness === 'http') await fetchReadiness(options.healthUrl);
          else if (!ready) throw new Error('it has not reported that it is ready');
        },
        exited: launched.exited,
        deadlineMs: START_DEADLINE_MS,
        logFile,
      });
    } catch (error) {
      await launched.stop();
      throw error;
    }
    return launched;
  }

  const since = Date.now();
  const kept = await keepRunning({ name: spec.name, launch, log: context.log });
  context.log(`${spec.name}: ready after ${Date.now() - since} ms`);
  return { ...kept, pid: () => current?.pid };
}

const HEALTH_TIMEOUT_MS = 5_000;

/** What the API says of itself: `status` is `ok` or `degraded`. Rejects unless the answer is 200. */
export async function fetchReadiness(url: string): Promise<{ status: string; text: string }> {
  const response = await fetch(url, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${url} answers ${response.status}: ${text.slice(0, 500)}`);
  return { status: (JSON.parse(text) as { status: string }).status, text };
}
