import { beforeAll, expect } from 'vitest';
import { requireCrewImage } from '../../../activities/crews/crews/crew-image.ts';
import { createDockerClient } from '../../../platform/docker/docker-client.ts';
import { createRegistryPlaces } from '../../../platform/oci/registry-places.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { REGISTRY_MISSING, TEST_REGISTRY } from '../../support/feature-registry.ts';
import { shareRuntimeLayers } from '../../support/shared-layers.ts';
import { DOCKER_MISSING, TEST_DOCKER_HOST, TEST_RUNTIME_IMAGE } from '../../support/test-services.ts';

const docker = createDockerClient(TEST_DOCKER_HOST);

beforeAll(async () => {
  if ((DOCKER_MISSING ?? REGISTRY_MISSING) === undefined) await shareRuntimeLayers();
}, 120_000);

dockerTest(
  'an image that is not on the host is pulled, from the mirror of its registry, and one that nobody has is named missing',
  async () => {
    const from = (registry: string, pullPolicy: 'always' | 'missing' = 'always') => ({
      docker,
      registryPlaces: createRegistryPlaces({ mirrors: { 'ghcr.io': registry }, listed: [] }),
      settings: { mirrors: { 'ghcr.io': registry }, pullPolicy },
      credentialsFor: async () => new Map(),
    });
    const here = from(TEST_REGISTRY);
    const repository = `crews/${newId()}`;
    const name = { repository: `${TEST_REGISTRY}/${repository}`, tag: '1' };
    const pushed = `${name.repository}:${name.tag}`;
    await docker.tagImage(TEST_RUNTIME_IMAGE, name.repository, name.tag);
    await docker.pushImage(name, { signal: AbortSignal.timeout(30_000) });
    await docker.removeImage(pushed);
    try {
      const found = await requireCrewImage(here, `ghcr.io/${repository}:1`);
      expect(found.reference).toBe(pushed);
      expect(found.image.tags).toContain(pushed);
      // It is there now: a host of one workspace asks nobody any more.
      const offline = from('localhost:1', 'missing');
      expect((await requireCrewImage(offline, pushed)).image.id).toBe(found.image.id);
      await expect(requireCrewImage(here, `ghcr.io/${repository}:2`)).rejects.toMatchObject({
        code: 'registry_denied',
      });
      await expect(requireCrewImage(here, 'not an image')).rejects.toMatchObject({
        code: 'image_missing',
      });
    } finally {
      await docker.removeImage(pushed);
    }
  },
  60_000,
  REGISTRY_MISSING,
);
