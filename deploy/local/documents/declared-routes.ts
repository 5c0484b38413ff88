import { createInternalRoutes } from '../../../api/internal-routes.ts';
import type { Route } from '../../../api/http/kernel/route.ts';
import { createPublicRoutes } from '../../../api/public-routes.ts';
import { unusable } from './unusable.ts';

export interface DeclaredRoutes {
  readonly public: readonly Route[];
  readonly internal: readonly Route[];
}

/** Every route that is declared. Their handlers cannot be run: what these need is not there. */
export function declaredRoutes(): DeclaredRoutes {
  return { public: createPublicRoutes(unusable('deps')), internal: createInternalRoutes(unusable('deps')) };
}
