import { createHash } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import path from 'node:path';
import { aptInstall } from './services/apt.ts';
import { findOnPath, runCommand } from './services/run-command.ts';

/** `npm run supervisor`: builds the program that runs attempts, for each architecture, from its source beside it. */
const DIRECTORY = path.resolve(import.meta.dirname, '../../activities/work/runs/exec/supervisor');
const COMPILERS = [
  {
    file: 'x64',
    compiler: 'x86_64-linux-gnu-gcc',
    packages: 'gcc-x86-64-linux-gnu',
    flags: ['-fcf-protection=none'],
  },
  { file: 'arm64', compiler: 'aarch64-linux-gnu-gcc', packages: 'gcc-aarch64-linux-gnu', flags: [] },
];
const FLAGS = [
  ...['-Os', '-static', '-nostdlib', '-nostartfiles', '-ffreestanding', '-fno-builtin', '-fno-stack-protector'],
  ...['-fno-pie', '-no-pie', '-fno-asynchronous-unwind-tables', '-Wall', '-Wextra', '-Werror'],
  '-Wl,--build-id=none,-z,noexecstack,-z,norelro,-s',
];

const log = (line: string) => console.error(line);
const source = path.join(DIRECTORY, 'supervisor.c');
const digest = createHash('sha256')
  .update(await readFile(source))
  .digest('hex');
for (const { file, compiler, packages, flags } of COMPILERS) {
  if (!findOnPath([compiler], process.env)) await aptInstall([packages], { env: process.env, log });
  const target = path.join(DIRECTORY, file);
  const define = `-DSOURCE="${digest}"`;
  await runCommand(compiler, [...FLAGS, ...flags, define, '-o', target, source], {
    env: process.env,
    timeoutMs: 60_000,
  });
  await chmod(target, 0o755);
  log(`supervisor: ${target}`);
}
