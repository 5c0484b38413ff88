import { connectDocker } from './docker-address.ts';
import { buildDebianImage, BUILT_IMAGE, whyNoDebootstrap } from './debian-image.ts';
import {
  type Environment,
  type Finding,
  inspectWays,
  type Log,
  NOT_SET,
  type PartContext,
  type PartName,
  resolvePart,
  type RunningPart,
  type Service,
  type Way,
} from './part.ts';
import { hasImage, pullImage } from './pull-image.ts';

const DEFAULT_IMAGE = 'debian:bookworm-slim';
const DEFAULT_PULL_TIMEOUT_MS = 120_000;

/** The image that crew containers are made from. The address is its name on the given daemon. */
export function createBaseImageService(context: PartContext, dockerHost: string): Service<string> {
  return imageService('image', baseImageWays(context.env, context.log, dockerHost), context, dockerHost);
}

/** An image that the given daemon has to have. The address is its name. */
export function imageService(
  part: PartName,
  ways: readonly Way<string>[],
  context: PartContext,
  dockerHost: string,
): Service<string> {
  return {
    part,
    inspect: () => inspectWays(ways),
    async start(): Promise<RunningPart<string>> {
      const { label, value: image } = await resolvePart(part, ways, context.log);
      return { address: image, chosen: `${image} (${label})`, stop: async () => {} };
    },
    async checkHealth(image) {
      if (!(await hasImage(connectDocker(dockerHost), image))) throw new Error(`the daemon has no image ${image}`);
    },
  };
}

/**
 * What is there already comes first, so that a machine without a registry does not try to reach one at every start;
 * then the pull, then the build.
 */
export function baseImageWays(env: Environment, log: Log, dockerHost: string): Way<string>[] {
  const wanted = env.CREWSHIP_BASE_IMAGE ?? DEFAULT_IMAGE;
  const pullTimeoutMs = Number(env.CREWSHIP_IMAGE_PULL_TIMEOUT_MS ?? DEFAULT_PULL_TIMEOUT_MS);
  const pull = (image: string) =>
    pullImage(connectDocker(dockerHost), image, { log, timeoutMs: pullTimeoutMs }).then(() => image);
  return [
    settingWay('CREWSHIP_RUNTIME_IMAGE', env.CREWSHIP_RUNTIME_IMAGE, dockerHost, pull),
    presentWay(wanted, dockerHost),
    presentWay(BUILT_IMAGE, dockerHost),
    {
      name: 'pull',
      inspect: async () => ({ state: 'obtainable', detail: `pulls ${wanted} (CREWSHIP_BASE_IMAGE)` }),
      obtain: () => pull(wanted),
    },
    {
      name: 'debootstrap',
      async inspect(): Promise<Finding> {
        const obstacle = whyNoDebootstrap(env);
        if (obstacle) {
          const howToGet = `pull ${wanted} from a registry you can reach, or set CREWSHIP_RUNTIME_IMAGE`;
          return { state: 'absent', detail: obstacle, howToGet };
        }
        return { state: 'obtainable', detail: `builds ${BUILT_IMAGE} from Debian packages, once, in about a minute` };
      },
      obtain: () => buildDebianImage({ env, log, dockerHost }),
    },
  ];
}

/** The image that a setting names: pulled where it is not here. */
export function settingWay(
  name: string,
  image: string | undefined,
  dockerHost: string,
  pull: (image: string) => Promise<string>,
): Way<string> {
  return {
    name,
    insisted: true,
    async inspect(): Promise<Finding> {
      if (!image) return { state: 'absent', detail: NOT_SET };
      if (await isPresent(dockerHost, image)) return { state: 'ready', detail: image };
      const howToGet = `pull or build that image, or unset ${name}`;
      return { state: 'obtainable', detail: `pulls ${image}`, howToGet };
    },
    async obtain() {
      if (!image) throw new Error(`${name} is not set`);
      return pull(image);
    },
  };
}

/** An image that the daemon has. */
export function presentWay(image: string, dockerHost: string): Way<string> {
  return {
    name: 'present',
    async inspect(): Promise<Finding> {
      if (await isPresent(dockerHost, image)) return { state: 'ready', detail: image };
      return { state: 'absent', detail: `the daemon has no ${image}` };
    },
    obtain: async () => image,
  };
}

async function isPresent(dockerHost: string, image: string): Promise<boolean> {
  return hasImage(connectDocker(dockerHost, 10_000), image).catch(() => false);
}
