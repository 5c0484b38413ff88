import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createEgressFilter, type EgressFilter, filterTable } from '../../activities/crews/containers/egress-filter.ts';
import { createHelperImage } from '../../activities/crews/containers/helper-image.ts';
import type { IpNetwork } from '../../domain/kernel/addresses/ip-address.ts';
import type { DockerClient } from '../../platform/docker/docker-client.ts';
import { TEST_FILTER_IMAGE, TEST_RUNTIME_IMAGE } from './test-services.ts';

/** The filters of a stack, as its host's worker has them. */
export function testEgressFilter(options: {
  readonly docker: DockerClient;
  readonly stackId: string;
  readonly allowed?: readonly IpNetwork[];
  readonly proxies?: readonly string[];
  readonly filterImage?: string;
}): EgressFilter {
  const { docker, stackId, allowed = [], proxies = [] } = options;
  return createEgressFilter({
    docker,
    stackId,
    filterImage: createHelperImage({ docker, reference: options.filterImage ?? TEST_FILTER_IMAGE }),
    helperImage: createHelperImage({ docker, reference: TEST_RUNTIME_IMAGE }),
    allowed,
    proxies,
  });
}

/** Removes what a stack of a test has left in this machine's kernel, if it has; as root, as the daemon's starter is. */
export async function dropFilterTable(stackId: string): Promise<void> {
  await promisify(execFile)('nft', ['delete', 'table', 'inet', filterTable(stackId)]).catch(() => {});
}
