import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import {
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openForTail } from './file-tail.ts';
import { countNames, listDirectory } from './list-directory.ts';
import { makeDirectoriesBeneath, placeFile, stageFile } from './place-file.ts';
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

const OWNER = { uid: 1_001, gid: 1_001 };
const asRoot = process.geteuid?.() === 0;

async function* content(...chunks: string[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

async function place(root: string, directory: string, name: string, text: string): Promise<void> {
  const staged = await stageFile(`${root}-staging`, content(text), 1_000);
  const handle = await makeDirectoriesBeneath(root, directory, OWNER);
  try {
    await placeFile(staged, handle, name, OWNER);
  } finally {
    await handle.close();
    await rm(`${root}-staging`, { recursive: true });
  }
}

test('a file is placed whole, for its owner, in directories that are made on the way', async () => {
  await place(root, 'incoming/a/b', 'file', 'first');
  await place(root, 'incoming/a/b', 'file', 'second');
  const placed = path.join(root, 'incoming/a/b/file');
  expect((await readBoundedFile(root, 'incoming/a/b/file', 100)).toString()).toBe('second');
  if (!asRoot) return;
  for (const [name, mode] of [
    [placed, 0o644],
    [path.dirname(placed), 0o755],
  ] as const) {
    const stat = await lstat(name);
    expect([stat.uid, stat.gid, stat.mode & 0o7777]).toEqual([1_001, 1_001, mode]);
  }
});

test('nothing is written through a symlink, or in place of what is no file, and nothing is left behind', async () => {
  const outside = await mkdtemp(path.join(os.tmpdir(), 'outside-'));
  await writeFile(path.join(outside, 'target'), 'untouched');
  await symlink(outside, path.join(root, 'link'));
  await symlink(path.join(outside, 'target'), path.join(root, 'run/leaf'));
  execFileSync('mkfifo', [path.join(root, 'run/fifo')]);
  await mkdir(path.join(root, 'run/directory'));
  for (const [directory, name] of [
    ['link', 'target'],
    ['link/deeper', 'new'],
    ['run', 'leaf'],
    ['run', 'fifo'],
    ['run', 'directory'],
  ] as const) {
    expect(await problem(place(root, directory, name, 'planted')), `${directory}/${name}`).toBe('not_regular');
  }
  expect(await readdir(outside)).toEqual(['target']);
  expect(await readFile(path.join(outside, 'target'), 'utf8')).toBe('untouched');
  for (const [directory, name] of [
    ['..', 'x'],
    ['run/..', 'x'],
    ['run', '..'],
    ['run', 'a/b'],
  ] as const) {
    expect(await problem(place(root, directory, name, 'planted')), `${directory}/${name}`).toBe('unreadable');
  }
  await rm(outside, { recursive: true });
});

test('a directory that is swapped for a symlink again and again never leads a write outside', async () => {
  const outside = await mkdtemp(path.join(os.tmpdir(), 'outside-'));
  const contested = path.join(root, 'incoming');
  const script = `while :; do rm -rf "$1"; ln -s "$2" "$1"; rm -f "$1"; mkdir -p "$1/a"; done`;
  const attacker = spawn('/bin/sh', ['-c', script, 'sh', contested, outside], { stdio: 'ignore' });
  try {
    const outcomes = new Set<string>();
    for (let i = 0; i < 200; i += 1) outcomes.add(await problem(place(root, 'incoming/a', `file-${i}`, 'planted')));
    expect([...outcomes].filter((one) => !['none', 'missing', 'not_regular', 'unreadable'].includes(one))).toEqual([]);
  } finally {
    const ended = once(attacker, 'exit');
    attacker.kill('SIGKILL');
    await ended;
  }
  expect(await readdir(outside)).toEqual([]);
  await rm(outside, { recursive: true });
});

test('content past the limit is refused and leaves nothing; what killed processes left is removed', async () => {
  const staging = `${root}-staging`;
  await mkdir(staging);
  await writeFile(path.join(staging, 'abandoned'), 'old');
  const old = new Date(Date.now() - 2 * 3_600_000);
  await utimes(path.join(staging, 'abandoned'), old, old);
  expect(await problem(stageFile(staging, content('12345', '67890', 'x'), 10))).toBe('too_large');
  expect(await readdir(staging)).toEqual([]);
  const staged = await stageFile(staging, content('12345', '67890'), 10);
  expect(staged.sizeBytes).toBe(10);
  await rm(staging, { recursive: true });
});

test('a listing names files and directories, looks at so many names and no more, and leaves out all else', async () => {
  const many = path.join(root, 'many');
  await mkdir(path.join(many, 'directory'), { recursive: true });
  await writeFile(path.join(many, 'new\nline'), '12345');
  await writeFile(Buffer.concat([Buffer.from(`${many}/`), Buffer.from([0xff, 0xfe])]), 'not UTF-8');
  await symlink('new\nline', path.join(many, 'link'));
  execFileSync('mkfifo', [path.join(many, 'fifo')]);
  const directory = await openDirectoryBeneath(root, 'many');
  expect(await listDirectory(directory, 100)).toEqual({
    entries: [
      { name: 'directory', isDirectory: true, sizeBytes: 0 },
      { name: 'new\nline', isDirectory: false, sizeBytes: 5 },
    ],
    isTruncated: false,
  });
  expect(await countNames(directory, 100)).toBe(5);
  for (let i = 0; i < 300; i += 1) await writeFile(path.join(many, 'directory', `file-${i}`), '');
  expect(await countNames(directory, 1_000)).toBe(305);
  expect(await countNames(directory, 200)).toBe(200);
  const below = await openDirectoryBeneath(root, 'many/directory');
  const { entries, isTruncated } = await listDirectory(below, 50);
  expect([entries.length, isTruncated]).toEqual([50, true]);
  await below.close();
  await directory.close();
});
