import { type BuildSpec, buildSpecOf, needsBuild } from '../../../domain/crews/provisioning/build-spec.ts';
import { readMiseConfig } from '../../../domain/crews/provisioning/mise-config.ts';
import { readDevcontainerConfig } from '../../../domain/crews/provisioning/read-devcontainer-config.ts';
import type { RegistryMirrors } from '../../../platform/oci/oci-reference.ts';
import { configHash } from '../../../platform/provisioning/config-hash.ts';
import { registryHostsOf } from '../../../platform/provisioning/registry-hosts.ts';
import { hasRegistryCredential } from '../../../db/vault/credentials/registry-credentials.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** What decides a crew's image beside its own configuration. */
export interface ImageSettings {
  /** The operator's table: name of a tool to what mise is asked for. */
  readonly miseAliases: Readonly<Record<string, string>>;
  /** As the hosts that build have them: they decide which registries are asked. */
  readonly mirrors: RegistryMirrors;
}

export interface WantedImage {
  readonly configHash: string;
  readonly spec: BuildSpec;
}

/**
 * The image that a crew's configuration wants on a host of this architecture; null when nothing is to be built. Where
 * its workspace has a credential for a registry that is asked, the image is that workspace's alone. Rejects with
 * `InvalidConfigError` for a configuration that would not be taken today.
 */
export async function wantedImage(
  tx: Tx,
  config: {
    readonly workspace_id: string;
    readonly devcontainer_config: string | null;
    readonly mise_config: string | null;
  },
  architecture: string,
  settings: ImageSettings,
): Promise<WantedImage | null> {
  if (config.devcontainer_config === null) return null;
  const spec = buildSpecOf(
    readDevcontainerConfig(config.devcontainer_config),
    config.mise_config === null ? null : readMiseConfig(config.mise_config),
    { architecture, miseAliases: settings.miseAliases },
  );
  if (!needsBuild(spec)) return null;
  const hosts = registryHostsOf(spec, settings.mirrors);
  const scoped = await hasRegistryCredential(tx, config.workspace_id, hosts);
  return { configHash: configHash(spec, scoped ? config.workspace_id : null), spec };
}
