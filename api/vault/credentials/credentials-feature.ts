import { defineFeature } from '../../http/kernel/feature.ts';
import { createCredentialRoutes } from './credential-routes.ts';
import { createAgentCredentialRoutes } from './agent-credential-routes.ts';
import { createCredentialBindingRoutes } from './credential-binding-routes.ts';
import { createCredentialTestRoutes } from './credential-test-routes.ts';
import { createInternalCredentialRoutes } from './credential-sidecar-routes.ts';

export const credentialsFeature = defineFeature({
  name: 'credentials',
  routes: [
    createCredentialRoutes,
    createAgentCredentialRoutes,
    createCredentialBindingRoutes,
    createCredentialTestRoutes,
  ],
  sidecarRoutes: [createInternalCredentialRoutes],
  pathRows: { credentialId: 'credential', rotationId: 'rotation', assignmentId: 'assignment', bindingId: 'binding' },
});
