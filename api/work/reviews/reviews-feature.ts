import { defineFeature } from '../../http/kernel/feature.ts';
import { createReviewDecisionRoutes } from './review-decision-routes.ts';
import { createReviewRecordRoutes } from './review-record-routes.ts';
import { createReviewRoutes } from './review-routes.ts';

export const reviewsFeature = defineFeature({
  name: 'reviews',
  routes: [createReviewRoutes, createReviewDecisionRoutes, createReviewRecordRoutes],
  pathRows: { reviewItemId: 'review item', attachmentIndex: 'attachment' },
});
