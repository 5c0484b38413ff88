import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { downloadTemporal, planDownload } from '../../deploy/local/services/temporal-download.ts';
import { makeScratchDir, plainEnvironment } from './scratch-dir.ts';

/** A mirror on this machine with an archive of the release's form; counts what is fetched. */
async function serveMirror(
  dir: string,
): Promise<AsyncDisposable & { url: string; sha256: string; hits: () => number }> {
  await writeFile(path.join(dir, 'temporal'), '#!/bin/sh\necho temporal version 1.5.1\n', { mode: 0o755 });
  const archive = path.join(dir, 'mirror.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', dir, 'temporal']);
  const bytes = await readFile(archive);
  let hits = 0;
  const server = createServer((_request, response) => {
    hits += 1;
    response.end(bytes);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/temporal.tar.gz`,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    hits: () => hits,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

test('a mirror with the right checksum is used, once for all that ask at the same time', async () => {
  await using scratch = await makeScratchDir();
  await using mirror = await serveMirror(scratch.dir);
  const env = plainEnvironment({
    XDG_CACHE_HOME: scratch.dir,
    CREWSHIP_TEMPORAL_DOWNLOAD_URL: mirror.url,
    CREWSHIP_TEMPORAL_DOWNLOAD_SHA256: mirror.sha256,
  });
  const plan = planDownload(env);
  if ('obstacle' in plan) throw new Error(plan.obstacle);
  const programs = await Promise.all([1, 2, 3].map(() => downloadTemporal(plan, { env, log: () => {} })));
  expect(new Set(programs)).toEqual(new Set([path.join(scratch.dir, 'crewship/bin/temporal-1.5.1')]));
  expect(execFileSync(programs[0] ?? '', { encoding: 'utf8' })).toContain('1.5.1');
  expect(mirror.hits()).toBe(1);
});

test('an archive that does not match the pinned checksum is refused and leaves nothing behind', async () => {
  await using scratch = await makeScratchDir();
  await using mirror = await serveMirror(scratch.dir);
  const env = plainEnvironment({ XDG_CACHE_HOME: scratch.dir, CREWSHIP_TEMPORAL_DOWNLOAD_URL: mirror.url });
  const plan = planDownload(env);
  if ('obstacle' in plan) throw new Error(plan.obstacle);
  await expect(downloadTemporal(plan, { env, log: () => {} })).rejects.toThrow(/expected [0-9a-f]{64}: it is not used/);
  await expect(readFile(path.join(scratch.dir, 'crewship/bin/temporal-1.5.1'))).rejects.toThrow('ENOENT');
});
