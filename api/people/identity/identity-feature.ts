import { defineFeature } from '../../http/kernel/feature.ts';
import { createApiKeyRoutes } from './api-key-routes.ts';
import { createAuthJsRoutes } from './authjs-routes.ts';
import { createAuthJsSignInRoutes } from './authjs-sign-in-routes.ts';
import { createBootstrapRoutes } from './bootstrap-routes.ts';
import { createCliTokenRoutes } from './cli-token-routes.ts';
import { createProgramSessionRoutes } from './program-session-routes.ts';
import { createProgramSignInRoutes } from './program-sign-in-routes.ts';
import { createSessionRoutes } from './session-routes.ts';
import { createSocketTokenRoutes } from './socket-token-routes.ts';

export const identityFeature = defineFeature({
  name: 'identity',
  routes: [
    createApiKeyRoutes,
    createAuthJsRoutes,
    createAuthJsSignInRoutes,
    createBootstrapRoutes,
    createCliTokenRoutes,
    createProgramSessionRoutes,
    createProgramSignInRoutes,
    createSessionRoutes,
    createSocketTokenRoutes,
  ],
  pathRows: { tokenId: 'token', keyId: 'API key', authSessionId: 'session' },
});
