import { type Dispatcher, EnvHttpProxyAgent } from 'undici';
import type { BuildDeps } from '../../activities/provisioning/steps/build-types.ts';
import type { Config } from '../../platform/config/config.ts';
import type { DockerClient } from '../../platform/docker/docker-client.ts';
import { createOciClient } from '../../platform/oci/oci-client.ts';
import { type CaBundle, installCaBundle } from '../../platform/provisioning/ca-bundle.ts';
import { findMise } from '../../platform/provisioning/find-mise.ts';

/** What builds on this host work with, as the operator has it. Rejects when a file that is named is not there. */
export async function openBuildDeps(config: Config, docker: DockerClient): Promise<BuildDeps> {
  const mirrors = config.CREWSHIP_REGISTRY_MIRRORS;
  const caBundle = await installCaBundle(config.runtimeDir, config.CREWSHIP_BUILD_CA_BUNDLE);
  const miseBinary = await findMise(config.CREWSHIP_MISE_PATH);
  const dispatcher = dispatcherOf(config, caBundle);
  const proxyEnv = proxiesOf(config);
  return {
    docker,
    registry: createOciClient({
      mirrors,
      plainHttp: config.CREWSHIP_REGISTRIES_WITHOUT_TLS,
      ...(dispatcher === undefined ? {} : { dispatcher }),
    }),
    mise: miseBinary === undefined ? undefined : { binary: miseBinary },
    settings: {
      stackId: config.CREWSHIP_STACK_ID,
      mirrors,
      pullPolicy: config.CREWSHIP_BUILD_PULL,
      memoryMb: config.CREWSHIP_BUILD_MEMORY_MB,
      cpus: config.CREWSHIP_BUILD_CPUS,
      caBundle,
      miseEnv: config.CREWSHIP_BUILD_MISE_ENV,
      ...(Object.keys(proxyEnv).length === 0 ? {} : { proxyEnv }),
      ...(config.CREWSHIP_BUILD_NETWORK === undefined ? {} : { network: config.CREWSHIP_BUILD_NETWORK }),
    },
  };
}

function proxiesOf(config: Config): Record<string, string> {
  const proxies = {
    HTTP_PROXY: config.CREWSHIP_BUILD_HTTP_PROXY,
    HTTPS_PROXY: config.CREWSHIP_BUILD_HTTPS_PROXY,
    NO_PROXY: config.CREWSHIP_BUILD_NO_PROXY,
  };
  return Object.fromEntries(
    Object.entries(proxies).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** For what this process itself reads from registries. */
function dispatcherOf(config: Config, caBundle: CaBundle): Dispatcher | undefined {
  const { HTTP_PROXY: httpProxy, HTTPS_PROXY: httpsProxy, NO_PROXY: noProxy } = proxiesOf(config);
  if (!caBundle.hasOperators && httpProxy === undefined && httpsProxy === undefined) return undefined;
  const tls = { ca: caBundle.pem };
  return new EnvHttpProxyAgent({
    // Empty: not what this process's own environment says.
    httpProxy: httpProxy ?? '',
    httpsProxy: httpsProxy ?? '',
    noProxy: noProxy ?? '',
    connect: tls,
    requestTls: tls,
  });
}
