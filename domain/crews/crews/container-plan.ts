import { type HookProgram, hookPrograms } from '../provisioning/lifecycle-command.ts';
import type { ContainerMount } from '../provisioning/mounts.ts';
import { type DevcontainerConfig, readDevcontainerConfig } from '../provisioning/read-devcontainer-config.ts';
import type { NetworkMode } from './crew.ts';

/** What a crew's rows say about its container. */
export interface ContainerFacts {
  /** The image that was built for the crew; null: none. */
  readonly cached_image_id: string | null;
  /** Null: the configuration, if there is one, wants nothing built. */
  readonly config_hash: string | null;
  readonly runtime_image: string | null;
  readonly container_memory_mb: number;
  readonly container_cpus: number;
  readonly network_mode: NetworkMode;
  readonly devcontainer_config: string | null;
  /** As the workspace allows it now, whatever it allowed when the configuration was saved. */
  readonly may_be_privileged: boolean;
}

/** What a container is made of. One that was made of anything else is replaced once no agent works in it. */
export interface ContainerPlan {
  /** An image's id or reference; null: the host's default. */
  readonly image: string | null;
  readonly memoryMb: number;
  readonly cpus: number;
  /** `own`: a bridge that no other crew shares. */
  readonly network: 'none' | 'own';
  readonly mounts: readonly ContainerMount[];
  readonly capAdd: readonly string[];
  readonly privileged: boolean;
}

/** The configuration asks for privileges that the workspace does not allow, or not any more. */
export class PrivilegeRefused extends Error {
  constructor() {
    super('devcontainer_config asks for a privileged container, which the workspace does not allow');
    this.name = 'PrivilegeRefused';
  }
}

/** Throws {@link PrivilegeRefused}, and `InvalidConfigError` for a configuration that breaks a rule. */
export function planContainer(facts: ContainerFacts): ContainerPlan {
  const config = configOf(facts.devcontainer_config);
  if (config?.privileged === true && !facts.may_be_privileged) throw new PrivilegeRefused();
  return {
    image: facts.cached_image_id ?? config?.image ?? facts.runtime_image,
    memoryMb: facts.container_memory_mb,
    cpus: facts.container_cpus,
    network: facts.network_mode === 'free' ? 'own' : 'none',
    mounts: config?.mounts ?? [],
    capAdd: config?.capAdd ?? [],
    privileged: config?.privileged ?? false,
  };
}

/** What runs at every start of the container, in order. */
export function postStartPrograms(devcontainerConfig: string | null): readonly HookProgram[] {
  return hookPrograms(configOf(devcontainerConfig)?.postStart ?? null);
}

/** Whether {@link configuredEnvironment} needs to know the container's own. */
export function refersToContainerEnvironment(devcontainerConfig: string | null): boolean {
  return devcontainerConfig?.includes('${containerEnv:') ?? false;
}

/**
 * What agents find in their environment besides what is Crewship's: of two equal names `remoteEnv` has the last word.
 * `${containerEnv:NAME}` and `${containerEnv:NAME:otherwise}` are replaced by what the container has, `NAME=value`
 * each.
 */
export function configuredEnvironment(
  devcontainerConfig: string | null,
  containerEnv: readonly string[] = [],
): Readonly<Record<string, string>> {
  const config = configOf(devcontainerConfig);
  const existing = new Map(
    containerEnv.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)] as const),
  );
  const expand = (value: string) =>
    value.replaceAll(
      /\$\{containerEnv:([A-Za-z_][A-Za-z0-9_]*)(?::([^}]*))?\}/g,
      (_, name: string, otherwise?: string) => existing.get(name) ?? otherwise ?? '',
    );
  const wanted = Object.entries({ ...config?.containerEnv, ...config?.remoteEnv });
  return Object.fromEntries(wanted.map(([name, value]) => [name, expand(value)]));
}

/**
 * How a container that was made by one plan differs from what is wanted now; null: it does not. `image` outweighs the
 * rest. A crew whose next image is still to be built keeps the one it has.
 */
export function containerDrift(made: ContainerPlan, facts: ContainerFacts): 'image' | 'options' | null {
  let wanted: ContainerPlan | null;
  try {
    wanted = planContainer(facts);
  } catch (error) {
    // Not to be had at all: the next start says why.
    if (error instanceof PrivilegeRefused) return 'options';
    throw error;
  }
  const toBeBuilt = facts.cached_image_id === null && facts.config_hash !== null;
  if (wanted.image !== made.image && !(toBeBuilt && isImageId(made.image))) return 'image';
  return canonical({ ...wanted, image: null }) === canonical({ ...made, image: null }) ? null : 'options';
}

function isImageId(image: string | null): boolean {
  return image?.startsWith('sha256:') ?? false;
}

function configOf(text: string | null): DevcontainerConfig | null {
  return text === null ? null : readDevcontainerConfig(text);
}

/** The order of members is the database's to choose. */
function canonical(plan: ContainerPlan): string {
  return JSON.stringify([
    plan.image,
    plan.memoryMb,
    plan.cpus,
    plan.network,
    plan.mounts.map(({ kind, source, target, readOnly }) => [kind, source, target, readOnly]),
    plan.capAdd,
    plan.privileged,
  ]);
}
