import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { connectDocker } from '../../deploy/local/services/docker-address.ts';
import { findOnPath } from '../../deploy/local/services/run-command.ts';
import { createDockerClient } from '../../platform/docker/docker-client.ts';
import { type ArchiveEntry, packArchive } from '../../platform/oci/tar-archive.ts';
import { TEST_DOCKER_HOST } from './test-services.ts';

const run = promisify(execFile);
const CACHED = path.join(os.homedir(), '.cache', 'crewship', 'bin', 'busybox-static');
const DOWNLOAD_TIMEOUT_MS = 60_000;

/** A busybox that is linked with nothing: this machine's, or that of Debian's package. */
async function findBusybox(): Promise<string> {
  const found = [findOnPath(['busybox'], process.env), CACHED].filter((file) => file !== undefined);
  for (const file of found) {
    const exists = await stat(file).catch(() => undefined);
    if (exists !== undefined && !(await isDynamic(file))) return file;
  }
  const directory = await mkdtemp(path.join(os.tmpdir(), 'crewship-busybox-'));
  try {
    await chmod(directory, 0o777);
    await run('apt-get', ['download', 'busybox-static'], { cwd: directory, timeout: DOWNLOAD_TIMEOUT_MS });
    const [file] = await readdir(directory);
    await run('dpkg-deb', ['-x', path.join(directory, file!), path.join(directory, 'files')]);
    await mkdir(path.dirname(CACHED), { recursive: true });
    await copyFile(path.join(directory, 'files/bin/busybox'), CACHED);
    return CACHED;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Whether it names a program that loads it, and with it a C library. */
async function isDynamic(file: string): Promise<boolean> {
  return (await readFile(file)).subarray(0, 4_096).includes('/ld-');
}

/**
 * An image like Alpine's: busybox and nothing else, no C library of any kind. The caller removes it; a string says why
 * it can't be had here.
 */
export async function makeStaticImage(): Promise<{ id: string; remove(): Promise<void> } | string> {
  let busybox: string;
  try {
    busybox = await findBusybox();
  } catch (error) {
    return `no static busybox is here: ${(error as Error).message.split('\n')[0]}`;
  }
  const { stdout } = await run(busybox, ['--list']);
  const directories = ['bin', 'dev', 'etc', 'home', 'home/agent', 'opt', 'proc', 'run', 'sys', 'tmp', 'usr', 'usr/bin'];
  const archive = await packArchive([
    ...directories.map((name): ArchiveEntry => ({ kind: 'directory', path: name, mode: 0o755 })),
    { kind: 'file', path: 'bin/busybox', mode: 0o755, content: await readFile(busybox) },
    // A script for each, as archives of ours hold no links; the shell is the program itself.
    { kind: 'file', path: 'bin/sh', mode: 0o755, content: await readFile(busybox) },
    ...stdout
      .trim()
      .split('\n')
      .filter((name) => !['sh', 'busybox'].includes(name) && /^[a-z0-9_-]+$/.test(name))
      .map((name): ArchiveEntry => {
        const content = Buffer.from(`#!/bin/sh\nexec /bin/busybox ${name} "$@"\n`);
        return { kind: 'file', path: `bin/${name}`, mode: 0o755, content };
      }),
  ]);
  const docker = connectDocker(TEST_DOCKER_HOST);
  const repo = 'crewship-test/static';
  const progress = (await docker.importImage(Readable.from([archive]), { repo, tag: '1' })) as NodeJS.ReadableStream;
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress, (error) => (error === null ? resolve() : reject(error)));
  });
  const client = createDockerClient(TEST_DOCKER_HOST);
  const { id } = (await client.inspectImage(`${repo}:1`))!;
  return { id, remove: () => client.removeImage(`${repo}:1`) };
}
