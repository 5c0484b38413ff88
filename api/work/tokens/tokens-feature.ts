import { defineFeature } from '../../http/kernel/feature.ts';
import { createDirectTokenRoutes } from './direct-token-routes.ts';
import { createTokenRequestRoutes } from './token-request-routes.ts';
import { createTokenRoutes } from './token-routes.ts';

export const tokensFeature = defineFeature({
  name: 'tokens',
  routes: [createTokenRoutes, createTokenRequestRoutes, createDirectTokenRoutes],
  pathRows: { walletAddress: 'wallet', tokenRequestId: 'token request' },
});
