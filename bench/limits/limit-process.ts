import { spawn } from 'node:child_process';
import path from 'node:path';

export interface LimitProcess {
  /** Where it listens, if it does. */
  readonly address: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 5_000;

/** Starts a program of this folder in a process of its own, as what it is compared with has one. */
export async function startLimitProcess(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LimitProcess> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, `${name}.ts`)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const address = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('message', (message: { address?: string }) => resolve(message.address ?? ''));
    void exited.then((code) => reject(new Error(`${name} ended with ${code} before it was ready`)));
  });
  return {
    address,
    pid: child.pid!,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}
