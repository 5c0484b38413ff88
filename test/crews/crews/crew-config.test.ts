import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ensureCrewContainer, removeCrewContainer } from '../../../activities/crews/containers/crew-container.ts';
import {
  configuredVolumeName,
  configuredVolumes,
  crewContainerOptions,
  crewNetworkName,
  LABEL,
} from '../../../activities/crews/containers/crew-container-options.ts';
import { purgeCrewData } from '../../../activities/crews/containers/prepare-crew-host.ts';
import { isDockerError } from '../../../platform/docker/docker-error.ts';
import { createDockerFixture, startCrew } from '../../support/container-crew.ts';
import { whyNotPrivileged } from '../../support/privileged.ts';
import { perFile } from '../../support/world/per-file.ts';

const fixture = perFile(() => createDockerFixture());

const volume = (source: string, target: string, readOnly = false) => ({
  kind: 'volume' as const,
  source,
  target,
  readOnly,
});

test('named volumes are the crew’s own, agents write to them, and they last as long as the crew', async () => {
  const mounts = [volume('cache', '/var/cache/build'), volume('cache', '/home/agent/again', true)];
  const spec = fixture.newSpec({ mounts });
  const first = await startCrew(fixture, spec);
  expect((await first.sh('echo kept >/var/cache/build/note && cat /home/agent/again/note')).stdout).toBe('kept\n');
  expect((await first.sh('echo no >/home/agent/again/note')).stderr).toContain('Read-only file system');
  // Another crew that names the same volume has another one.
  const other = await startCrew(fixture, fixture.newSpec({ mounts }));
  expect((await other.sh('ls /var/cache/build')).stdout).toBe('');
  const second = await startCrew(fixture, { ...spec, generation: 2 });
  expect((await second.sh('cat /var/cache/build/note')).stdout).toBe('kept\n');
  const crew = { stackId: spec.stackId, crewId: spec.crewId };
  await removeCrewContainer(fixture.docker, { ...crew, upToGeneration: 2 });
  await purgeCrewData(fixture.prepare, crew);
  expect(await fixture.docker.listVolumes({ [LABEL.crew]: spec.crewId })).toEqual([]);
}, 60_000);

test('no name of a volume reaches another crew’s, its home or its tools', () => {
  const name = (crewId: string, source: string) => configuredVolumeName('stack', crewId, source);
  const names = ['home', 'tools', 'a', 'a'.repeat(200), `${'a'.repeat(199)}b`, 'x-a'].flatMap((source) => [
    name('crew1', source),
    name('crew2', source),
  ]);
  expect(new Set(names).size).toBe(names.length);
  expect(names.every((each) => /^crewship-stack-crew[12]-vx?-/.test(each) && each.length < 200)).toBe(true);
  const spec = fixture.newSpec({ mounts: [volume('a', '/a'), volume('a', '/b')] });
  expect(configuredVolumes(spec)).toHaveLength(1);
});

