import { isJsonObject, type JsonObject } from './config-problems.ts';
import { checkDevcontainerConfig } from './devcontainer-config.ts';
import type { LifecycleCommand } from './lifecycle-command.ts';
import { type MiseConfig, readMiseTools } from './mise-config.ts';
import { type ContainerMount, readMounts } from './mounts.ts';
import { parseJsonc } from './parse-jsonc.ts';

export type FeatureOptions = Readonly<Record<string, string | boolean>>;

/** A crew's `devcontainer_config`, read. What is absent is empty. */
export interface DevcontainerConfig {
  readonly image: string;
  /** Reference to options. */
  readonly features: Readonly<Record<string, FeatureOptions>>;
  /** Ids of features, without versions, that are installed in this order before all others. */
  readonly featureOrder: readonly string[];
  /** Part of the image. */
  readonly containerEnv: Readonly<Record<string, string>>;
  /** Of what is executed in the container; no part of the image. */
  readonly remoteEnv: Readonly<Record<string, string>>;
  readonly postCreate: LifecycleCommand | null;
  readonly postStart: LifecycleCommand | null;
  readonly privileged: boolean;
  readonly capAdd: readonly string[];
  readonly mounts: readonly ContainerMount[];
  /** Tools pinned under its `mise` key; null when there is none. */
  readonly mise: MiseConfig | null;
}

/** The text breaks a rule. The message names the field and the rule. */
export class InvalidConfigError extends Error {
  constructor(path: string, message: string) {
    super(path === '' ? `the configuration ${message}` : `${path} ${message}`);
    this.name = 'InvalidConfigError';
  }
}

/** Reads what {@link checkDevcontainerConfig} lets pass; throws {@link InvalidConfigError} for anything else. */
export function readDevcontainerConfig(text: string): DevcontainerConfig {
  const [problem] = checkDevcontainerConfig(text).problems;
  if (problem !== undefined) throw new InvalidConfigError(problem.path, problem.message);
  const config = parseJsonc(text) as JsonObject;
  const features = Object.entries((config.features ?? {}) as JsonObject).map(([reference, options]) => [
    reference,
    // The short form gives the version alone.
    isJsonObject(options) ? options : { version: options },
  ]);
  return {
    image: config.image as string,
    features: Object.fromEntries(features) as DevcontainerConfig['features'],
    featureOrder: (config.overrideFeatureInstallOrder ?? []) as string[],
    containerEnv: (config.containerEnv ?? {}) as Readonly<Record<string, string>>,
    remoteEnv: (config.remoteEnv ?? {}) as Readonly<Record<string, string>>,
    postCreate: (config.postCreateCommand ?? null) as LifecycleCommand | null,
    postStart: (config.postStartCommand ?? null) as LifecycleCommand | null,
    privileged: config.privileged === true,
    capAdd: (config.capAdd ?? []) as string[],
    mounts: readMounts(config.mounts ?? []),
    mise: config.mise === undefined ? null : readMiseTools(config.mise),
  };
}
