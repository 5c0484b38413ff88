import { spawnSync } from 'node:child_process';

export interface GitHistory {
  /** The last commits that touched the file, newest first; at most `limit`. */
  commitsOf(file: string, limit: number): string[];
  /** A file as it was at a commit; undefined where it was not there. */
  show(commit: string, file: string): string | undefined;
}

/** The history of the checkout at `root`; undefined where there is none: an archive, a machine without git. */
export function openGitHistory(root: string): GitHistory | undefined {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (git('rev-parse', '--verify', 'HEAD').status !== 0) return undefined;
  return {
    commitsOf(file, limit) {
      const { status, stdout, stderr } = git('log', '-n', String(limit), '--format=%H', '--', file);
      if (status !== 0) throw new Error(`git log ${file}: ${stderr}`);
      return stdout.split('\n').filter((line) => line !== '');
    },
    show(commit, file) {
      const { status, stdout } = git('show', `${commit}:./${file}`);
      return status === 0 ? stdout : undefined;
    },
  };
}
