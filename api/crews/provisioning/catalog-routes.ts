import { z } from 'zod';
import { CATALOG_CATEGORIES, searchCatalog } from '../../../domain/crews/provisioning/catalog.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import type { ProvisioningCatalogs } from './provisioning-catalogs.ts';

const catalogQuery = z.object({
  search: z.string().max(200).default('').describe('part of a name, description or category, in any case'),
});

const entry = {
  name: z.string(),
  description: z.string(),
  category: z.enum(CATALOG_CATEGORIES),
  icon: z.string().describe('name of a Lucide icon'),
};

const featureCatalogAnswer = z.object({
  features: z.array(
    z.object({
      ref: z.string().describe('what stands in devcontainer_config.features'),
      ...entry,
      size_hint: z.string().describe('what it adds to an image, about; empty when nobody measured'),
    }),
  ),
});

const runtimeCatalogAnswer = z.object({
  runtimes: z.array(
    z.object({
      ...entry,
      tool: z.string().describe('what stands in mise.tools'),
      versions: z.array(z.string()).describe('newest first; empty when only mise knows'),
      default_version: z.string(),
      backends: z.array(z.string()).describe('asdf, cargo, npm, pipx, github; empty: mise chooses'),
    }),
  ),
});

/** What crews may be built from (docs/contracts/provisioning.md, Catalogs). They touch no workspace's rows. */
export function createCatalogRoutes(deps: {
  readonly catalogs: Pick<ProvisioningCatalogs, 'features' | 'runtimes'>;
}): Route[] {
  const authority = { access: 'user', scope: 'crews:read' } as const;
  const tags = ['Provisioning'];
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/features/catalog',
      operationId: 'listFeatureCatalog',
      summary: 'List the devcontainer features that a crew may install',
      tags,
      authority,
      query: catalogQuery,
      responses: { 200: featureCatalogAnswer },
      handler: async (ctx) => ok({ features: searchCatalog(await deps.catalogs.features.entries(), ctx.query.search) }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/runtimes/catalog',
      operationId: 'listRuntimeCatalog',
      summary: 'List the tools that mise can pin for a crew',
      tags,
      authority,
      query: catalogQuery,
      responses: { 200: runtimeCatalogAnswer },
      handler: async (ctx) => ok({ runtimes: searchCatalog(await deps.catalogs.runtimes.entries(), ctx.query.search) }),
    }),
  ];
}
