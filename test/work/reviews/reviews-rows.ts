import { reviewsFeature } from '../../../api/work/reviews/reviews-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const reviewsRows = definePathRows(reviewsFeature, {
  pathRows: { reviewItemId: ({ post }) => post('/api/v1/review/queue', { kind: 'answer', title: 'Right?' }) },
});
