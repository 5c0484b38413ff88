import type { DockerClient } from '../../platform/docker/docker-client.ts';

/** kill -9 of the sidecars of the crew whose container this is. */
export async function killSidecar(docker: DockerClient, containerId: string): Promise<void> {
  const script =
    'for p in /proc/[0-9]*; do [ $p = /proc/$$ ] && continue; ' +
    'case "$(tr "\\0" " " <$p/cmdline)" in *sidecar-*serve*) kill -9 "${p#/proc/}";; esac; done; true';
  const crew = await docker.inspectContainer(containerId);
  await docker.runExec(
    { containerId: `${crew?.name}-sidecar`, argv: ['/bin/sh', '-c', script], user: '1002:1002', workingDir: '/' },
    { timeoutMs: 10_000 },
  );
}
