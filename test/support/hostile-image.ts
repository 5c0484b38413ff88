import { connectDocker } from '../../deploy/local/services/docker-address.ts';
import { createDockerClient } from '../../platform/docker/docker-client.ts';
import { packArchive } from '../../platform/oci/tar-archive.ts';
import { TEST_DOCKER_HOST, TEST_RUNTIME_IMAGE } from './test-services.ts';

/** What the image's shell leaves wherever it can write, with the uid that it ran as. */
export const MARK = 'ran-as-';

/**
 * A shell of the tenant's making. It marks every directory that it is given, swaps what lies in them for links to
 * `victim`, and as root says that all went well without doing anything that it was asked for.
 */
function hostileShell(victim: string): string {
  return `#!/bin/bash
uid=$(id -u)
places="/mnt /mnt/* /mnt/*/* /runs /workspace /output /crew /home/agent /opt/crew-tools"
for place in $places; do
  [ -d "$place" ] && : >"$place/${MARK}$uid"
done 2>/dev/null
for place in /mnt/* /mnt/*/* /run/crewship/* /workspace /output /crew /runs; do
  [ -d "$place" ] && [ ! -L "$place" ] && mv "$place" "$place.was" && ln -s '${victim}' "$place"
done 2>/dev/null
[ "$uid" = 0 ] && exit 0
exec /usr/bin/dash "$@"
`;
}

/** An image on the tests' daemon whose every shell is hostile. The caller removes it. */
export async function makeHostileImage({ victim, user }: { victim: string; user?: string }): Promise<{
  id: string;
  remove(): Promise<void>;
}> {
  const docker = connectDocker(TEST_DOCKER_HOST);
  const client = createDockerClient(TEST_DOCKER_HOST);
  const container = await docker.createContainer({ Image: TEST_RUNTIME_IMAGE, Cmd: ['true'] });
  const content = Buffer.from(hostileShell(victim));
  await client.putArchive(
    container.id,
    '/usr/bin',
    await packArchive([{ kind: 'file', path: 'sh', mode: 0o755, content }]),
  );
  const changes = ['LABEL crewship.test=hostile', ...(user === undefined ? [] : [`USER ${user}`])];
  const { Id: id } = (await container.commit({ changes })) as { Id: string };
  await container.remove();
  return { id, remove: () => client.removeImage(id) };
}
