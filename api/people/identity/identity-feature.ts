import { defineFeature } from '../../http/kernel/feature.ts';
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
    createAuthJsRoutes,
    createAuthJsSignInRoutes,
    createBootstrapRoutes,
    createCliTokenRoutes,
    createProgramSessionRoutes,
    createProgramSignInRoutes,
    createSessionRoutes,
    createSocketTokenRoutes,
  ],
  pathRows: { tokenId: 'token', authSessionId: 'session' },
});
