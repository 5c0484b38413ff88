import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EnvHttpProxyAgent, fetch } from 'undici';
import type { Environment, Log } from './part.ts';
import { bareEnvironment, runCommand } from './run-command.ts';
import { cacheProgram, cachedTemporal, TEMPORAL_VERSION } from './temporal-build.ts';

/** SHA-256 of the archives of release 1.5.1 of github.com/temporalio/cli. */
const PINNED_CHECKSUMS: Readonly<Record<string, string>> = {
  linux_amd64: 'ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d',
  linux_arm64: 'bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5',
  darwin_amd64: 'bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9',
  darwin_arm64: 'cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415',
};

const CONNECT_TIMEOUT_MS = 10_000;
const DOWNLOAD_TIMEOUT_MS = 5 * 60_000;

export type DownloadPlan = { url: string; sha256: string } | { obstacle: string; howToGet: string };

/**
 * What would be downloaded. CREWSHIP_TEMPORAL_DOWNLOAD_URL names a mirror's copy of the archive; its checksum is still
 * the pinned one unless CREWSHIP_TEMPORAL_DOWNLOAD_SHA256 says otherwise. Nothing is run that no checksum vouches for.
 */
export function planDownload(env: Environment): DownloadPlan {
  const system = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const official = `https://github.com/temporalio/cli/releases/download/v${TEMPORAL_VERSION}`;
  const url = env.CREWSHIP_TEMPORAL_DOWNLOAD_URL ?? `${official}/temporal_cli_${TEMPORAL_VERSION}_${system}.tar.gz`;
  const sha256 = env.CREWSHIP_TEMPORAL_DOWNLOAD_SHA256?.toLowerCase() ?? PINNED_CHECKSUMS[system];
  if (sha256 === undefined) {
    const howToGet = 'set CREWSHIP_TEMPORAL_DOWNLOAD_URL and CREWSHIP_TEMPORAL_DOWNLOAD_SHA256';
    return { obstacle: `no release is pinned for ${system}`, howToGet };
  }
  return { url, sha256 };
}

/** Downloads the archive, verifies its checksum, and puts the program into the cache. Returns its path. */
export function downloadTemporal(
  plan: { url: string; sha256: string },
  options: { env: Environment; log: Log },
): Promise<string> {
  const { env, log } = options;
  return cacheProgram(cachedTemporal(env), { log, name: 'temporal' }, async (folder) => {
    const archive = path.join(folder, 'archive.tar.gz');
    const actual = await download(plan.url, archive, env);
    if (actual !== plan.sha256) {
      throw new Error(`${plan.url} has SHA-256 ${actual}, expected ${plan.sha256}: it is not used`);
    }
    await runCommand('tar', ['-xzf', archive, '-C', folder, 'temporal'], {
      env: bareEnvironment(env),
      timeoutMs: 60_000,
    });
    return path.join(folder, 'temporal');
  });
}

/** Streams to a file and returns its SHA-256. HTTP(S)_PROXY and NO_PROXY are honoured. */
async function download(url: string, file: string, env: Environment): Promise<string> {
  const httpProxy = env.http_proxy ?? env.HTTP_PROXY;
  const httpsProxy = env.https_proxy ?? env.HTTPS_PROXY;
  const noProxy = env.no_proxy ?? env.NO_PROXY;
  const dispatcher = new EnvHttpProxyAgent({
    ...(httpProxy ? { httpProxy } : {}),
    ...(httpsProxy ? { httpsProxy } : {}),
    ...(noProxy ? { noProxy } : {}),
    connect: { timeout: CONNECT_TIMEOUT_MS },
  });
  try {
    const response = await fetch(url, { dispatcher, signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
    if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);
    const hash = createHash('sha256');
    const hashing = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body), hashing, createWriteStream(file));
    return hash.digest('hex');
  } catch (error) {
    const cause = (error as Error).cause;
    const reason = cause instanceof Error ? cause.message : (error as Error).message;
    throw new Error(reason.includes(url) ? reason : `cannot download ${url}: ${reason}`, { cause: error });
  } finally {
    await dispatcher.destroy();
  }
}
