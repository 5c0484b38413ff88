import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

const NOT_WALKED = new Set(['node_modules', '.git', '.crewship']);

/** Files that git would take, by path from `root`; of a tree without git, all but what is installed or built. */
export function listFiles(root: string): string[] {
  const { status, stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return stdout.split('\0').filter((name) => name !== '');
  return readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    if (NOT_WALKED.has(entry.name)) return [];
    if (!entry.isDirectory()) return [entry.name];
    const below = readdirSync(path.join(root, entry.name), { recursive: true, withFileTypes: true });
    return below
      .filter((item) => item.isFile())
      .map((item) => path.relative(root, path.join(item.parentPath, item.name)).split(path.sep).join('/'));
  });
}
