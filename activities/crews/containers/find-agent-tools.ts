import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';

/**
 * The agent tools to mount, by their name on PATH: the files behind links, as a link would point nowhere inside.
 * Rejects for one that is not an executable file: a container with it could not be created.
 */
export async function findAgentTools(
  paths: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  const tools: Record<string, string> = {};
  for (const [name, path] of Object.entries(paths)) {
    if (path === undefined) continue;
    try {
      const file = await realpath(path);
      if (!(await stat(file)).isFile()) throw new TypeError('not a file');
      await access(file, constants.X_OK);
      tools[name] = file;
    } catch (error) {
      throw new Error(`the path of ${name} is not an executable file`, { cause: error });
    }
  }
  return tools;
}
