import type { CatalogFeature, CatalogRuntime } from '../../../domain/crews/provisioning/catalog.ts';
import { FALLBACK_FEATURES } from '../../../domain/crews/provisioning/fallback-features.ts';
import { FALLBACK_RUNTIMES } from '../../../domain/crews/provisioning/fallback-runtimes.ts';
import { readFeatureIndex } from '../../../domain/crews/provisioning/feature-index.ts';
import { readRuntimeIndex } from '../../../domain/crews/provisioning/runtime-index.ts';
import {
  createRemoteCatalog,
  type RemoteCatalog,
  type RemoteCatalogLimits,
} from '../../../platform/catalogs/remote-catalog.ts';
import type { Logger } from '../../../platform/logging/logger.ts';

export interface ProvisioningCatalogs {
  readonly features: RemoteCatalog<CatalogFeature>;
  readonly runtimes: RemoteCatalog<CatalogRuntime>;
  close(): void;
}

/** What crews may be built from. A URL of '' reads nothing: the built-in list is all there is. */
export function createProvisioningCatalogs(options: {
  readonly featuresUrl: string;
  readonly runtimesUrl: string;
  readonly log: Logger;
  readonly limits?: Partial<RemoteCatalogLimits>;
}): ProvisioningCatalogs {
  const common = { log: options.log, limits: options.limits ?? {} };
  const features = createRemoteCatalog({
    ...common,
    name: 'features',
    url: options.featuresUrl === '' ? null : options.featuresUrl,
    read: readFeatureIndex,
    fallback: FALLBACK_FEATURES,
  });
  const runtimes = createRemoteCatalog({
    ...common,
    name: 'runtimes',
    url: options.runtimesUrl === '' ? null : options.runtimesUrl,
    read: readRuntimeIndex,
    fallback: FALLBACK_RUNTIMES,
  });
  return {
    features,
    runtimes,
    close() {
      features.close();
      runtimes.close();
    },
  };
}
