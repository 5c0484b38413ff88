import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findOnPath, runCommand } from './services/run-command.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const REQUIREMENTS = path.join(ROOT, 'test/http/schemathesis/requirements.txt');
const FOLDER = path.join(ROOT, 'node_modules/.cache/crewship/python');
const STAMP = path.join(FOLDER, '.crewship-install');
const INSTALL_TIMEOUT_MS = 300_000;

/**
 * Installs the tool that tries the API's document, pinned by its own list, into an environment of its own; free when it
 * is there. It is test material: no other command needs it. Returns why it is missing, or undefined.
 */
export async function installPythonTools(log: (line: string) => void): Promise<string | undefined> {
  const requirements = await readFile(REQUIREMENTS);
  const wanted = createHash('sha256').update(requirements).digest('hex');
  if ((await readFile(STAMP, 'utf8').catch(() => '')).trim() === wanted) return undefined;
  const python = findOnPath(['python3'], process.env);
  if (python === undefined) return 'python3 is not on PATH';
  log('Installing Schemathesis for the tests of the API’s document (once)…');
  const options = { env: process.env, timeoutMs: INSTALL_TIMEOUT_MS };
  try {
    await rm(FOLDER, { recursive: true, force: true });
    await mkdir(path.dirname(FOLDER), { recursive: true });
    await runCommand(python, ['-m', 'venv', FOLDER], options);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', REQUIREMENTS];
    await runCommand(path.join(FOLDER, 'bin/python'), pip, options);
  } catch (error) {
    return `Schemathesis could not be installed: ${(error as Error).message}`;
  }
  await writeFile(STAMP, `${wanted}\n`);
  return undefined;
}
