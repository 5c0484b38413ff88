import { type BuildSpec, buildSpecOf, needsBuild } from '../../domain/provisioning/build-spec.ts';
import { readMiseConfig } from '../../domain/provisioning/mise-config.ts';
import { readDevcontainerConfig } from '../../domain/provisioning/read-devcontainer-config.ts';
import { configHash } from '../../platform/provisioning/config-hash.ts';

/** What decides a crew's image beside its own configuration. */
export interface ImageSettings {
  /** The operator's table: name of a tool to what mise is asked for. */
  readonly miseAliases: Readonly<Record<string, string>>;
}

export interface WantedImage {
  readonly configHash: string;
  readonly spec: BuildSpec;
}

/**
 * The image that a configuration wants on a host of this architecture; null when nothing is to be built. Throws
 * `InvalidConfigError` for a configuration that would not be taken today.
 */
export function wantedImage(
  config: { readonly devcontainer_config: string | null; readonly mise_config: string | null },
  architecture: string,
  settings: ImageSettings,
): WantedImage | null {
  if (config.devcontainer_config === null) return null;
  const spec = buildSpecOf(
    readDevcontainerConfig(config.devcontainer_config),
    config.mise_config === null ? null : readMiseConfig(config.mise_config),
    { architecture, miseAliases: settings.miseAliases },
  );
  return needsBuild(spec) ? { configHash: configHash(spec, null), spec } : null;
}
