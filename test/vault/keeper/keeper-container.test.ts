import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { expect } from 'vitest';
import {
  type KeeperCommand,
  removeLeftCommands,
  runKeeperCommand,
} from '../../../activities/vault/keeper/keeper-container.ts';
import { crewPaths } from '../../../activities/crews/containers/crew-host-paths.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { type ContainerCrew, createDockerFixture, DOCKER_HOST, startCrew } from '../../support/container-crew.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { soon } from '../../support/soon.ts';
import { DOCKER_MISSING } from '../../support/test-services.ts';
import { perFile } from '../../support/world/per-file.ts';

const SECRET = 'line one of it\nline two, with "quotes" and $signs';

const docker = perFile(() => createDockerFixture(), { unless: DOCKER_MISSING });
const crew: ContainerCrew = perFile(() => startCrew(docker), { unless: DOCKER_MISSING });

const run = (argv: readonly string[], rest: Partial<KeeperCommand> = {}) =>
  runKeeperCommand(docker.prepare, {
    stackId: docker.stackId,
    crewId: crew.spec.crewId,
    id: newId(),
    crewContainerId: crew.containerId,
    argv,
    envVar: 'TOKEN',
    secret: SECRET,
    limitMs: 20_000,
    outputLimitBytes: 10_000,
    ...rest,
  });
const place = (name: string, content: string) =>
  writeFile(path.join(crewPaths(docker.settings, crew.spec.crewId).workspace, name), content);
const left = () => docker.docker.listContainers({ 'crewship.keeper': docker.stackId });

/** All that the daemon tells of a container. */
function inspect(id: string): Promise<string> {
  return new Promise((resolve, reject) => {
    http
      .get({ socketPath: DOCKER_HOST.replace('unix://', ''), path: `/containers/${id}/json` }, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.once('end', () => resolve(Buffer.concat(pieces).toString()));
      })
      .once('error', reject);
  });
}

dockerTest('a command has the secret byte for byte, the crew’s files and nothing on its input', async () => {
  await place('show.sh', 'printf "%s" "$TOKEN"; cat; echo err >&2; pwd >&2; id -u >&2; exit 3');
  const { stdout, stderr, exitCode } = await run(['sh', 'show.sh']);
  expect([stdout.toString(), stderr.toString(), exitCode]).toEqual([SECRET, 'err\n/workspace\n1001\n', 3]);
  expect(await left()).toEqual([]);
});

dockerTest('it shares the crew’s network and none of its processes; nobody but it is given the secret', async () => {
  await place(
    'wait.sh',
    'readlink /proc/self/ns/net; echo begun > /workspace/begun; while [ ! -e /workspace/go ]; do sleep 0.1; done',
  );
  const ended = run(['sh', 'wait.sh']);
  await soon(async () => expect((await crew.sh('cat /workspace/begun')).stdout).toBe('begun\n'));
  const [container] = await left();
  const told = await inspect(container!.id);
  expect(told).toContain('wait.sh');
  for (const part of ['line one', 'line two', '$signs']) expect(told).not.toContain(part);
  // An agent of the crew sees its own processes only.
  const seen = await crew.sh('cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"');
  expect(seen.stdout).not.toContain('wait.sh');
  expect(seen.stdout).not.toContain('line one');
  await crew.sh('touch /workspace/go');
  const { stdout } = await ended;
  expect(stdout.toString()).toBe((await crew.sh('readlink /proc/self/ns/net')).stdout);
});

dockerTest('one that takes too long is ended, and what it put out until then is there', async () => {
  await place('long.sh', 'echo begun; exec sleep 300');
  const { stdout, exitCode } = await run(['sh', 'long.sh'], { limitMs: 2_000 });
  expect([stdout.toString(), exitCode]).toEqual(['begun\n', 124]);
  expect(await left()).toEqual([]);
});

dockerTest('output beyond the limit is read and dropped; a program that is not there says so', async () => {
  const { stdout, exitCode } = await run(['head', '-c', '5000000', '/dev/zero'], { outputLimitBytes: 1_000 });
  expect([stdout.length, exitCode]).toEqual([1_000 + 65_536, 0]);
  expect((await run(['no-such-program'])).exitCode).toBe(127);
});

dockerTest('what a worker left when it died is removed once nobody waits for it', async () => {
  const id = await docker.docker.createContainer({
    Image: (await docker.docker.inspectContainer(crew.containerId))!.imageId,
    Entrypoint: ['sleep', '1000'],
    Labels: { 'crewship.keeper': docker.stackId },
  });
  await docker.docker.startContainer(id);
  expect(await removeLeftCommands(docker.docker, { stackId: docker.stackId, all: false })).toBe(0);
  expect(await removeLeftCommands(docker.docker, { stackId: docker.stackId, all: true })).toBe(1);
  expect(await left()).toEqual([]);
});

dockerTest('beside a crew that does not run nothing is run', async () => {
  await expect(run(['true'], { crewContainerId: 'gone' })).rejects.toMatchObject({ code: 'not_running' });
  expect(await left()).toEqual([]);
});
