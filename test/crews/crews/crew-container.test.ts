import { chmod, stat } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  ensureCrewContainer,
  inspectCrewContainer,
  listCrewContainers,
  removeCrewContainer,
} from '../../../activities/crews/containers/crew-container.ts';
import { crewVolumeNames, LABEL } from '../../../activities/crews/containers/crew-container-options.ts';
import { crewPaths } from '../../../activities/crews/containers/crew-host-paths.ts';
import { purgeCrewData } from '../../../activities/crews/containers/prepare-crew-host.ts';
import { HELPER_LABEL } from '../../../activities/crews/containers/root-helper.ts';
import { isDockerError } from '../../../platform/docker/docker-error.ts';
import { createDockerFixture, startCrew } from '../../support/container-crew.ts';
import { perFile } from '../../support/world/per-file.ts';

const fixture = perFile(() => createDockerFixture());
const crew = perFile(() => startCrew(fixture));

async function inside(script: string, user?: '1001:1001' | '1002:1002'): Promise<string> {
  const { stdout, stderr } = await crew.sh(script, user);
  return (stdout + stderr).trim();
}

test('agents run as uid 1001 without capabilities and can gain no privilege', async () => {
  expect(await inside('id -u; id -g')).toBe('1001\n1001');
  const status = await inside('cat /proc/self/status');
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) expect(status).toMatch(new RegExp(`${set}:\\s0+\\n`));
  // What the supervisor turns into an agent with: SETGID and SETUID, which nothing gives an agent.
  expect(status).toMatch(/CapBnd:\s0+c0\n/);
  expect(status).toMatch(/NoNewPrivs:\s1\n/);
  expect(status).toMatch(/Seccomp:\s2\n/);
});

test('the root file system is read-only and the writable places are the agreed ones', async () => {
  const rootFiles = await inside('touch /x /etc/x /usr/x /opt/x');
  expect(rootFiles.match(/Read-only file system/g)?.length).toBe(4);
  expect(
    await inside(
      'for d in /workspace /output /crew /home/agent /opt/crew-tools /tmp /secrets /dev/shm; do touch $d/x && ' +
        'rm $d/x; done',
    ),
  ).toBe('');
  const refused = await inside(
    'touch /runs/x /records/x /inputs/x /opt/crewship/x /opt/crewship/runtime/x; : >/opt/crewship/bin/node',
  );
  expect(refused.match(/Read-only file system|Permission denied/g)?.length).toBe(6);
});

test('temporary file systems have their limits and run nothing', async () => {
  const mounts = await inside('cat /proc/mounts');
  const optionsOf = (target: string) =>
    mounts
      .split('\n')
      .find((line) => line.split(' ')[1] === target)
      ?.split(' ')[3];
  for (const target of ['/tmp', '/secrets']) {
    for (const option of ['noexec', 'nosuid', 'nodev']) expect(optionsOf(target)?.split(',')).toContain(option);
  }
  expect(optionsOf('/secrets')).toContain('size=16384k');
  expect(optionsOf('/secrets')).toContain('mode=700');
  // A quarter of 1,024 MB for both, 2 : 1, in whole pages.
  expect(await inside("df -B1 --output=size /dev/shm /tmp | tail -n 2 | tr -d ' '")).toBe('178958336\n89481216');
  expect(await inside('cp /bin/true /tmp/true && /tmp/true')).toContain('Permission denied');
});

test('limits of memory, processes, cpu and files are set, and processes per uid are not', async () => {
  const limits = await inside('cat /proc/self/limits');
  expect(limits).toMatch(/Max core file size\s+0\s+0/);
  expect(limits).toMatch(/Max file size\s+4294967296\s+4294967296/);
  expect(limits).toMatch(new RegExp(`Max open files\\s+\\d+\\s+${fixture.settings.nofileHardLimit}`));
  const cgroup = (v1: string, v2: string) => inside(`cat /sys/fs/cgroup/${v1} 2>/dev/null || cat /sys/fs/cgroup/${v2}`);
  expect(await cgroup('memory/memory.limit_in_bytes', 'memory.max')).toBe(String(1_024 * 1_048_576));
  expect(await cgroup('pids/pids.max', 'pids.max')).toBe('2048');
  expect(await cgroup('cpu/cpu.cfs_quota_us', 'cpu.max')).toMatch(/^100000/);
});

test('there is no network but loopback, and no Docker socket', async () => {
  expect(await inside("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")).toBe('lo');
  const dial = `require("net").connect(80, "1.1.1.1").on("error", (e) => console.log(e.code))`;
  expect(await inside(`/opt/crewship/bin/node -e '${dial}'`)).toBe('ENETUNREACH');
  expect(await inside('ls /var/run/docker.sock')).toContain('No such file');
});

test('the API socket is open to the sidecar and closed to agents', async () => {
  const socketPath = path.join(crewPaths(fixture.settings, crew.spec.crewId).sockets, 'api.sock');
  const server = net.createServer((socket) => socket.end('hello')).listen(socketPath);
  await new Promise((resolve) => server.once('listening', resolve));
  await chmod(socketPath, 0o660);
  // The directory's set-group-id bit gives the socket to the sidecar's group.
  expect((await stat(socketPath)).gid).toBe(1002);
  const dial =
    'require("net").connect("/run/crewship/api.sock").on("error", (e) => console.log(e.code)).pipe(process.stdout)';
  expect(await inside(`/opt/crewship/bin/node -e '${dial}'`, '1002:1002')).toBe('hello');
  expect(await inside(`/opt/crewship/bin/node -e '${dial}'`)).toBe('ENOENT');
  expect(await inside('ls /run/crewship')).toContain('No such file');
  expect(await inside('touch /run/crewship/x', '1002:1002')).toContain('Permission denied');
  await new Promise((resolve) => server.close(resolve));
});

