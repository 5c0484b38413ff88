import path from 'node:path';
import type { Config } from '../../../platform/config/config.ts';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { createOciClient } from '../../../platform/oci/oci-client.ts';
import { createOciDispatcher } from '../../../platform/oci/oci-dispatcher.ts';
import { createRegistryPlaces } from '../../../platform/oci/registry-places.ts';
import { installCaBundle } from '../../../platform/provisioning/ca-bundle.ts';
import { findMise } from '../../../platform/provisioning/find-mise.ts';
import type { EgressFilter } from '../containers/egress-filter.ts';
import type { BuildDeps } from './steps/build-types.ts';

/**
 * What builds on this host need, from its configuration. Rejects when a file that the operator names is not there or is
 * not what it should be.
 */
export async function createBuildDeps(
  config: Config,
  docker: DockerClient,
  egressFilter: Pick<EgressFilter, 'ensure'>,
): Promise<BuildDeps> {
  const caBundle = await installCaBundle(path.join(config.runtimeDir, 'ca'), config.CREWSHIP_EXTRA_CA_FILE);
  const mise = await findMise(config.CREWSHIP_MISE_PATH);
  const { HTTP_PROXY: httpProxy, HTTPS_PROXY: httpsProxy, NO_PROXY: noProxy } = config;
  const proxyEnv = Object.entries({ HTTP_PROXY: httpProxy, HTTPS_PROXY: httpsProxy, NO_PROXY: noProxy });
  return {
    docker,
    registry: createOciClient({
      mirrors: config.CREWSHIP_REGISTRY_MIRRORS,
      plainHttp: config.CREWSHIP_PLAIN_HTTP_REGISTRIES,
      dispatcher: createOciDispatcher({ pem: caBundle.pem, proxies: { httpProxy, httpsProxy, noProxy } }),
    }),
    registryPlaces: createRegistryPlaces({
      mirrors: config.CREWSHIP_REGISTRY_MIRRORS,
      plainHttp: config.CREWSHIP_PLAIN_HTTP_REGISTRIES,
      listed: config.CREWSHIP_OUTBOUND_ALLOW,
    }),
    mise: mise === undefined ? undefined : { binary: mise },
    egressFilter,
    settings: {
      stackId: config.CREWSHIP_STACK_ID,
      mirrors: config.CREWSHIP_REGISTRY_MIRRORS,
      pullPolicy: config.CREWSHIP_PULL_POLICY,
      memoryMb: config.CREWSHIP_BUILD_MEMORY_MB,
      cpus: config.CREWSHIP_BUILD_CPUS,
      caBundle,
      proxyEnv: Object.fromEntries(proxyEnv.filter((entry): entry is [string, string] => entry[1] !== undefined)),
      miseEnv: config.CREWSHIP_MISE_ENV,
      networkPool: config.CREWSHIP_CREW_NETWORK_POOL,
    },
  };
}
