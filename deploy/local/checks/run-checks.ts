import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const PREFIX = 'check:';
/** The cores that the project is measured on. */
const AT_ONCE = 2;

export interface Check {
  readonly name: string;
  readonly command: string;
}

export interface CheckResult extends Check {
  readonly ok: boolean;
  readonly seconds: number;
  /** Both streams, as they came. */
  readonly output: string;
}

/** The scripts `check:<name>` of package.json, in their order: each can be run alone with `npm run check:<name>`. */
export function listChecks(): Check[] {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  return Object.entries(scripts)
    .filter(([name]) => name.startsWith(PREFIX))
    .map(([name, command]) => ({ name: name.slice(PREFIX.length), command }));
}

/** Begins a line of a check's output that is shown although the check passed. */
const NOTE = 'note: ';

/**
 * Runs the checks, two at a time, and prints each as it ends; what a failed one said follows its line, of others notes.
 */
export async function runChecks(checks: readonly Check[], signal: AbortSignal): Promise<CheckResult[]> {
  const waiting = [...checks];
  const results: CheckResult[] = [];
  async function takeNext(): Promise<void> {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const result = await runCheck(check, signal);
      console.log(
        `${result.ok ? 'ok    ' : 'FAILED'} ${result.name.padEnd(10)} ${result.seconds.toFixed(1).padStart(5)} s`,
      );
      const lines = result.output.trimEnd().split('\n');
      for (const line of lines) if (!result.ok || line.startsWith(NOTE)) console.log(line);
      results.push(result);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, takeNext));
  return results;
}

async function runCheck(check: Check, signal: AbortSignal): Promise<CheckResult> {
  const since = performance.now();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const child = spawn('sh', ['-c', `exec ${check.command}`], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], signal });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  child.once('error', (error) => {
    output += error.message;
    resolve(false);
  });
  child.once('close', (code) => resolve(code === 0));
  const ok = await promise;
  return { ...check, ok, output, seconds: (performance.now() - since) / 1_000 };
}
