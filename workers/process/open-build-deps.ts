import { constants } from 'node:fs';
import { access, readFile, realpath } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Dispatcher, EnvHttpProxyAgent } from 'undici';
import type { BuildDeps } from '../../activities/provisioning/steps/build-types.ts';
import type { Config } from '../../platform/config/config.ts';
import type { DockerClient } from '../../platform/docker/docker-client.ts';
import { createOciClient } from '../../platform/oci/oci-client.ts';

/** What builds on this host work with, as the operator has it. Rejects when a file that is named is not there. */
export async function openBuildDeps(config: Config, docker: DockerClient): Promise<BuildDeps> {
  const mirrors = config.CREWSHIP_REGISTRY_MIRRORS;
  const dispatcher = await dispatcherOf(config);
  const proxyEnv = proxiesOf(config);
  return {
    docker,
    registry: createOciClient({
      mirrors,
      plainHttp: config.CREWSHIP_REGISTRIES_WITHOUT_TLS,
      ...(dispatcher === undefined ? {} : { dispatcher }),
    }),
    mise: await findMise(config.CREWSHIP_MISE_PATH),
    settings: {
      stackId: config.CREWSHIP_STACK_ID,
      mirrors,
      pullPolicy: config.CREWSHIP_BUILD_PULL,
      memoryMb: config.CREWSHIP_BUILD_MEMORY_MB,
      cpus: config.CREWSHIP_BUILD_CPUS,
      miseEnv: config.CREWSHIP_BUILD_MISE_ENV,
      ...(config.CREWSHIP_BUILD_CA_BUNDLE === undefined
        ? {}
        : { caBundle: await realpath(config.CREWSHIP_BUILD_CA_BUNDLE) }),
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
async function dispatcherOf(config: Config): Promise<Dispatcher | undefined> {
  const { CREWSHIP_BUILD_CA_BUNDLE: caBundle } = config;
  const { HTTP_PROXY: httpProxy, HTTPS_PROXY: httpsProxy, NO_PROXY: noProxy } = proxiesOf(config);
  if (caBundle === undefined && httpProxy === undefined && httpsProxy === undefined) return undefined;
  const ca = caBundle === undefined ? undefined : await readFile(caBundle, 'utf8');
  return new EnvHttpProxyAgent({
    // Empty: not what this process's own environment says.
    httpProxy: httpProxy ?? '',
    httpsProxy: httpsProxy ?? '',
    noProxy: noProxy ?? '',
    ...(ca === undefined ? {} : { connect: { ca }, requestTls: { ca } }),
  });
}

/** mise on this host. What comes with Crewship is for some machines only: without it crews that pin tools can't be built. */
async function findMise(given: string | undefined): Promise<{ binary: string } | undefined> {
  if (given !== undefined) {
    const binary = await realpath(given);
    await access(binary, constants.X_OK);
    return { binary };
  }
  try {
    const packaged = import.meta.resolve(`@jdxcode/mise-${process.platform}-${process.arch}/package.json`);
    const binary = await realpath(fileURLToPath(new URL('./bin/mise', packaged)));
    await access(binary, constants.X_OK);
    return { binary };
  } catch {
    return undefined;
  }
}
