import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BuildSpec, buildSpecOf, canonicalBuildSpec, needsBuild } from './build-spec.ts';
import { readMiseConfig } from './mise-config.ts';
import { InvalidConfigError, readDevcontainerConfig } from './read-devcontainer-config.ts';

const AMD64 = { architecture: 'amd64' };
const specOf = (config: object, mise: string | null = null) =>
  buildSpecOf(
    readDevcontainerConfig(JSON.stringify({ image: 'debian:12', ...config })),
    mise === null ? null : readMiseConfig(mise),
    AMD64,
  );
const textOf = (config: object, mise: string | null = null) => canonicalBuildSpec(specOf(config, mise), null);

const env = fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,5}$/), fc.string({ maxLength: 8 }), { maxKeys: 4 });
const text = fc.string({ maxLength: 12 }).filter((value) => !value.includes('\0'));
const single = fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 }));
const config = fc.record(
  {
    image: fc.constantFrom('debian:12', 'ghcr.io/acme/base:1'),
    features: fc.dictionary(
      fc.stringMatching(/^[a-z]{1,5}$/).map((name) => `ghcr.io/devcontainers/features/${name}:1`),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.oneof(fc.boolean(), text), { maxKeys: 3 }),
      { maxKeys: 3 },
    ),
    containerEnv: env.filter((entries) => !Object.values(entries).some((value) => value.includes('\0'))),
    postCreateCommand: fc.oneof(single, fc.dictionary(fc.stringMatching(/^[a-z0-9]{1,4}$/), single, { maxKeys: 3 })),
    mise: fc.record({
      tools: fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.constantFrom('1', '2'), { maxKeys: 3 }),
    }),
    postStartCommand: text,
    privileged: fc.boolean(),
    capAdd: fc.constant(['NET_BIND_SERVICE']),
  },
  { requiredKeys: ['image'] },
);

/** The same value with the keys of all its objects the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

test('formatting and the order of keys change nothing', () => {
  fc.assert(
    fc.property(config, fc.constantFrom(0, 2, '\t'), (value, indent) => {
      const plain = buildSpecOf(readDevcontainerConfig(JSON.stringify(value)), null, AMD64);
      const other = buildSpecOf(
        readDevcontainerConfig(`// ours\n${JSON.stringify(reversed(value), null, indent)} /* end */`),
        null,
        AMD64,
      );
      expect(canonicalBuildSpec(other, null)).toBe(canonicalBuildSpec(plain, null));
    }),
    { numRuns: 300 },
  );
});

test('absent is empty, and what does not decide the image is left out', () => {
  const plain = textOf({});
  for (const empty of [
    { features: {}, containerEnv: {}, mise: {}, overrideFeatureInstallOrder: [] },
    { postCreateCommand: '' },
    { postCreateCommand: {} },
    { postCreateCommand: { one: ' ' } },
    { mise: { tools: {}, env: {} } },
    {
      postStartCommand: 'x',
      privileged: true,
      capAdd: ['NET_BIND_SERVICE'],
      remoteEnv: { A: 'b' },
      remoteUser: 'agent',
    },
    { mounts: ['source=cache,target=/cache'], init: true, customizations: { any: 1 } },
    { features: { 'ghcr.io/devcontainers/features/common-utils:2': {} } },
    {
      features: {
        'ghcr.io/devcontainers/features/common-utils:2': { username: 'root', userUid: '0', installZsh: 'false' },
      },
    },
  ]) {
    expect([empty, textOf(empty)]).toEqual([empty, plain]);
    expect([empty, needsBuild(specOf(empty))]).toEqual([empty, false]);
  }
  expect(textOf({}, '[tools]')).toBe(plain);
});

test('whatever decides the image changes the text', () => {
  const base = specOf({ features: { 'ghcr.io/devcontainers/features/node:1': { version: '22' } } });
  const others: BuildSpec[] = [
    { ...base, architecture: 'arm64' },
    { ...base, baseImage: 'debian:13' },
    { ...base, features: base.features.slice(1) },
    { ...base, features: base.features.map((feature) => ({ ...feature, options: { version: '2', x: '2' } })) },
    { ...base, featureOrder: ['ghcr.io/devcontainers/features/node'] },
    { ...base, mise: { ...base.mise, tools: { node: '22' } } },
    { ...base, mise: { ...base.mise, tools: { node: '22' }, backends: { node: 'npm:node' } } },
    { ...base, mise: { ...base.mise, env: { node: '22' } } },
    { ...base, containerEnv: { node: '22' } },
    { ...base, postCreate: 'node' },
    { ...base, postCreate: ['node'] },
    { ...base, postCreate: ['/bin/sh', '-c', 'node '] },
    { ...base, postCreate: { '22': 'node' } },
  ];
  const texts = [
    canonicalBuildSpec(base, null),
    canonicalBuildSpec(base, 'wrk_1'),
    ...others.map((spec) => canonicalBuildSpec(spec, null)),
  ];
  expect(new Set(texts).size).toBe(texts.length);
  for (const spec of [base, ...others.slice(5)]) expect(needsBuild(spec)).toBe(true);
});

test('two different specifications never have the same text', () => {
  fc.assert(
    fc.property(config, config, (one, other) => {
      const [first, second] = [one, other].map((value) => {
        const { baseImage, features, containerEnv, postCreate, mise } = specOf(value);
        return { baseImage, features, containerEnv, postCreate, mise };
      });
      if (textOf(one) !== textOf(other)) return;
      expect(first!.baseImage).toBe(second!.baseImage);
      expect(first!.containerEnv).toEqual(second!.containerEnv);
      expect(first!.features.map(({ ref }) => ref)).toEqual(second!.features.map(({ ref }) => ref));
      expect(first!.mise).toEqual(second!.mise);
    }),
    { numRuns: 300 },
  );
});

test('tools come from either place, and their backends from the operator’s table alone', () => {
  const both = [
    specOf({ mise: { tools: { prettier: '3', node: '22' } } }),
    specOf({}, '[tools]\nprettier = "3"\nnode = "22"'),
  ];
  expect(canonicalBuildSpec(both[0]!, null)).toBe(canonicalBuildSpec(both[1]!, null));
  const spec = buildSpecOf(
    readDevcontainerConfig('{"image": "a", "mise": {"tools": {"prettier": "3", "node": "22"}}}'),
    null,
    {
      architecture: 'arm64',
      miseAliases: { prettier: 'npm:prettier', unused: 'npm:unused' },
    },
  );
  expect(spec.mise).toEqual({ tools: { prettier: '3', node: '22' }, env: {}, backends: { prettier: 'npm:prettier' } });
});

test('a configuration that breaks a rule is not read', () => {
  expect(() => readDevcontainerConfig('{"image": ""}')).toThrow(InvalidConfigError);
  expect(() => readDevcontainerConfig('{"image": "a", "overrideFeatureInstallOrder": ["./x"]}')).toThrow(
    'overrideFeatureInstallOrder.0 must',
  );
  const read = readDevcontainerConfig(`{"image": "a", "features": {"ghcr.io/devcontainers/features/go:1": "1.22"},
    "mounts": ["src=cache,dst=/cache,readonly", {"source": "/dev/fuse", "target": "/dev/fuse", "type": "bind"}]}`);
  expect(read.features).toEqual({ 'ghcr.io/devcontainers/features/go:1': { version: '1.22' } });
  expect(read.mounts).toEqual([
    { kind: 'volume', source: 'cache', target: '/cache', readOnly: true },
    { kind: 'device', source: '/dev/fuse', target: '/dev/fuse', readOnly: false },
  ]);
});
