import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

/** By Node's names of architectures. */
const PACKAGES: Readonly<Record<string, string>> = { x64: '@jdxcode/mise-linux-x64' };

/**
 * The mise program for Linux containers of this machine: the operator's, or the one that was installed with us.
 * undefined where there is none. Rejects when the operator's is no executable file.
 */
export async function findMise(configured: string | undefined): Promise<string | undefined> {
  if (configured !== undefined) {
    await access(configured, constants.X_OK);
    return path.resolve(configured);
  }
  const name = PACKAGES[process.arch];
  if (name === undefined) return undefined;
  try {
    const file = createRequire(import.meta.url).resolve(`${name}/bin/mise`);
    await access(file, constants.X_OK);
    return file;
  } catch {
    return undefined;
  }
}
