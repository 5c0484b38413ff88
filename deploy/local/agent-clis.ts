import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isExecutable, runCommand } from './services/run-command.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../test/agent-clis');
const MODULES = path.join(FOLDER, 'node_modules');
const STAMP = path.join(MODULES, '.crewship-install');
const INSTALL_TIMEOUT_MS = 600_000;

const PROGRAMS = ['@anthropic-ai/claude-code-linux-x64/claude', 'opencode-linux-x64/bin/opencode'];

/**
 * Installs the agent tools that the adapter tests run, pinned by their own lock file; free when they are there. They
 * are test material: no other command needs them. Returns why they are missing, or undefined.
 */
export async function installAgentClis(log: (line: string) => void): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `the pinned agent tools are for linux x64, this is ${process.platform} ${process.arch}`;
  }
  const wanted = createHash('sha256')
    .update(await readFile(path.join(FOLDER, 'package-lock.json')))
    .digest('hex');
  if ((await readFile(STAMP, 'utf8').catch(() => '')).trim() === wanted) return undefined;
  log('Installing the agent tools for the adapter tests (541 MB on disk, once)…');
  const npmCli = process.env.npm_execpath ?? '';
  const [command, first] = npmCli.endsWith('npm-cli.js') ? [process.execPath, [npmCli]] : ['npm', []];
  // Nothing of these packages runs at install: they are programs, taken as they are.
  const args = [...first, 'ci', '--include=optional', '--ignore-scripts', '--no-fund', '--no-audit'];
  try {
    await runCommand(command, args, { cwd: FOLDER, env: process.env, timeoutMs: INSTALL_TIMEOUT_MS });
  } catch (error) {
    return `the agent tools could not be installed: ${(error as Error).message}`;
  }
  // npm leaves out an optional package that it cannot get, and says nothing.
  const missing = PROGRAMS.filter((program) => !isExecutable(path.join(MODULES, program)));
  if (missing.length > 0) return `npm could not get ${missing.join(' and ')}`;
  await writeFile(STAMP, `${wanted}\n`);
  return undefined;
}
