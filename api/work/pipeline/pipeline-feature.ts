import { defineFeature } from '../../http/kernel/feature.ts';
import { createPipelinePolicyRoutes } from './pipeline-policy-routes.ts';

export const pipelineFeature = defineFeature({ name: 'pipeline', routes: [createPipelinePolicyRoutes] });
