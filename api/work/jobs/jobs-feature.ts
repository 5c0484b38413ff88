import { jobEvents } from '../../../domain/work/jobs/job-events.ts';
import { defineFeature } from '../../http/kernel/feature.ts';
import { createJobRoutes } from './job-routes.ts';

export const jobsFeature = defineFeature({
  name: 'jobs',
  routes: [createJobRoutes],
  events: jobEvents,
  pathRows: { jobId: 'job' },
});
