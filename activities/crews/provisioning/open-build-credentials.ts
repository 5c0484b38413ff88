import { noteCredentialUse } from '../../../commands/vault/credentials/note-credential-use.ts';
import { openRegistryCredentials } from '../../../db/vault/credentials/registry-credentials.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { BuildRow } from '../../../db/crews/provisioning/build-row.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { type KeyRing, SealError } from '../../../platform/crypto/key-ring.ts';
import type { RegistryCredentials } from '../../../platform/oci/oci-client.ts';
import type { RegistryMirrors } from '../../../platform/oci/oci-reference.ts';
import { configHash } from '../../../platform/provisioning/config-hash.ts';
import { registryHostsOf } from '../../../platform/provisioning/registry-hosts.ts';
import { BuildError } from './steps/build-types.ts';

export interface BuildCredentialDeps {
  readonly db: Pick<Database, 'reads' | 'transaction'>;
  readonly keyRing: Pick<KeyRing, 'open'>;
  readonly mirrors: RegistryMirrors;
}

/**
 * What a step of a build may ask registries with: the credentials that its workspace has now, for the registries that
 * the build reads from. None, unless the build's hash says that the image is for that workspace alone: who asked for it
 * first says nothing about who follows it.
 */
export async function openBuildCredentials(
  { db, keyRing, mirrors }: BuildCredentialDeps,
  build: Pick<BuildRow, 'asked_by_workspace_id' | 'config_hash' | 'spec'>,
): Promise<RegistryCredentials> {
  const { asked_by_workspace_id: workspaceId, config_hash: hash, spec } = build;
  if (configHash(spec, workspaceId) !== hash) return new Map();
  return openWorkspaceCredentials({ db, keyRing }, workspaceId, registryHostsOf(spec, mirrors));
}

/** A workspace's credentials for these registries, by host. Their use is written down. Rejects with BuildError. */
export async function openWorkspaceCredentials(
  { db, keyRing }: Omit<BuildCredentialDeps, 'mirrors'>,
  workspaceId: string,
  hosts: readonly string[],
): Promise<RegistryCredentials> {
  try {
    const found = await openRegistryCredentials(db.reads, keyRing, workspaceId, hosts);
    const user = { workspaceId, crewId: null, agentId: null };
    for (const credential of found) await noteCredentialUse(db, user, credential, orchestratorActor());
    return new Map(found.map(({ host, username, password }) => [host, { username, password }]));
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    const message = 'a registry’s credential can’t be opened: this host lacks its key';
    throw new BuildError('registry_denied', message, { cause: error });
  }
}
