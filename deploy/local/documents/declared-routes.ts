import { features } from '../../../api/features.ts';
import { internalRoutes, publicRoutes } from '../../../api/http/kernel/feature.ts';
import type { Route } from '../../../api/http/kernel/route.ts';
import { z } from 'zod';
import { createJobRegistry } from '../../../domain/work/jobs/job-registry.ts';
import { JOB_KINDS } from '../../../domain/work/jobs/job-kinds.ts';
import { unusable } from './unusable.ts';

export interface DeclaredRoutes {
  readonly public: readonly Route[];
  readonly internal: readonly Route[];
}

/** Every route that is declared. Their handlers cannot be run: what these need is not there. */
export function declaredRoutes(): DeclaredRoutes {
  const jobKinds = createJobRegistry(z, JOB_KINDS);
  return {
    public: publicRoutes(features, unusable('deps', { jobKinds })),
    internal: internalRoutes(features, unusable('deps')),
  };
}
