import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DOCKER_HOST, type DockerFixture } from './container-crew.ts';

const USER = 4_242;

/** From here on this process is what a user of the docker group is: another uid, and the socket's group. */
async function becomeDockerUser(): Promise<() => void> {
  if (process.getuid?.() !== 0) return () => {};
  const socket = new URL(DOCKER_HOST);
  const group = socket.protocol === 'unix:' ? (await stat(socket.pathname)).gid : USER;
  process.setegid?.(group);
  process.seteuid?.(USER);
  return () => {
    process.seteuid?.(0);
    process.setegid?.(0);
  };
}

/** Runs `work` as a user of the docker group, with directories of that user's on the fixture's daemon. */
export async function asDockerUser(
  fixture: DockerFixture,
  work: (own: DockerFixture, uid: number) => Promise<void>,
): Promise<void> {
  const becomeSelf = await becomeDockerUser();
  let root: string | undefined;
  try {
    const uid = process.geteuid?.() ?? USER;
    root = await mkdtemp(path.join(os.tmpdir(), 'crewship-user-'));
    const settings = {
      ...fixture.settings,
      crewsDir: path.join(root, 'crews'),
      socketsDir: path.join(root, 'sockets'),
    };
    const identity = { uid, gid: process.getegid?.() ?? USER };
    const own: DockerFixture = {
      ...fixture,
      settings,
      prepare: { ...fixture.prepare, settings, identity },
      attempts: { ...fixture.attempts, dirs: settings, identity },
    };
    await work(own, uid);
  } finally {
    becomeSelf();
    if (root !== undefined) await rm(root, { recursive: true, force: true });
  }
}
