import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { link, mkdir, mkdtemp, open, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openForTail } from './file-tail.ts';
import { readBoundedFile } from './read-bounded-file.ts';
import { HostFileError, openDirectoryBeneath, openFileBeneath } from './safe-open.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'host-files-'));
  await mkdir(path.join(root, 'run/deep'), { recursive: true });
  await writeFile(path.join(root, 'run/deep/file'), 'content');
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function problem(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    if (error instanceof HostFileError) return error.code;
    throw error;
  }
}

test('a regular file is read whole up to exactly the limit', async () => {
  expect((await readBoundedFile(root, 'run/deep/file', 7)).toString()).toBe('content');
  expect(await problem(readBoundedFile(root, 'run/deep/file', 6))).toBe('too_large');
  await truncate(path.join(root, 'run/deep/file'), 0);
  expect((await readBoundedFile(root, 'run/deep/file', 0)).length).toBe(0);
});

test('no symlink is followed at any component', async () => {
  await symlink(path.join(root, 'run'), path.join(root, 'link'));
  await symlink('deep', path.join(root, 'run/link'));
  await symlink('file', path.join(root, 'run/deep/link'));
  for (const name of ['link/deep/file', 'run/link/file', 'run/deep/link', 'link']) {
    expect(await problem(readBoundedFile(root, name, 100)), name).toBe('not_regular');
  }
});

test('paths that leave the root or name nothing are refused', async () => {
  for (const name of ['../x', 'run/../../x', '', '.', '/etc/passwd', 'run//deep', 'run/deep/', 'a\0b']) {
    expect(await problem(readBoundedFile(root, name, 100)), JSON.stringify(name)).toBe('unreadable');
  }
  expect(await problem(readBoundedFile(root, 'run/none', 100))).toBe('missing');
});

test('FIFOs, directories, sockets and second names are not regular, and nothing blocks', async () => {
  execFileSync('mkfifo', [path.join(root, 'fifo')]);
  await link(path.join(root, 'run/deep/file'), path.join(root, 'second'));
  const server = net.createServer().listen(path.join(root, 'socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  for (const name of ['fifo', 'run', 'socket', 'second']) {
    expect(await problem(readBoundedFile(root, name, 100)), name).toBe('not_regular');
  }
  await new Promise((resolve) => server.close(resolve));
});

test('an open directory stays the same one when its name is given to another', async () => {
  const directory = await openDirectoryBeneath(root, 'run/deep');
  await rename(path.join(root, 'run/deep'), path.join(root, 'run/moved'));
  await mkdir(path.join(root, 'run/deep'));
  await writeFile(path.join(root, 'run/deep/file'), 'planted');
  const tail = await openForTail(directory, 'file', 100);
  expect((await tail.read(0, 100)).toString()).toBe('content');
  await tail.close();
  await directory.close();
});

test('a tail sees what is appended and never reads past its limit', async () => {
  const directory = await openDirectoryBeneath(root, 'run/deep');
  const tail = await openForTail(directory, 'file', 10);
  expect((await tail.read(3, 100)).toString()).toBe('tent');
  expect((await tail.read(7, 100)).length).toBe(0);
  const writer = await open(path.join(root, 'run/deep/file'), 'a');
  await writer.write(' and more');
  expect((await tail.read(7, 100)).toString()).toBe(' an');
  expect((await tail.read(10, 100)).length).toBe(0);
  expect((await tail.read(5_000, 100)).length).toBe(0);
  await writer.close();
  await tail.close();
  await directory.close();
});

test('no file descriptor is left open by refusals', async () => {
  // Only those beneath the root: the process opens and closes others of its own meanwhile.
  const openBeneathRoot = () =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(realpathSync(root));
      } catch {
        return false;
      }
    });
  const held = openSync(root, 'r');
  expect(openBeneathRoot()).toEqual([String(held)]);
  closeSync(held);
  for (let i = 0; i < 50; i += 1) {
    await problem(openFileBeneath(root, 'run/none'));
    await problem(openFileBeneath(root, 'run/deep/file/x'));
    await problem(readBoundedFile(root, 'run/deep/file', 1));
  }
  expect(openBeneathRoot()).toEqual([]);
});
