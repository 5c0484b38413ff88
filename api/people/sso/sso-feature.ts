import { defineFeature } from '../../http/kernel/feature.ts';
import { createSsoProviderRoutes } from './sso-provider-routes.ts';
import { createSsoRoutes } from './sso-routes.ts';

export const ssoFeature = defineFeature({
  name: 'sso',
  routes: [createSsoRoutes, createSsoProviderRoutes],
  pathRows: { ssoProviderId: 'provider' },
});
