import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeScratchDir } from './scratch-dir.ts';

const lockFile = JSON.stringify({
  name: 'fresh',
  version: '1.0.0',
  lockfileVersion: 3,
  packages: { '': { name: 'fresh' } },
});

/** A checkout in small: the real bootstrap, a lock file without packages, and a command that shows what it is given. */
async function makeCheckout(dir: string, installed: boolean): Promise<void> {
  await mkdir(path.join(dir, 'deploy', 'local'), { recursive: true });
  await copyFile(
    path.resolve(import.meta.dirname, '../../deploy/local/bootstrap.mjs'),
    path.join(dir, 'deploy/local/bootstrap.mjs'),
  );
  await writeFile(path.join(dir, 'package.json'), JSON.stringify({ name: 'fresh', version: '1.0.0' }));
  await writeFile(path.join(dir, 'package-lock.json'), lockFile);
  await writeFile(
    path.join(dir, 'deploy/local/start.ts'),
    `const args: string[] = process.argv.slice(2);
     process.on('SIGTERM', () => process.exit(9));
     console.log(process.version, JSON.stringify(args), process.env.PATH?.split(':')[0]);
     if (args[0] === 'wait') setInterval(() => {}, 1_000);
     else process.exit(7);`,
  );
  if (!installed) return;
  await mkdir(path.join(dir, 'node_modules', '.bin'), { recursive: true });
  await symlink(process.execPath, path.join(dir, 'node_modules', '.bin', 'node'));
  const stamp = createHash('sha256').update(lockFile).digest('hex');
  await writeFile(path.join(dir, 'node_modules', '.crewship-install'), stamp);
}

function bootstrap(dir: string, args: string[]) {
  const child = spawn(process.execPath, [path.join(dir, 'deploy/local/bootstrap.mjs'), ...args], {
    env: { PATH: process.env.PATH, HOME: dir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number, output })) };
}

test('the installed command runs with the pinned Node first on PATH, its arguments and its exit code', async () => {
  await using scratch = await makeScratchDir();
  await makeCheckout(scratch.dir, true);
  const { code, output } = await bootstrap(scratch.dir, ['start', 'one', 'two words']).ended;
  expect(output.trim()).toBe(`${process.version} ["one","two words"] ${path.join(scratch.dir, 'node_modules/.bin')}`);
  expect(code).toBe(7);
});

test('a signal to the bootstrap reaches the command, which decides how it ends', async () => {
  await using scratch = await makeScratchDir();
  await makeCheckout(scratch.dir, true);
  const { child, ended } = bootstrap(scratch.dir, ['start', 'wait']);
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect((await ended).code).toBe(9);
});

test('packages that are not installed are installed first; a Node whose install script did not run is explained', async () => {
  await using scratch = await makeScratchDir();
  await makeCheckout(scratch.dir, false);
  const { code, output } = await bootstrap(scratch.dir, ['start']).ended;
  expect(output).toContain('The packages are not installed yet.');
  expect(output).toContain('npm rebuild --ignore-scripts=false');
  expect(code).toBe(1);
}, 60_000);

test('an unknown command is answered with the known ones', async () => {
  await using scratch = await makeScratchDir();
  await makeCheckout(scratch.dir, true);
  const { code, output } = await bootstrap(scratch.dir, ['strat']).ended;
  expect(output).toContain('demo|start|dev|doctor|test|bench');
  expect(code).toBe(1);
});
