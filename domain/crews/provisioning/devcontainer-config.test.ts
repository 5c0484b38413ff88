import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkDevcontainerConfig } from './devcontainer-config.ts';

const problemsOf = (config: object) =>
  checkDevcontainerConfig(JSON.stringify({ image: 'debian:12', ...config })).problems;
const pathsOf = (config: object) => problemsOf(config).map((problem) => problem.path);
const DIGEST = `sha256:${'0a'.repeat(32)}`;

test('a configuration as people write it passes', () => {
  const checked = checkDevcontainerConfig(`{
    // The base.
    "name": "ours", "customizations": { "vscode": {} }, "runArgs": ["--ignored"],
    "image": "ghcr.io/acme/base:1.2@${DIGEST}",
    "features": {
      "ghcr.io/devcontainers/features/python:1": { "version": "3.12", "installTools": false },
      "ghcr.io/devcontainers-extra/features/poetry@${DIGEST}": {},
      "ghcr.io/crewship-ai/features/tools:latest": "2",
    },
    "remoteUser": "agent",
    "postCreateCommand": { "one": "make \\"all\\"", "two": ["make", "it $(here)"] },
    "postStartCommand": "true",
    "containerEnv": { "Mode": "x; y" },
    "privileged": false,
    "capAdd": ["NET_BIND_SERVICE"],
    "mounts": [
      "source=cache,target=/home/agent/.cache,type=volume",
      { "source": "/dev/fuse", "target": "/dev/fuse", "type": "bind" }],
    "mise": { "tools": { "node": "22" }, "env": { "NODE_ENV": "test" } },
  }`);
  expect(checked).toEqual({ problems: [], privileged: false, pinsTools: true });
});

test('each rule names its field', () => {
  const rules: [object, string][] = [
    [{ image: undefined }, 'image'],
    [{ image: '' }, 'image'],
    [{ image: 'two words' }, 'image'],
    [{ image: '$' + '{localEnv:IMAGE}' }, 'image'],
    [{ image: 7 }, 'image'],
    [{ features: [] }, 'features'],
    [
      { features: { 'ghcr.io/devcontainers/features/python:1': { 'a b': '1' } } },
      'features.ghcr.io/devcontainers/features/python:1.a b',
    ],
    [
      { features: { 'ghcr.io/devcontainers/features/python:1': { version: 3 } } },
      'features.ghcr.io/devcontainers/features/python:1.version',
    ],
    [{ remoteUser: 'root' }, 'remoteUser'],
    [{ remoteUser: 1001 }, 'remoteUser'],
    [{ postCreateCommand: 7 }, 'postCreateCommand'],
    [{ postCreateCommand: [] }, 'postCreateCommand'],
    [{ postStartCommand: { one: ['ok', 1] } }, 'postStartCommand.one'],
    [{ postStartCommand: { one: { nested: 'x' } } }, 'postStartCommand.one'],
    [{ postCreateCommand: 'nul \0' }, 'postCreateCommand'],
    [{ containerEnv: { 'A=B': 'x' } }, 'containerEnv.A=B'],
    [{ remoteEnv: { A: null } }, 'remoteEnv.A'],
    [{ privileged: 'true' }, 'privileged'],
    [{ capAdd: ['NET_BIND_SERVICE', 'SYS_ADMIN'] }, 'capAdd.1'],
    [{ capAdd: 'NET_BIND_SERVICE' }, 'capAdd'],
    [{ mounts: ['source=/etc,target=/host,type=bind'] }, 'mounts.0'],
    [{ mounts: ['source=/var/run/docker.sock,target=/var/run/docker.sock,type=bind'] }, 'mounts.0'],
    [{ mounts: [{ source: 'cache', target: '/a/../../etc', type: 'volume' }] }, 'mounts.0'],
    [{ mounts: [{ source: 'cache', target: '/secrets/x', type: 'volume' }] }, 'mounts.0'],
    [{ mounts: [{ source: 'cache', src: '/etc', target: '/a', type: 'volume' }] }, 'mounts.0'],
    [{ mounts: ['source=cache,source=/etc,target=/a'] }, 'mounts.0'],
    [{ mounts: [{ source: 'cache', target: '/a', type: 'bind' }] }, 'mounts.0'],
    [{ mounts: [{ source: 'cache', target: '/a', volume_driver: 'x' }] }, 'mounts.0'],
    [{ mounts: [{ source: '/dev/fuse', target: '/dev/mem', type: 'bind' }] }, 'mounts.0'],
    [{ mounts: [null] }, 'mounts.0'],
    ...[
      '/etc',
      '/etc/x',
      '/lib',
      '/usr/lib',
      '/usr/local',
      '/opt',
      '/opt/crewship/bin',
      '/opt/crew-tools',
      '/home/agent',
    ]
      .concat([
        '/home/agentx/y',
        '/workspace/x',
        '/run/x',
        '/proc/x',
        '/bin',
        '/var/lib',
        '/datax',
        '/',
        '/mnt',
        '/root',
      ])
      .map((target) => [{ mounts: [{ source: 'cache', target, type: 'volume' }] }, 'mounts.0'] as [object, string]),
    [{ mise: { node: '22' } }, 'mise.node'],
    [{ mise: [] }, 'mise'],
    [{ mise: { tools: { 'npm:prettier': '3' } } }, 'mise.tools.npm:prettier'],
  ];
  for (const [config, path] of rules) expect([config, pathsOf(config)]).toEqual([config, [path]]);
});