test('a capability and a device are added, and nothing else with them', async () => {
  const fuse = { kind: 'device' as const, source: '/dev/fuse', target: '/dev/fuse', readOnly: false };
  const spec = fixture.newSpec({
    capAdd: ['NET_BIND_SERVICE'],
    mounts: existsSync('/dev/fuse') ? [fuse] : [],
  });
  const crew = await startCrew(fixture, spec);
  // What the supervisor turns into an agent with stays in the bounding set, of which an agent gets nothing.
  expect((await crew.sh('grep CapEff /proc/self/status')).stdout).toMatch(/0000000000000000/);
  expect((await crew.sh('grep CapBnd /proc/self/status')).stdout).toMatch(/00000000000004c0/);
  const listen = 'require("net").createServer().listen(80, () => { console.log("bound"); process.exit() })';
  expect((await crew.sh(`/opt/crewship/bin/node -e '${listen}'`)).stdout).toBe('bound\n');
  if (existsSync('/dev/fuse')) expect((await crew.sh('test -c /dev/fuse && echo there')).stdout).toBe('there\n');
  const { HostConfig } = crewContainerOptions(fixture.settings, { ...spec, mounts: [fuse] });
  expect(HostConfig).toMatchObject({
    Privileged: false,
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    Devices: [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' }],
  });
}, 30_000);

test('only a privileged crew has a root file system that can be written, and its agents stay who they are', async ({
  skip,
}) => {
  const spec = fixture.newSpec({ privileged: true });
  const { HostConfig } = crewContainerOptions(fixture.settings, spec);
  expect(HostConfig).toMatchObject({ Privileged: true, ReadonlyRootfs: false, SecurityOpt: ['no-new-privileges'] });
  const missing = await whyNotPrivileged();
  if (missing !== undefined) skip(missing);
  const crew = await startCrew(fixture, spec);
  expect((await crew.sh('id -u; grep -c " / .* rw," /proc/mounts; grep NoNewPrivs /proc/self/status')).stdout).toBe(
    '1001\n1\nNoNewPrivs:\t1\n',
  );
}, 30_000);

test('a crew that is free has a bridge of its own, which goes with its container', async () => {
  const crews = await Promise.all(
    Array.from({ length: 3 }, () => startCrew(fixture, fixture.newSpec({ network: 'own' }))),
  );
  const networks = await fixture.docker.listNetworks({ [LABEL.stack]: fixture.stackId });
  expect(networks.map(({ name }) => name).sort()).toEqual(crews.map(({ spec }) => crewNetworkName(spec)).sort());
  const subnets = networks.flatMap((network) => network.subnets);
  expect(new Set(subnets).size).toBe(3);
  expect(subnets.every((subnet) => /^10\.213\.\d+\.\d+\/28$/.test(subnet))).toBe(true);
  const [first, second] = crews;
  const address = async (crew: typeof first) =>
    (
      await crew!.sh("tail -n +2 /proc/net/fib_trie | grep -B1 'host LOCAL' | grep -o '10[.]213[.][0-9.]*' | head -n 1")
    ).stdout.trim();
  expect(await address(first)).toMatch(/^10\.213\./);
  // Two crews don't see each other.
  const dial = `require("net").connect({ host: "${await address(second)}", port: 9, timeout: 1000 })
    .on("timeout", () => { console.log("silent"); process.exit() }).on("error", (e) => console.log(e.code))`;
  expect((await first!.sh(`/opt/crewship/bin/node -e '${dial}'`)).stdout).toMatch(/silent|UNREACH/);
  expect((await first!.sh('echo ${HTTP_PROXY-none}')).stdout).toBe('none\n');
  for (const { spec } of crews) await removeCrewContainer(fixture.docker, { ...spec, upToGeneration: 1 });
  expect(await fixture.docker.listNetworks({ [LABEL.stack]: fixture.stackId })).toEqual([]);
}, 60_000);

test('a network that vanished is made again, and one that is not wanted any more goes', async () => {
  const spec = fixture.newSpec({ network: 'own' });
  const crew = await startCrew(fixture, spec);
  await fixture.docker.stopContainer(crew.containerId, 0);
  await fixture.docker.removeNetwork(crewNetworkName(spec));
  expect(await ensureCrewContainer(fixture.prepare, spec)).toMatchObject({ created: true });
  expect(await fixture.docker.listNetworks({ [LABEL.crew]: spec.crewId })).toHaveLength(1);
  await startCrew(fixture, { ...spec, generation: 2, network: 'none' });
  expect(await fixture.docker.listNetworks({ [LABEL.crew]: spec.crewId })).toEqual([]);
}, 60_000);

test('a pool that is used up is said to be', async () => {
  const settings = { ...fixture.settings, networkPool: '10.214.0.0/28' };
  const prepare = { ...fixture.prepare, settings };
  await ensureCrewContainer(prepare, fixture.newSpec({ network: 'own' }));
  await expect(ensureCrewContainer(prepare, fixture.newSpec({ network: 'own' }))).rejects.toSatisfy((error) =>
    isDockerError(error, 'rejected'),
  );
}, 60_000);
