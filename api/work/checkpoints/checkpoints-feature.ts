import { defineFeature } from '../../http/kernel/feature.ts';
import { createCheckpointRoutes } from './checkpoint-routes.ts';

export const checkpointsFeature = defineFeature({
  name: 'checkpoints',
  routes: [createCheckpointRoutes],
  pathRows: { checkpointId: 'checkpoint' },
});
