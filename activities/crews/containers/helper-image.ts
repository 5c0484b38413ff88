import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { DockerError } from '../../../platform/docker/docker-error.ts';
import { parseOciReference, pullReference, type RegistryMirrors } from '../../../platform/oci/oci-reference.ts';
import { LABEL } from './crew-container-options.ts';

const PULL_TIMEOUT_MS = 120_000;

/** The operator's image that helpers and sidecars' containers are made of, whatever crews' own images are. */
export interface HelperImage {
  /**
   * Its id: found by its reference the first time, and from then on the one that was found, whatever the reference
   * comes to name. Rejects with DockerError, `image_missing` when it can't be had.
   */
  id(): Promise<string>;
}

export function createHelperImage(deps: {
  readonly docker: Pick<DockerClient, 'inspectImage' | 'pullImage' | 'version'>;
  readonly reference: string;
  readonly mirrors?: RegistryMirrors;
}): HelperImage {
  const { docker, reference } = deps;
  let pinned: string | undefined;

  async function find(): Promise<string> {
    const here = await docker.inspectImage(reference);
    if (here !== undefined) {
      // What was built for crews is a tenant's, whoever gave it the name.
      if (here.labels[LABEL.build] !== undefined) throw new DockerError('image_missing', 'find the helpers’ image');
      return here.id;
    }
    const parsed = parseOciReference(reference);
    if (parsed === null) throw new DockerError('image_missing', 'find the helpers’ image');
    const name = pullReference(parsed, deps.mirrors ?? {});
    const { architecture } = await docker.version();
    await docker.pullImage(name, { architecture, onLine: () => {}, signal: AbortSignal.timeout(PULL_TIMEOUT_MS) });
    const pulled = await docker.inspectImage(name);
    if (pulled === undefined) throw new DockerError('image_missing', 'find the helpers’ image');
    return pulled.id;
  }

  return {
    async id() {
      // Pruned since: the reference is the operator's to fill again.
      if (pinned !== undefined && (await docker.inspectImage(pinned)) === undefined) pinned = undefined;
      pinned ??= await find();
      return pinned;
    },
  };
}
