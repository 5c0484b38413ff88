import { pauseEvents } from '../../../domain/work/pause/pause-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createPauseRoutes } from './pause-routes.ts';

export const pauseFeature = defineFeature({ name: 'pause', routes: [createPauseRoutes], events: pauseEvents });
