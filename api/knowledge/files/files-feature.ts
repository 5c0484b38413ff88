import { defineFeature } from '../../http/kernel/feature.ts';
import { createDocumentRoutes } from './document-routes.ts';
import { createFileRoutes } from './file-routes.ts';

export const filesFeature = defineFeature({ name: 'files', routes: [createFileRoutes, createDocumentRoutes] });
