import { defineFeature } from '../../http/kernel/feature.ts';
import { createAgentCredentialRoutes } from './agent-credential-routes.ts';
import { createCredentialAuditRoutes } from './credential-audit-routes.ts';
import { createCredentialBindingRoutes } from './credential-binding-routes.ts';
import { createCredentialFieldRoutes } from './credential-field-routes.ts';
import { createCredentialRevealRoutes } from './credential-reveal-routes.ts';
import { createCredentialRotationRoutes } from './credential-rotation-routes.ts';
import { createCredentialRoutes } from './credential-routes.ts';
import { createInternalCredentialRoutes } from './credential-sidecar-routes.ts';
import { createCredentialTestRoutes } from './credential-test-routes.ts';

export const credentialsFeature = defineFeature({
  name: 'credentials',
  routes: [
    createCredentialRoutes,
    createCredentialRotationRoutes,
    createCredentialFieldRoutes,
    createCredentialRevealRoutes,
    createCredentialAuditRoutes,
    createAgentCredentialRoutes,
    createCredentialBindingRoutes,
    createCredentialTestRoutes,
  ],
  sidecarRoutes: [createInternalCredentialRoutes],
  pathRows: {
    credentialId: 'credential',
    fieldKey: 'field',
    rotationId: 'rotation',
    assignmentId: 'assignment',
    bindingId: 'binding',
  },
});
