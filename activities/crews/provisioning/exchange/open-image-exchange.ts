import type { Database } from '../../../../db/kernel/database.ts';
import { type Config, ConfigError } from '../../../../platform/config/config.ts';
import type { DockerClient } from '../../../../platform/docker/docker-client.ts';
import type { Logger } from '../../../../platform/logging/logger.ts';
import { CACHE_REPOSITORY } from '../steps/tag-build.ts';
import { createImageExchange, type ImageExchange } from './image-exchange.ts';

/** This host's exchange of images as its configuration has it; undefined without a registry. Throws `ConfigError`. */
export function openImageExchange(deps: {
  readonly config: Config;
  readonly db: Database;
  readonly docker: DockerClient;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}): ImageExchange | undefined {
  const { config } = deps;
  const { CREWSHIP_CACHE_REGISTRY: registry, CREWSHIP_STACK_ID: stackId } = config;
  if (registry === undefined) return undefined;
  const { CREWSHIP_CACHE_REGISTRY_USERNAME: username, CREWSHIP_CACHE_REGISTRY_PASSWORD: password } = config;
  if ((username === undefined) !== (password === undefined)) {
    throw new ConfigError('CREWSHIP_CACHE_REGISTRY_USERNAME and CREWSHIP_CACHE_REGISTRY_PASSWORD are set together');
  }
  return createImageExchange({
    ...deps,
    hostId: config.CREWSHIP_HOST_ID,
    stackId,
    registry: {
      // Each installation has names of its own at a registry that several share.
      repository: `${registry}/${CACHE_REPOSITORY}-${stackId}-images`,
      ...(username === undefined || password === undefined ? {} : { auth: { username, password } }),
    },
  });
}
