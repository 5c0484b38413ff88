import { provisioningFeature } from '../../../api/crews/provisioning/provisioning-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const provisioningRows = definePathRows(provisioningFeature, {
  // Images are their hosts': nobody has this one.
  pathRows: { tag: () => `crewship-cache:${'0'.repeat(12)}` },
});
