import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect } from 'vitest';
import { createBridgeTrafficWatch } from '../../../activities/crews/containers/bridge-traffic.ts';
import { ensureCrewContainer } from '../../../activities/crews/containers/crew-container.ts';
import { crewNetworkName, LABEL } from '../../../activities/crews/containers/crew-container-options.ts';
import { bridgeName, type EgressFilter } from '../../../activities/crews/containers/egress-filter.ts';
import { ensureBuildContainer } from '../../../activities/crews/provisioning/steps/build-container.ts';
import { BUILD_LABEL, type BuildDeps } from '../../../activities/crews/provisioning/steps/build-types.ts';
import { removeBuildContainers } from '../../../activities/crews/provisioning/steps/remove-build-leftovers.ts';
import { openDatabase, type Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { parseNetwork } from '../../../domain/kernel/addresses/ip-address.ts';
import { createDockerFixture, type DockerFixture } from '../../support/container-crew.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { createOwnDockerd, type OwnDockerd, whyNoOwnDockerd } from '../../support/own-dockerd.ts';
import { createTestCrew, type TestCrew } from '../../support/test-crew.ts';
import { testBuildDeps, testTarget } from '../../support/test-builds.ts';
import { createTestDatabase, type TestDatabase, testPools } from '../../support/test-database.ts';
import { testEgressFilter } from '../../support/test-egress-filter.ts';
import { DOCKER_MISSING, TEST_RUNTIME_IMAGE } from '../../support/test-services.ts';
import { createTestWorld, LINK, type TestWorld } from '../../support/test-world.ts';

const MISSING = whyNoOwnDockerd();
const PORT = 8_077;
/** In the world of the test, which no packet leaves. */
const PUBLIC = '93.184.215.14';
const PUBLIC_6 = '2606:2800:21f::7';
const ALLOWED_PRIVATE = '10.88.1.4';
const HOST_PUBLIC = '93.184.215.99';
const HOST_PUBLIC_6 = '2606:2800:21f::99';
const REFUSED = [
  ...['169.254.169.254', '169.254.170.2', '168.63.129.16', '100.100.100.200'],
  ...['10.99.0.5', '172.31.0.5', '192.168.77.5', '100.64.3.3', '169.254.9.9', '198.18.4.4', '192.88.99.9'],
];
const REFUSED_6 = [
  ...['fd00:ec2::254', 'fd20:ce::254', 'fd77::5', 'fec0::5', '2001:db8:9::5', '3fff::5', '100::5'],
  // The metadata's address and a private one, as IPv6 carries them.
  ...['64:ff9b::a9fe:a9fe', '64:ff9b::a63:5', '2002:a9fe:a9fe::1', '2002:a63:5::1'],
];
const REACHED_6 = [PUBLIC_6, '64:ff9b::5db8:d70e'];

let dockerd: OwnDockerd;
let world: TestWorld;
let fixture: DockerFixture;
let filter: EgressFilter;
let build: BuildDeps;
let database: TestDatabase;
let db: Database;
let crew: TestCrew;

beforeAll(async () => {
  if (DOCKER_MISSING !== undefined || MISSING !== undefined) return;
  dockerd = await createOwnDockerd();
  world = await createTestWorld({
    namespaceFile: dockerd.namespaceFile,
    addresses: [PUBLIC, PUBLIC_6, ALLOWED_PRIVATE, ...REFUSED, ...REFUSED_6, ...REACHED_6.slice(1)],
    hostAddresses: [HOST_PUBLIC, HOST_PUBLIC_6],
    port: PORT,
  });
  fixture = await createDockerFixture({}, dockerd.dockerHost);
  const { docker, stackId } = fixture;
  filter = testEgressFilter({ docker, stackId, allowed: [parseNetwork('10.88.0.0/16')!] });
  fixture.prepare.egressFilter = filter;
  build = { ...(await testBuildDeps({ stackId })), docker, egressFilter: filter };
  database = await createTestDatabase();
  db = await openDatabase(testPools(database));
  crew = await createTestCrew(db, { agents: { lead: ['worker.mjs'] } });
}, 120_000);
afterAll(async () => {
  await fixture?.close();
  await world?.close();
  await dockerd?.close();
  await db?.end();
  await database?.drop();
}, 60_000);

interface Prober {
  readonly address: string;
  /** Which of the addresses something answers at. */
  reached(addresses: readonly string[]): Promise<readonly string[]>;
}

/** All at once, as those that are refused are silent. */
const PROBE = `
  for address in "$@"; do
    (timeout 5 bash -c 'read -r -n 4 word <"$0" && [ "$word" = here ]' "/dev/tcp/$address/${PORT}" 2>/dev/null &&
      echo "$address") &
  done
  wait`;

async function prober(containerId: string, user: '0:0' | '1001:1001'): Promise<Prober> {
  const { docker } = fixture;
  const run = (...argv: string[]) => docker.runExec({ containerId, argv, user }, { timeoutMs: 20_000 });
  const [own] = (await run('hostname', '-I')).stdout.trim().split(' ');
  const listen = `$s = IO::Socket::INET->new(LocalPort => ${PORT}, Listen => 9, ReuseAddr => 1) or die;
    while ($c = $s->accept) { print $c "here"; close $c }`;
  await docker.startExecDetached(
    await docker.createExec({ containerId, argv: ['perl', '-MIO::Socket::INET', '-e', listen], user }),
  );
  return {
    address: own!,
    async reached(addresses) {
      const { stdout } = await run('bash', '-c', PROBE, 'probe', ...addresses);
      return stdout.trim().split('\n').sort();
    },
  };
}

async function startFreeCrew(spec = fixture.newSpec({ network: 'own' })) {
  return ensureCrewContainer(fixture.prepare, spec);
}

async function startBuild(deps = build) {
  const target = await testTarget(deps, {});
  const base = (await deps.docker.inspectImage(TEST_RUNTIME_IMAGE))!;
  return { target, ...(await ensureBuildContainer(deps, target, base.id, async () => [])) };
}

const needs = (name: string, body: () => Promise<void>, ms: number) => dockerTest(name, body, ms, MISSING);

needs(
  'a build and a crew with an open network reach what is public, and nothing else of either family',
  async () => {
    const spec = fixture.newSpec({ network: 'own', workspaceId: crew.workspaceId, crewId: crew.crewId });
    const started = await Promise.all([startFreeCrew(spec), startFreeCrew()]);
    const builds = await Promise.all([startBuild(), startBuild()]);
    const crews = await Promise.all(started.map(({ containerId }) => prober(containerId, '1001:1001')));
    const builders = await Promise.all(builds.map(({ id }) => prober(id, '0:0')));
    const networks = await fixture.docker.listNetworks({ [LABEL.stack]: fixture.stackId });
    expect(networks).toHaveLength(4);
    const gateways = networks.flatMap(({ subnets }) => subnets.map((subnet) => subnet.replace(/\d+\/28$/, '')));
    const { stdout: local } = await promisify(execFile)('nsenter', [
      `--net=${dockerd.namespaceFile}`,
      ...['ip', '-4', '-o', 'addr', 'show'],
    ]);
    const hosts = [...local.matchAll(/inet ([0-9.]+)\//g)]
      .map(([, address]) => address!)
      .filter((address) => address !== '127.0.0.1');
    expect(hosts).toEqual(expect.arrayContaining([HOST_PUBLIC, LINK.host[0]]));
    expect(gateways.every((start) => hosts.some((address) => address.startsWith(start)))).toBe(true);

    const all = [...crews, ...builders];
    const reached = await Promise.all(
      all.map((one) => {
        const others = all.filter((other) => other !== one).map(({ address }) => address);
        return one.reached([PUBLIC, ALLOWED_PRIVATE, LINK.world[0], ...REFUSED, ...hosts, ...others]);
      }),
    );
    expect(reached).toEqual(all.map(() => [ALLOWED_PRIVATE, PUBLIC].sort()));

    // What refuses them is the filters: without these all is reached but what the daemon itself keeps apart.
    await filter.remove();
    const unfiltered = await crews[0]!.reached([PUBLIC, ...REFUSED, ...hosts]);
    expect(unfiltered).toEqual([PUBLIC, ...REFUSED, ...hosts].sort());
    // And the next start of anything has them in place again, for what runs already, too.
    await startFreeCrew();
    const again = await Promise.all(
      [crews[0]!, builders[0]!].map((one) => one.reached([PUBLIC, ...REFUSED, ...hosts])),
    );
    expect(again).toEqual([[PUBLIC], [PUBLIC]]);

    // What was carried and refused is in the journal: of the crew that is known, and of no other's.
    const watch = createBridgeTrafficWatch({
      db,
      docker: fixture.docker,
      egressFilter: filter,
      stackId: fixture.stackId,
      log: { warn: (about: unknown) => expect.fail(JSON.stringify(about)) },
    });
    await db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
      tx.execute(sql`UPDATE crews SET network_mode = 'free' WHERE id = ${crew.crewId}`),
    );
    expect(await watch.collect()).toBe(true);
    const entries = await crew.rows<{ crew_id: string; payload: Record<string, unknown> }>(
      sql`SELECT crew_id, payload FROM journal_entries WHERE entry_type = 'network.egress'
        ORDER BY payload ->> 'decision'`,
    );
    expect(entries).toEqual([
      {
        crew_id: crew.crewId,
        payload: {
          host: '*',
          decision: 'allowed',
          rule: 'network_mode free',
          connections: 1,
          bytes_sent: expect.any(Number),
          bytes_received: expect.any(Number),
        },
      },
      {
        crew_id: crew.crewId,
        payload: {
          host: '*',
          decision: 'denied',
          rule: 'not a public address',
          connections: expect.any(Number),
          bytes_sent: 0,
          bytes_received: 0,
        },
      },
    ]);
    expect(entries[0]!.payload.bytes_sent).toBeGreaterThan(100);
    expect(entries[0]!.payload.bytes_received).toBeGreaterThan(100);
    expect(entries[1]!.payload.connections).toBeGreaterThanOrEqual(REFUSED.length + hosts.length);
    await watch.collect();
    expect(await crew.rows(sql`SELECT 1 FROM journal_entries WHERE entry_type = 'network.egress'`)).toHaveLength(2);

    for (const { target } of builds) await removeBuildContainers(build, target.buildId);
    expect(await fixture.docker.listNetworks({ [BUILD_LABEL.temp]: 'provision' })).toEqual([]);
  },
  90_000,
);

needs(
  'packets of IPv6 on such a bridge are judged, too, those that carry an IPv4 address by that one',
  async () => {
    await filter.ensure();
    const inHost = (...argv: string[]) => promisify(execFile)('nsenter', [`--net=${dockerd.namespaceFile}`, ...argv]);
    const id = fixture.stackId.slice(-6);
    // A crew that has IPv6, as a daemon might give it: a namespace on a bridge of the stack's.
    const bridge = bridgeName(fixture.stackId, 'crew', `six-${id}`);
    const client = `crewship-six-${id}`;
    const inClient = (...argv: string[]) => promisify(execFile)('nsenter', [`--net=/run/netns/${client}`, ...argv]);
    await promisify(execFile)('ip', ['netns', 'add', client]);
    try {
      await inHost('sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1');
      await inHost('ip', 'link', 'add', bridge, 'type', 'bridge');
      await inHost('ip', 'addr', 'add', '2606:2800:220::1/64', 'dev', bridge, 'nodad');
      await inHost('ip', 'link', 'set', bridge, 'up');
      await inHost('ip', 'link', 'add', `s6${id}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', client);
      await inHost('ip', 'link', 'set', `s6${id}`, 'master', bridge, 'up');
      await inClient('ip', 'addr', 'add', '2606:2800:220::2/64', 'dev', 'eth0', 'nodad');
      await inClient('ip', 'link', 'set', 'eth0', 'up');
      await inClient('ip', '-6', 'route', 'add', 'default', 'via', '2606:2800:220::1');
      const hosts = ['2606:2800:220::1', HOST_PUBLIC_6, LINK.host[1], LINK.world[1]];
      const reached = async () =>
        (await inClient('bash', '-c', PROBE, 'probe', ...REACHED_6, ...REFUSED_6, ...hosts)).stdout.trim().split('\n');
      expect((await reached()).sort()).toEqual([...REACHED_6].sort());
      await filter.remove();
      expect((await reached()).sort()).toEqual([...REACHED_6, ...REFUSED_6, ...hosts].sort());
    } finally {
      await promisify(execFile)('ip', ['netns', 'delete', client]);
      await inHost('ip', 'link', 'delete', bridge);
    }
  },
  60_000,
);

needs(
  'a host that has no nft refuses builds and open networks, and says why',
  async () => {
    const { docker, stackId } = fixture;
    const without = testEgressFilter({ docker, stackId, filterImage: TEST_RUNTIME_IMAGE });
    const refusal = { code: 'egress_filter_missing', message: expect.stringContaining('CREWSHIP_FILTER_IMAGE') };
    const spec = fixture.newSpec({ network: 'own' });
    await expect(ensureCrewContainer({ ...fixture.prepare, egressFilter: without }, spec)).rejects.toMatchObject(
      refusal,
    );
    expect(await docker.listContainers({ [LABEL.crew]: spec.crewId })).toEqual([]);
    await expect(startBuild({ ...build, egressFilter: without })).rejects.toMatchObject(refusal);
    expect(await docker.listContainers({ [BUILD_LABEL.temp]: 'provision', [BUILD_LABEL.stack]: stackId })).toEqual([]);
    // Others are none of its business.
    await ensureCrewContainer({ ...fixture.prepare, egressFilter: without }, fixture.newSpec());
    expect(crewNetworkName(spec)).toContain(spec.crewId);
  },
  60_000,
);
