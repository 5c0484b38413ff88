import { expect, test } from 'vitest';
import { type CrewContainerSpec, crewContainerOptions } from './crew-container-options.ts';

const settings = {
  ...{ crewsDir: '/data/crews', socketsDir: '/data/sockets', runtimeDir: '/data/runtime' },
  ...{ nodeBinary: '/usr/bin/node', networkPool: '10.213.0.0/16', nofileHardLimit: 4_096, supervisor: 'supervisor' },
};
const spec: CrewContainerSpec = {
  ...{ stackId: 'stack', workspaceId: 'w1', crewId: 'c1', generation: 1, image: 'image', imagePath: null },
  ...{ memoryMb: 1_024, cpus: 1, network: 'none', mounts: [], capAdd: [], privileged: false },
};

test('settings of the kernel that two options ask for are both made', () => {
  const sysctls = (capAdd: CrewContainerSpec['capAdd'], migratesConnections: boolean) =>
    crewContainerOptions({ ...settings, migratesConnections }, { ...spec, capAdd }).HostConfig?.Sysctls;
  const port = { 'net.ipv4.ip_unprivileged_port_start': '0' };
  const migrates = { 'net.ipv4.tcp_migrate_req': '1' };
  expect(sysctls(['NET_BIND_SERVICE'], true)).toEqual({ ...port, ...migrates });
  expect(sysctls(['NET_BIND_SERVICE'], false)).toEqual(port);
  expect(sysctls([], true)).toEqual(migrates);
  expect(sysctls([], false)).toEqual({});
});
