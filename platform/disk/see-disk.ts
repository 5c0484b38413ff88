import { readFile, statfs } from 'node:fs/promises';

/** How much room the file system of a directory has, for whoever is not root, and whether it keeps project quotas. */
export async function seeDisk(directory: string): Promise<{ totalBytes: number; freeBytes: number; quotas: boolean }> {
  const [{ blocks, bavail, bsize }, mounts] = await Promise.all([
    statfs(directory),
    readFile('/proc/self/mountinfo', 'utf8'),
  ]);
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize, quotas: keepsProjectQuotas(mounts, directory) };
}

/** By the options of the mount that holds the directory: `prjquota` of XFS and ext4, `pquota` of XFS. */
export function keepsProjectQuotas(mountInfo: string, directory: string): boolean {
  let holds = { target: '', options: '' };
  for (const line of mountInfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const target = before.split(' ')[4] ?? '';
    const isAbove = target === '/' || directory === target || directory.startsWith(`${target}/`);
    // Of several at one place, the last covers the others.
    if (target !== '' && isAbove && target.length >= holds.target.length) {
      holds = { target, options: after.split(' ')[2] ?? '' };
    }
  }
  return holds.options.split(',').some((option) => option === 'prjquota' || option === 'pquota');
}
