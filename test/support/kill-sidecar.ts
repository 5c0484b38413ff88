import type { DockerClient } from '../../platform/docker/docker-client.ts';

/** kill -9 of everything else that runs as the sidecar's user in a crew container. */
export async function killSidecar(docker: DockerClient, containerId: string): Promise<void> {
  const script =
    'for p in /proc/[0-9]*; do [ "$p" != "/proc/$$" ] && [ "$(stat -c %u $p)" = 1002 ] && kill -9 "${p#/proc/}"; done; true';
  await docker.runExec(
    { containerId, argv: ['/bin/sh', '-c', script], user: '1002:1002', workingDir: '/' },
    { timeoutMs: 10_000 },
  );
}
