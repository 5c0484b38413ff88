import { defineFeature } from '../../http/kernel/feature.ts';
import { createArtifactRoutes } from './artifact-routes.ts';
import { createInternalArtifactRoutes } from './artifact-sidecar-routes.ts';

export const artifactsFeature = defineFeature({
  name: 'artifacts',
  routes: [createArtifactRoutes],
  pathRows: { referenceToken: 'attachment' },
  sidecarRoutes: [createInternalArtifactRoutes],
});
