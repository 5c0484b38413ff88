import { copyFile, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { aptInstall, whyNoApt } from './apt.ts';
import { imageService, presentWay, settingWay } from './base-image.ts';
import { importImage } from './debian-image.ts';
import { connectDocker } from './docker-address.ts';
import type { Environment, Finding, Log, PartContext, Service, Way } from './part.ts';
import { pullImage } from './pull-image.ts';
import { findOnPath, runCommand } from './run-command.ts';

/** `nft` of this machine and the libraries that it is linked with, and nothing else. */
const MADE_IMAGE = 'crewship/egress-filter:local';
const PULL_TIMEOUT_MS = 120_000;
const LDD_TIMEOUT_MS = 10_000;

/**
 * The image in which the host's worker runs `nft`. Without one, builds and
 * crews with an open network are refused and all else works.
 */
export function createFilterImageService(context: PartContext, dockerHost: string): Service<string> {
  return imageService('filter', filterImageWays(context.env, context.log, dockerHost), context, dockerHost);
}

export function filterImageWays(env: Environment, log: Log, dockerHost: string): Way<string>[] {
  const pull = (image: string) =>
    pullImage(connectDocker(dockerHost), image, { log, timeoutMs: PULL_TIMEOUT_MS }).then(() => image);
  return [
    settingWay('CREWSHIP_FILTER_IMAGE', env.CREWSHIP_FILTER_IMAGE, dockerHost, pull),
    presentWay(MADE_IMAGE, dockerHost),
    {
      name: 'nft',
      async inspect(): Promise<Finding> {
        const nft = findNft(env);
        const howToGet =
          'install nftables here, or build deploy/images/egress-filter and set CREWSHIP_FILTER_IMAGE to it';
        if (process.platform !== 'linux') return { state: 'absent', detail: 'this is not Linux', howToGet };
        if (nft !== undefined) return { state: 'obtainable', detail: `makes ${MADE_IMAGE} of ${nft}` };
        const obstacle = whyNoApt(env);
        if (obstacle === undefined) return { state: 'obtainable', detail: 'installs nftables with apt' };
        return { state: 'absent', detail: `nft is not on PATH, and ${obstacle}`, howToGet };
      },
      async obtain() {
        if (findNft(env) === undefined) await aptInstall(['nftables'], { env, log });
        return makeImage(env, dockerHost);
      },
    },
  ];
}

function findNft(env: Environment): string | undefined {
  // Users who are not root often have no sbin on theirs.
  return findOnPath(['nft'], { PATH: `${env.PATH ?? ''}:/usr/sbin:/sbin` });
}

async function makeImage(env: Environment, dockerHost: string): Promise<string> {
  const nft = findNft(env);
  if (nft === undefined) throw new Error('nft is not on PATH');
  const linked = await runCommand('ldd', [nft], { env, timeoutMs: LDD_TIMEOUT_MS });
  const libraries = [...linked.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, file]) => file!);
  const root = await mkdtemp(path.join(os.tmpdir(), 'crewship-filter-'));
  try {
    const place = async (from: string, to: string) => {
      const target = path.join(root, to);
      await mkdir(path.dirname(target), { recursive: true });
      await copyFile(await realpath(from), target);
    };
    await place(nft, '/usr/sbin/nft');
    for (const file of libraries) await place(file, file);
    await importImage(root, MADE_IMAGE, connectDocker(dockerHost), env);
    return MADE_IMAGE;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
