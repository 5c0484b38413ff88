import { type LifecycleCommand, hookPrograms } from './lifecycle-command.ts';
import type { MiseConfig } from './mise-config.ts';
import type { DevcontainerConfig, FeatureOptions } from './read-devcontainer-config.ts';

/** Steps of a build, in their order, as callers see them: docs/contracts/provisioning.md, Status. */
export const BUILD_STEPS = ['validate', 'pull-base', 'install-features', 'install-mise', 'snapshot', 'tag'] as const;
export type BuildStep = (typeof BUILD_STEPS)[number];

/** Everything that decides an image, and nothing else. Holds no secret. */
export interface BuildSpec {
  /** As it was configured. */
  readonly baseImage: string;
  /** As the daemon calls it: `amd64`, `arm64`. */
  readonly architecture: string;
  /** As configured, and the one that makes the agent's user. Sorted by reference. */
  readonly features: readonly { readonly ref: string; readonly options: FeatureOptions }[];
  /** Ids of features that are installed first, in this order. */
  readonly featureOrder: readonly string[];
  readonly mise: MiseConfig & {
    /** How mise finds the tools that the operator gave another name for: `npm:prettier`. */
    readonly backends: Readonly<Record<string, string>>;
  };
  readonly containerEnv: Readonly<Record<string, string>>;
  readonly postCreate: LifecycleCommand | null;
}

export interface BuildSpecOptions {
  readonly architecture: string;
  /** The operator's table: name of a tool to what mise is asked for, with its backend. */
  readonly miseAliases?: Readonly<Record<string, string>>;
}

/** Makes the user that agents run as; every image has it. */
export const COMMON_UTILS_ID = 'ghcr.io/devcontainers/features/common-utils';
const COMMON_UTILS_VERSION = '2';
const COMMON_UTILS_DEFAULTS = { installZsh: false, installOhMyZsh: false, upgradePackages: false } as const;
/** Not the configuration's to choose: run directories and volumes belong to this user. */
const AGENT_USER = { username: 'agent', userUid: '1001', userGid: '1001' } as const;

/**
 * What a crew's configuration wants built. `mise` is the crew's `mise_config`, where there is one; a configuration pins
 * tools in one of the two places.
 */
export function buildSpecOf(config: DevcontainerConfig, mise: MiseConfig | null, options: BuildSpecOptions): BuildSpec {
  const { tools, env } = mise ?? config.mise ?? { tools: {}, env: {} };
  const aliases = options.miseAliases ?? {};
  const features = Object.entries(config.features).map(([ref, given]) =>
    isCommonUtils(ref)
      ? { ref, options: { ...COMMON_UTILS_DEFAULTS, ...given, ...AGENT_USER } }
      : { ref, options: given },
  );
  if (!features.some(({ ref }) => isCommonUtils(ref))) features.push(automaticFeature());
  return {
    baseImage: config.image,
    architecture: options.architecture,
    features: features.sort((one, other) => (one.ref < other.ref ? -1 : 1)),
    featureOrder: config.featureOrder,
    mise: {
      tools,
      env,
      backends: Object.fromEntries(
        Object.keys(tools).flatMap((tool) => (Object.hasOwn(aliases, tool) ? [[tool, aliases[tool]!]] : [])),
      ),
    },
    containerEnv: config.containerEnv,
    postCreate: config.postCreate,
  };
}

/**
 * Whether anything is to be built; without it crews start from the base image (docs/contracts/provisioning.md, Image).
 */
export function needsBuild(spec: BuildSpec): boolean {
  const { features, mise, containerEnv, postCreate } = spec;
  const automatic = JSON.stringify(canonicalFeature(automaticFeature()));
  return (
    features.some((feature) => JSON.stringify(canonicalFeature(feature)) !== automatic) ||
    [mise.tools, mise.env, containerEnv].some((entries) => Object.keys(entries).length > 0) ||
    hookPrograms(postCreate).length > 0
  );
}

/**
 * The text whose SHA-256 is the identity of the image. Formatting, the order of keys, absent against empty, `true`
 * against `"true"` don't change it. `scope` is the workspace whose registry credentials fetch parts of the image, null
 * when none do: what one workspace may read must not be found by another.
 */
export function canonicalBuildSpec(spec: BuildSpec, scope: string | null): string {
  return JSON.stringify([
    'crewship-image-1',
    scope,
    spec.architecture,
    spec.baseImage,
    [...spec.features].sort((one, other) => (one.ref < other.ref ? -1 : 1)).map(canonicalFeature),
    spec.featureOrder,
    sorted(spec.mise.tools),
    sorted(spec.mise.backends),
    sorted(spec.mise.env),
    sorted(spec.containerEnv),
    hookPrograms(spec.postCreate).map(({ name, argv }) => [name, argv]),
  ]);
}

function isCommonUtils(ref: string): boolean {
  return ref.startsWith(`${COMMON_UTILS_ID}:`) || ref.startsWith(`${COMMON_UTILS_ID}@`);
}

function automaticFeature(): { ref: string; options: FeatureOptions } {
  const ref = `${COMMON_UTILS_ID}:${COMMON_UTILS_VERSION}`;
  return { ref, options: { ...COMMON_UTILS_DEFAULTS, ...AGENT_USER } };
}

/** Installers see an option as a text, so its kind is no difference. */
function canonicalFeature({ ref, options }: { ref: string; options: FeatureOptions }): unknown {
  return [ref, sorted(options)];
}

function sorted(entries: Readonly<Record<string, string | boolean>>): [string, string][] {
  return Object.entries(entries)
    .map(([key, value]): [string, string] => [key, String(value)])
    .sort(([one], [other]) => (one < other ? -1 : 1));
}