test('only the three publishers pass, to the slash', () => {
  const refused = [
    'ghcr.io/devcontainers/features-evil/python:1',
    'ghcr.io/devcontainers/featurespython:1',
    'ghcr.io/devcontainers-community/features/python:1',
    'GHCR.IO/devcontainers/features/python:1',
    'evil.io/ghcr.io/devcontainers/features/python:1',
    'ghcr.io/devcontainers/features/../../evil/python:1',
    'ghcr.io/devcontainers/features/sub/python:1',
    'ghcr.io/devcontainers/features/python',
    'ghcr.io/devcontainers/features/python:',
    'ghcr.io/devcontainers/features/python@sha256:abc',
    `ghcr.io/devcontainers/features/python:1@${DIGEST}x`,
    'ghcr.io/devcontainers/features/python:1;id',
    './local',
    '__proto__',
  ];
  for (const reference of refused) {
    const text = `{"image": "debian:12", "features": {${JSON.stringify(reference)}: {}}}`;
    expect([reference, checkDevcontainerConfig(text).problems.length]).toEqual([reference, 1]);
  }
});

test('sizes and counts are bounded, and so is what is said of them', () => {
  expect(checkDevcontainerConfig(`{"image": "x", "y": "${'é'.repeat(51_200)}"}`).problems).toEqual([
    { path: '', message: 'must be at most 102400 bytes' },
  ]);
  const env = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`KEY_${index}`, 'x']));
  expect(pathsOf({ containerEnv: env })).toEqual(['containerEnv']);
  expect(problemsOf({ capAdd: Array.from({ length: 500 }, () => 'ALL') })).toHaveLength(20);
  expect(pathsOf({ features: { ['x'.repeat(50_000)]: {} } })[0]!.length).toBeLessThanOrEqual(120);
  expect(checkDevcontainerConfig('['.repeat(100_000)).problems).toHaveLength(1);
  expect(checkDevcontainerConfig('[]').problems).toEqual([{ path: '', message: 'must be an object' }]);
});

test('no value makes it fail otherwise than by naming a problem', () => {
  const fields = [
    'image',
    'features',
    'remoteUser',
    'postCreateCommand',
    'containerEnv',
    'capAdd',
    'mounts',
    'mise',
    '__proto__',
  ];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...fields), fc.jsonValue()), (config) => {
      const { problems, privileged } = checkDevcontainerConfig(JSON.stringify(config));
      expect(privileged).toBe(false);
      for (const problem of problems) expect(problem.message).toMatch(/^(must|is) /);
    }),
    { numRuns: 500 },
  );
  expect(checkDevcontainerConfig('{"image": "x", "privileged": true}').privileged).toBe(true);
});
