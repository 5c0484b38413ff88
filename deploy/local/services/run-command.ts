import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from './part.ts';

const TAIL_BYTES = 4_000;

/**
 * Runs a command to its end and returns its standard output (at most 1 MiB of it). Rejects with the end of its error
 * output when it fails, cannot be started, or takes longer than `timeoutMs`.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { env: Environment; timeoutMs: number; cwd?: string; uid?: number; gid?: number },
): Promise<string> {
  const { timeoutMs, env, ...rest } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...rest,
      env: env as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (output.length < 1_048_576) output += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors = (errors + chunk).slice(-TAIL_BYTES);
    });
    child.once('error', (error) => reject(new Error(`cannot run ${command}: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const how = signal ? `was killed by ${signal} (limit ${timeoutMs / 1_000} s)` : `ended with exit code ${code}`;
      const tail = errors.trim().split('\n').slice(-6).join('\n');
      reject(new Error(`${path.basename(command)} ${args[0] ?? ''} ${how}${tail ? `: ${tail}` : ''}`));
    });
  });
}

/** The first of the names that is an executable file on PATH, as an absolute path. */
export function findOnPath(names: readonly string[], env: Environment): string | undefined {
  for (const name of names) {
    for (const directory of (env.PATH ?? '').split(path.delimiter)) {
      const file = path.resolve(directory, name);
      if (directory !== '' && isExecutable(file)) return file;
    }
  }
  return undefined;
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The environment of a part that needs nothing but to run: no setting or secret of ours goes with it. */
export function bareEnvironment(env: Environment, extra: Environment = {}): Environment {
  return { PATH: env.PATH, HOME: env.HOME, TMPDIR: env.TMPDIR, LANG: 'C.UTF-8', ...extra };
}
