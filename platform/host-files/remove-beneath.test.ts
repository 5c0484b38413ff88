import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { open, readdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeBeneath } from './remove-beneath.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'crewship-remove-'));
  mkdirSync(path.join(root, 'place'));
  mkdirSync(path.join(root, 'kept'));
  writeFileSync(path.join(root, 'kept', 'file'), 'kept');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const place = (...names: string[]) => path.join(root, 'place', ...names);
const remove = (relativePath: string) => removeBeneath(place(), relativePath);

test('what is removed takes its links along, and nothing that they lead to', async () => {
  mkdirSync(place('dir'));
  symlinkSync('../../kept', place('dir', 'link'));
  symlinkSync('../kept', place('link'));
  await remove('dir');
  await remove('link');
  expect(await readdir(place())).toEqual([]);
  expect(await readFile(path.join(root, 'kept', 'file'), 'utf8')).toBe('kept');
});

test('a path through a link is refused, as are one that leads up and one that is not there', async () => {
  symlinkSync('../kept', place('link'));
  await expect(remove('link/file')).rejects.toMatchObject({ code: 'not_regular' });
  await expect(remove('../kept')).rejects.toMatchObject({ code: 'unreadable' });
  await expect(remove('nothing')).rejects.toMatchObject({ code: 'missing' });
  expect(await readFile(path.join(root, 'kept', 'file'), 'utf8')).toBe('kept');
});

test('names that are no UTF-8, full directories and depths beyond any path go too', async () => {
  mkdirSync(place('dir'));
  mkdirSync(Buffer.from(place('dir', 'a\xff'), 'latin1'));
  for (let file = 0; file < 300; file += 1) writeFileSync(place('dir', `${file}`), '');
  let directory = await open(place('dir'));
  for (let depth = 0; depth < 500; depth += 1) {
    const inner = `/proc/self/fd/${directory.fd}/${'deeper'.repeat(4)}`;
    mkdirSync(inner);
    const next = await open(inner);
    await directory.close();
    directory = next;
  }
  await directory.close();
  await remove('dir');
  expect(await readdir(place())).toEqual([]);
});
