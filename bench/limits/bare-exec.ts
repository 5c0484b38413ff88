import { once } from 'node:events';
import type { ExecWatch } from '../exec-watch.ts';

const AGENT_USER = '1001:1001';

/** Milliseconds from asking the daemon for an exec to its `exec_start` event, which precedes the process. */
export async function bareExecStartMs(watch: ExecWatch, containerId: string): Promise<number> {
  const askedAtMs = performance.timeOrigin + performance.now();
  const exec = await watch.docker.getContainer(containerId).exec({ Cmd: ['/bin/true'], User: AGENT_USER });
  await exec.start({ Detach: true });
  return (await watch.startedAtMs(exec.id)) - askedAtMs;
}

/** Milliseconds from asking the daemon for an exec to the first byte that its process writes. */
export async function bareExecOutputMs(watch: ExecWatch, containerId: string): Promise<number> {
  const askedAt = performance.now();
  const exec = await watch.docker.getContainer(containerId).exec({
    Cmd: ['/bin/sh', '-c', 'echo started'],
    User: AGENT_USER,
    AttachStdout: true,
  });
  const stream = await exec.start({});
  await once(stream, 'data');
  const tookMs = performance.now() - askedAt;
  stream.resume();
  await once(stream, 'end');
  return tookMs;
}