test('creating twice, also at once, finds the first container', async () => {
  const again = await ensureCrewContainer(fixture.prepare, crew.spec);
  const { containerId, startedAt, imageId } = crew;
  expect(again).toEqual({ containerId, startedAt, imageId, created: false, drifted: false });
  const spec = fixture.newSpec();
  const both = await Promise.all([
    ensureCrewContainer(fixture.prepare, spec),
    ensureCrewContainer(fixture.prepare, spec),
  ]);
  expect(both[0].containerId).toBe(both[1].containerId);
  expect((await fixture.docker.listContainers({ [LABEL.crew]: spec.crewId })).length).toBe(1);
  // A stopped one is started again.
  await fixture.docker.stopContainer(both[0].containerId, 0);
  const restarted = await ensureCrewContainer(fixture.prepare, spec);
  expect(restarted).toMatchObject({ containerId: both[0].containerId, created: true });
  expect(restarted.startedAt).not.toBe(both[0].startedAt);
  await removeCrewContainer(fixture.docker, { ...spec, upToGeneration: 1 });
});

test('a newer generation replaces an older one, which can not come back; volumes stay until the purge', async () => {
  const spec = fixture.newSpec();
  const first = await startCrew(fixture, spec);
  await first.sh('echo kept >/home/agent/note');
  const second = await startCrew(fixture, { ...spec, generation: 2 });
  expect(await inspectCrewContainer(fixture.docker, first.containerId)).toBeUndefined();
  expect((await second.sh('cat /home/agent/note')).stdout).toBe('kept\n');
  await expect(ensureCrewContainer(fixture.prepare, spec)).rejects.toSatisfy((e) =>
    isDockerError(e, 'stale_generation'),
  );
  const listed = (await listCrewContainers(fixture.docker, fixture.stackId)).filter((c) => c.crewId === spec.crewId);
  expect(listed).toEqual([
    {
      containerId: second.containerId,
      crewId: spec.crewId,
      workspaceId: spec.workspaceId,
      generation: 2,
      status: 'running',
    },
  ]);

  const crewRef = { stackId: spec.stackId, crewId: spec.crewId };
  expect(await removeCrewContainer(fixture.docker, { ...crewRef, upToGeneration: 1 })).toEqual({ removed: 0 });
  expect(await removeCrewContainer(fixture.docker, { ...crewRef, upToGeneration: 2 })).toEqual({ removed: 1 });
  expect(await removeCrewContainer(fixture.docker, { ...crewRef, upToGeneration: 2 })).toEqual({ removed: 0 });
  await purgeCrewData(fixture.prepare, crewRef);
  await purgeCrewData(fixture.prepare, crewRef);
  expect(await fixture.docker.listVolumes({ [LABEL.crew]: spec.crewId })).toEqual([]);
  await expect(stat(crewPaths(fixture.settings, spec.crewId).root)).rejects.toMatchObject({ code: 'ENOENT' });
}, 20_000);

test('a helper that a worker left when it died does not keep the crew from being purged', async () => {
  const spec = fixture.newSpec();
  const crewRef = { stackId: spec.stackId, crewId: spec.crewId };
  await startCrew(fixture, spec);
  await removeCrewContainer(fixture.docker, { ...crewRef, upToGeneration: 1 });
  const labels = { [HELPER_LABEL]: spec.stackId, [LABEL.crew]: spec.crewId };
  const { home } = crewVolumeNames(spec.stackId, spec.crewId);
  await fixture.docker.createContainer({
    Image: spec.image,
    Cmd: ['true'],
    Labels: labels,
    HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'volume', Source: home, Target: '/mnt/home' }] },
  });
  await purgeCrewData(fixture.prepare, crewRef);
  expect(await fixture.docker.listVolumes({ [LABEL.crew]: spec.crewId })).toEqual([]);
  expect(await fixture.docker.listContainers(labels)).toEqual([]);
});

test('another spec is noticed: the container is kept when asked for, else replaced', async () => {
  const spec = fixture.newSpec();
  const first = await startCrew(fixture, spec);
  const bigger = { ...spec, memoryMb: 2_048 };
  const kept = await ensureCrewContainer(fixture.prepare, bigger, { onDrift: 'keep' });
  expect(kept).toMatchObject({ containerId: first.containerId, created: false, drifted: true });
  const replaced = await ensureCrewContainer(fixture.prepare, bigger);
  expect(replaced).toMatchObject({ created: true, drifted: false });
  expect(replaced.containerId).not.toBe(first.containerId);
  await removeCrewContainer(fixture.docker, { ...spec, upToGeneration: 1 });
});

test('an image that is not there, and an id that is none, are named', async () => {
  const missing = fixture.newSpec({ image: 'crewship/none:none' });
  await expect(ensureCrewContainer(fixture.prepare, missing)).rejects.toSatisfy((e) =>
    isDockerError(e, 'image_missing'),
  );
  expect(await fixture.docker.inspectImage('crewship/none:none')).toBeUndefined();
  await expect(ensureCrewContainer(fixture.prepare, fixture.newSpec({ crewId: '../x' }))).rejects.toThrow(TypeError);
});
