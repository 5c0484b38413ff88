import os from 'node:os';
import { expect, test } from 'vitest';
import { keepsProjectQuotas, seeDisk } from './see-disk.ts';

const MOUNTS = `22 1 253:0 / / rw,relatime - ext4 /dev/vda rw
30 22 253:16 / /data rw,relatime shared:1 - xfs /dev/vdb rw,attr2,prjquota
31 30 253:32 / /data/plain rw,relatime - xfs /dev/vdc rw,attr2,noquota
32 22 253:48 / /data2 rw,relatime - ext4 /dev/vdd rw`;

test('the mount that holds a directory says whether there are project quotas', () => {
  expect(keepsProjectQuotas(MOUNTS, '/data/crews')).toBe(true);
  expect(keepsProjectQuotas(MOUNTS, '/data')).toBe(true);
  expect(keepsProjectQuotas(MOUNTS, '/data/plain/crews')).toBe(false);
  expect(keepsProjectQuotas(MOUNTS, '/data2/crews')).toBe(false);
  expect(keepsProjectQuotas(MOUNTS, '/var')).toBe(false);
});

test('a real file system has a size and some of it free', async () => {
  const { totalBytes, freeBytes } = await seeDisk(os.tmpdir());
  expect(totalBytes).toBeGreaterThan(freeBytes);
  expect(freeBytes).toBeGreaterThan(0);
});
