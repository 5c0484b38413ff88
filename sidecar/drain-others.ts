import { readdir, readFile } from 'node:fs/promises';

const PROGRAM = /\/sidecar-[0-9a-f]{16}\.[cm]js$/;

/**
 * The instance that a process with these arguments is; null for another program, and for a sidecar's other commands.
 */
export function instanceOf(argv: readonly string[]): string | null {
  const at = argv.findIndex((argument) => PROGRAM.test(argument));
  if (at < 1) return null;
  const [command = 'serve', instance = ''] = argv.slice(at + 1);
  return command === 'serve' ? instance : null;
}

/**
 * Tells every other sidecar of the container to drain, all but the instance given. Idempotent: a sidecar that is
 * draining goes on with it. Reaches processes of the caller's own user only.
 */
export async function drainOthers(keep: string): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)) {
    // Gone in between, or another user's.
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const instance = instanceOf(text.split('\0').slice(0, -1));
    if (instance === null || instance === keep) continue;
    try {
      process.kill(pid, 'SIGTERM');
    } catch {
      // Gone in between, or an agent's that calls itself so.
    }
  }
}
