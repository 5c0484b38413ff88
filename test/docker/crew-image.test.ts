import { expect } from 'vitest';
import { requireCrewImage } from '../../activities/crews/container/crew-image.ts';
import { createDockerClient } from '../../platform/docker/docker-client.ts';
import { newId } from '../../platform/ids/ids.ts';
import type { RegistryMirrors } from '../../platform/oci/oci-reference.ts';
import { dockerTest } from '../support/docker-test.ts';
import { REGISTRY_MISSING, TEST_REGISTRY } from '../support/feature-registry.ts';
import { TEST_DOCKER_HOST, TEST_RUNTIME_IMAGE } from '../support/test-services.ts';

dockerTest(
  'an image that is not on the host is pulled, from the mirror of its registry, and one that nobody has is named missing',
  async () => {
    const docker = createDockerClient(TEST_DOCKER_HOST);
    const mirrors = { 'ghcr.io': TEST_REGISTRY };
    const depsOf = (asked: RegistryMirrors, pullPolicy: 'always' | 'missing' = 'always') => ({
      docker,
      settings: { mirrors: asked, pullPolicy },
      credentialsFor: async () => new Map(),
    });
    const repository = `crews/${newId()}`;
    const name = { repository: `${TEST_REGISTRY}/${repository}`, tag: '1' };
    const pushed = `${name.repository}:${name.tag}`;
    await docker.tagImage(TEST_RUNTIME_IMAGE, name.repository, name.tag);
    await docker.pushImage(name, { signal: AbortSignal.timeout(30_000) });
    await docker.removeImage(pushed);
    try {
      const found = await requireCrewImage(depsOf(mirrors), `ghcr.io/${repository}:1`);
      expect(found.reference).toBe(pushed);
      expect(found.image.tags).toContain(pushed);
      // It is there now: where the operator says so, nothing is asked of a registry any more.
      const offline = { 'ghcr.io': 'localhost:1' };
      expect((await requireCrewImage(depsOf(offline, 'missing'), pushed)).image.id).toBe(found.image.id);
      await expect(requireCrewImage(depsOf(mirrors), `ghcr.io/${repository}:2`)).rejects.toMatchObject({
        code: 'image_missing',
      });
      await expect(requireCrewImage(depsOf(mirrors), 'not an image')).rejects.toMatchObject({
        code: 'image_missing',
      });
    } finally {
      await docker.removeImage(pushed);
    }
  },
  60_000,
  REGISTRY_MISSING,
);
