import { hostsFeature } from '../../../api/crews/hosts/hosts-feature.ts';
import { definePathRows } from '../../support/path-rows.ts';

export const hostsRows = definePathRows(hostsFeature, {
  // Hosts are no workspace's.
  pathRows: { hostId: () => 'no-such-host' },
});
