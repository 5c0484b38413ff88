import { createConfigProblems, isJsonObject, type JsonObject } from './config-problems.ts';
import { checkEnv, checkFeatureOptions, checkHook } from './devcontainer-config.ts';
import { featureReferenceProblem, isFeatureId } from './feature-reference.ts';
import type { LifecycleCommand } from './lifecycle-command.ts';
import { checkMounts, type ContainerMount, readMounts } from './mounts.ts';
import type { FeatureOptions } from './read-devcontainer-config.ts';

const MAX_DEPENDENCIES = 50;
const SHORT_NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;

/** What a feature's `devcontainer-feature.json` says that Crewship heeds. */
export interface FeatureMetadata {
  readonly id: string;
  readonly version: string;
  /** Installed before it, with options. References have versions. */
  readonly dependsOn: readonly { readonly ref: string; readonly options: FeatureOptions }[];
  /** Ids, without versions, of what is installed before it where that is installed at all. */
  readonly installsAfter: readonly string[];
  /** Earlier names of it. */
  readonly legacyIds: readonly string[];
  /** Of the options that have one. */
  readonly defaults: FeatureOptions;
  /** Part of the image from this feature on; values may name variables that are there: `/opt/x/bin:${PATH}`. */
  readonly containerEnv: Readonly<Record<string, string>>;
  readonly mounts: readonly ContainerMount[];
  readonly capAdd: readonly string[];
  readonly postCreate: LifecycleCommand | null;
  readonly postStart: LifecycleCommand | null;
  /** What it asks for and does not get, for the log. */
  readonly ignored: readonly string[];
}

/** A feature says something that cannot be followed. The message begins with the field. */
export class InvalidFeatureError extends Error {
  constructor(path: string, message: string) {
    super(path === '' ? message : `${path} ${message}`);
    this.name = 'InvalidFeatureError';
  }
}

/**
 * Reads what a publisher wrote; throws {@link InvalidFeatureError}. A privileged container, capabilities and security
 * options are never a feature's to give, nor are mounts of the host's files, nor entrypoints: crews' containers start
 * with ours.
 */
export function readFeatureMetadata(value: unknown): FeatureMetadata {
  if (!isJsonObject(value)) throw new InvalidFeatureError('', 'is no object');
  if (typeof value.id !== 'string' || !SHORT_NAME.test(value.id)) throw new InvalidFeatureError('id', 'is missing');
  const problems = createConfigProblems();
  if (value.containerEnv !== undefined) checkEnv('containerEnv', value.containerEnv, problems);
  for (const hook of ['postCreateCommand', 'postStartCommand'] as const) {
    if (value[hook] !== undefined) checkHook(hook, value[hook], problems);
  }
  const [problem] = problems.list;
  if (problem !== undefined) throw new InvalidFeatureError(problem.path, problem.message);
  const { mounts, refused } = readFeatureMounts(value.mounts);
  const capabilities = stringsOf(value.capAdd);
  return {
    id: value.id,
    version: typeof value.version === 'string' ? value.version.slice(0, 100) : '',
    dependsOn: readDependencies(value.dependsOn),
    installsAfter: stringsOf(value.installsAfter).map(withoutVersion).filter(isFeatureId),
    legacyIds: stringsOf(value.legacyIds).filter((id) => SHORT_NAME.test(id)),
    defaults: readDefaults(value.options),
    containerEnv: (value.containerEnv ?? {}) as Readonly<Record<string, string>>,
    mounts,
    capAdd: capabilities.filter((name) => name === 'NET_BIND_SERVICE'),
    postCreate: (value.postCreateCommand ?? null) as LifecycleCommand | null,
    postStart: (value.postStartCommand ?? null) as LifecycleCommand | null,
    ignored: [
      ...(value.privileged === true ? ['privileged'] : []),
      ...(capabilities.some((name) => name !== 'NET_BIND_SERVICE') ? ['capAdd'] : []),
      ...(stringsOf(value.securityOpt).length > 0 ? ['securityOpt'] : []),
      ...(typeof value.entrypoint === 'string' && value.entrypoint !== '' ? ['entrypoint'] : []),
      ...(refused ? ['mounts other than named volumes'] : []),
      ...['onCreateCommand', 'updateContentCommand', 'postAttachCommand'].filter((hook) => value[hook] !== undefined),
    ],
  };
}

/** The id in a reference: without its tag or digest. */
export function withoutVersion(reference: string): string {
  return reference.split('@', 1)[0]!.replace(/:[^/:]*$/, '');
}

function readDependencies(dependsOn: unknown): FeatureMetadata['dependsOn'] {
  if (dependsOn === undefined) return [];
  if (!isJsonObject(dependsOn)) throw new InvalidFeatureError('dependsOn', 'must be an object');
  const entries = Object.entries(dependsOn);
  if (entries.length > MAX_DEPENDENCIES)
    throw new InvalidFeatureError('dependsOn', `must be at most ${MAX_DEPENDENCIES}`);
  return entries.map(([name, given]) => {
    const ref = isFeatureId(name) ? `${name}:latest` : name;
    const problem = featureReferenceProblem(ref);
    if (problem !== null) throw new InvalidFeatureError(`dependsOn.${name.slice(0, 200)}`, problem);
    const options = isJsonObject(given) ? given : { version: given };
    const problems = createConfigProblems();
    checkFeatureOptions(`dependsOn.${name}`, Object.entries(options), problems);
    const [first] = problems.list;
    if (first !== undefined) throw new InvalidFeatureError(first.path, first.message);
    return { ref, options: options as FeatureOptions };
  });
}

function readDefaults(options: unknown): FeatureOptions {
  if (!isJsonObject(options)) return {};
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, option]): [string, string | boolean][] => {
      const value = isJsonObject(option) ? option.default : undefined;
      const usable = typeof value === 'boolean' || (typeof value === 'string' && !value.includes('\0'));
      return usable ? [[name, value]] : [];
    }),
  );
}

function readFeatureMounts(value: unknown): { mounts: readonly ContainerMount[]; refused: boolean } {
  if (!Array.isArray(value)) return { mounts: [], refused: value !== undefined };
  const kept = (value as unknown[]).map(withVolumeNames).filter((mount) => {
    const problems = createConfigProblems();
    checkMounts([mount], problems);
    return problems.list.length === 0;
  });
  const mounts = readMounts(kept).filter(({ kind }) => kind === 'volume');
  return { mounts, refused: mounts.length < value.length };
}

/** Volumes are a crew's own whatever they are called, so the devcontainer's id in a name has nothing to tell apart. */
function withVolumeNames(mount: unknown): unknown {
  const named = (text: unknown) =>
    typeof text === 'string' ? text.replaceAll('$' + '{devcontainerId}', 'crew') : text;
  if (!isJsonObject(mount)) return named(mount);
  return Object.fromEntries(Object.entries(mount as JsonObject).map(([key, item]) => [key, named(item)]));
}

function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string').slice(0, 100) : [];
}
