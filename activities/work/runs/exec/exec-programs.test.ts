import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { installExecPrograms } from './exec-programs.ts';

const PROGRAM_HEADER_BYTES = 56;
const INTERPRETER = 3;

test.each(['x64', 'arm64'])('the supervisor for %s is built of its source, and static', async (architecture) => {
  const directory = new URL('./supervisor/', import.meta.url);
  const digest = createHash('sha256').update(await readFile(new URL('supervisor.c', directory)));
  const binary = await readFile(new URL(architecture, directory));
  // `npm run supervisor` builds them again.
  expect(binary.includes(`source ${digest.digest('hex')}`)).toBe(true);
  const first = Number(binary.readBigUInt64LE(32));
  const kinds = Array.from({ length: binary.readUInt16LE(56) }, (_, index) =>
    binary.readUInt32LE(first + index * PROGRAM_HEADER_BYTES),
  );
  expect(kinds).not.toContain(INTERPRETER);
});

test('programs are installed under names of their content, executable and out of reach', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'crewship-programs-'));
  try {
    const programs = await installExecPrograms(directory);
    expect(await installExecPrograms(directory)).toEqual(programs);
    for (const file of Object.values(programs)) {
      expect((await stat(path.join(directory, file))).mode & 0o777).toBe(0o555);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
