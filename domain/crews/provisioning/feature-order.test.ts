import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COMMON_UTILS_ID } from './build-spec.ts';
import { imageEnv, optionEnv, withFeatureEnv } from './build-env.ts';
import { InvalidFeatureError, readFeatureMetadata } from './feature-metadata.ts';
import { FeatureCycleError, type FeatureNode, featureKey, orderFeatures } from './feature-order.ts';

const PUBLISHER = 'ghcr.io/devcontainers/features/';
const id = (name: string) => `${PUBLISHER}${name}`;

function node(
  name: string,
  {
    dependsOn = [],
    installsAfter = [],
    legacyIds = [],
    options = {},
  }: Partial<Record<'dependsOn' | 'installsAfter' | 'legacyIds', string[]>> & { options?: Record<string, string> } = {},
): FeatureNode {
  return {
    ref: `${id(name)}:1`,
    digest: `sha256:${name}`,
    options,
    metadata: { installsAfter: installsAfter.map(id), legacyIds },
    dependsOn: dependsOn.map((other) => featureKey(`sha256:${other}`, {})),
  };
}

const namesOf = (nodes: readonly FeatureNode[]) => nodes.map(({ ref }) => ref.slice(PUBLISHER.length, -2));

test('dependencies come first, wishes are heeded where they can be, names decide the rest', () => {
  const nodes = [
    node('zsh'),
    node('app', { dependsOn: ['lib'], installsAfter: ['not-there'] }),
    node('lib', { installsAfter: ['zsh'] }),
    node('agent-tool', { installsAfter: ['common-utils', 'lib'] }),
    node('common-utils'),
    node('beta'),
  ];
  expect(namesOf(orderFeatures(nodes, []))).toEqual(['common-utils', 'beta', 'zsh', 'lib', 'agent-tool', 'app']);
  expect(namesOf(orderFeatures(nodes, [id('zsh'), id('app')]))).toEqual([
    ...['common-utils', 'zsh', 'beta', 'lib', 'app', 'agent-tool'],
  ]);
  expect(
    namesOf(orderFeatures([node('b', { installsAfter: ['old-a'] }), node('z', { legacyIds: ['old-a'] })], [])),
  ).toEqual(['z', 'b']);
  const twice = [node('lib', { options: { v: '2' } }), node('lib'), node('lib', { options: { v: '1' } })];
  expect(orderFeatures(twice, []).map(({ options }) => options)).toEqual([{ v: '1' }, { v: '2' }, {}]);
  expect(COMMON_UTILS_ID).toBe(id('common-utils'));
});

test('features that wait for each other are named', () => {
  const circle = [
    node('a', { dependsOn: ['b'] }),
    node('b', { dependsOn: ['c'] }),
    node('c', { dependsOn: ['a'] }),
    node('d'),
  ];
  expect(() => orderFeatures(circle, [])).toThrow(FeatureCycleError);
  expect(() => orderFeatures(circle, [])).toThrow(['a', 'b', 'c'].map((name) => `${id(name)}:1`).join(', '));
  expect(() => orderFeatures([node('a', { installsAfter: ['b'] }), node('b', { installsAfter: ['a'] })], [])).toThrow(
    FeatureCycleError,
  );
  expect(namesOf(orderFeatures([node('a', { installsAfter: ['a'] })], []))).toEqual(['a']);
});

test('whatever the graph, the order keeps every dependency and does not depend on how it was given', () => {
  const graph = fc.array(
    fc.record({ dependsOn: fc.array(fc.nat(), { maxLength: 3 }), after: fc.array(fc.nat(), { maxLength: 2 }) }),
    {
      minLength: 1,
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(graph, fc.array(fc.nat(), { maxLength: 4 }), fc.infiniteStream(fc.nat()), (items, first, shuffle) => {
      const name = (index: number) => `f${String(index).padStart(2, '0')}`;
      // Only to earlier ones, so that there is an order.
      const earlier = (index: number, others: number[]) =>
        index === 0 ? [] : others.map((other) => name(other % index));
      const nodes = items.map((item, index) =>
        node(name(index), { dependsOn: earlier(index, item.dependsOn), installsAfter: earlier(index, item.after) }),
      );
      const wanted = first.map((index) => id(name(index % nodes.length)));
      const ordered = orderFeatures(nodes, wanted);
      const place = new Map(namesOf(ordered).map((key, index) => [key, index]));
      expect(place.size).toBe(nodes.length);
      for (const [index, item] of items.entries()) {
        for (const before of earlier(index, [...item.dependsOn, ...item.after])) {
          expect(place.get(before)).toBeLessThan(place.get(name(index))!);
        }
      }
      const keys = nodes.map(() => shuffle.next().value);
      const shuffled = nodes.toSorted((one, other) => keys[nodes.indexOf(one)]! - keys[nodes.indexOf(other)]!);
      expect(namesOf(orderFeatures(shuffled, wanted))).toEqual(namesOf(ordered));
    }),
    { numRuns: 300 },
  );
});

test('a feature gets what it may have, and is told what it does not get', () => {
  const read = readFeatureMetadata({
    id: 'docker-in-docker',
    version: '2.1.0',
    privileged: true,
    init: true,
    capAdd: ['SYS_PTRACE', 'NET_BIND_SERVICE'],
    securityOpt: ['seccomp=unconfined'],
    entrypoint: '/usr/local/share/docker-init.sh',
    onCreateCommand: 'x',
    mounts: [
      { source: 'dind-$' + '{devcontainerId}', target: '/var/lib/docker', type: 'volume' },
      { source: '/var/run/docker.sock', target: '/var/run/docker.sock', type: 'bind' },
      'source=cache,target=/cache,type=volume',
    ],
    options: {
      version: { type: 'string', default: 'latest' },
      moby: { type: 'boolean', default: true },
      none: { type: 'string' },
    },
    dependsOn: { [id('a')]: {}, [`${id('b')}:2`]: '3', [`${id('c')}:1`]: { x: true } },
    installsAfter: [`${id('common-utils')}:2`, './local', 7],
    legacyIds: ['docker', '../x'],
  });
  expect(read).toMatchObject({
    capAdd: ['NET_BIND_SERVICE'],
    defaults: { version: 'latest', moby: true },
    mounts: [
      { source: 'dind-crew', target: '/var/lib/docker' },
      { source: 'cache', target: '/cache' },
    ],
    dependsOn: [
      { ref: `${id('a')}:latest`, options: {} },
      { ref: `${id('b')}:2`, options: { version: '3' } },
      { ref: `${id('c')}:1`, options: { x: true } },
    ],
    installsAfter: [id('common-utils')],
    legacyIds: ['docker'],
    ignored: [
      'privileged',
      'capAdd',
      'securityOpt',
      'entrypoint',
      'mounts other than named volumes',
      'onCreateCommand',
    ],
  });
  for (const [value, message] of [
    [null, 'is no object'],
    [{ id: '' }, 'id is missing'],
    [{ id: 'a', dependsOn: { 'evil.io/x/y:1': {} } }, 'dependsOn.evil.io/x/y:1 must be of one of the publishers'],
    [{ id: 'a', dependsOn: { './local': {} } }, 'dependsOn../local must be'],
    [{ id: 'a', containerEnv: { 'A=B': 'x' } }, 'containerEnv.A=B must be named'],
    [{ id: 'a', postCreateCommand: 7 }, 'postCreateCommand must be'],
  ] as const) {
    expect(() => readFeatureMetadata(value)).toThrow(InvalidFeatureError);
    expect(() => readFeatureMetadata(value)).toThrow(message);
  }
});

test('options become variables by the format’s rule, and variables may name what was there before', () => {
  expect(optionEnv({ 'install-tools': true, version: 'latest' }, { version: '3', '2nd.option': 'a b' })).toEqual({
    INSTALL_TOOLS: 'true',
    VERSION: '3',
    _ND_OPTION: 'a b',
  });
  const env = imageEnv(['PATH=/bin', 'A=a=b', 'EMPTY=']);
  expect(imageEnv([]).PATH).toContain('/usr/bin');
  expect(
    withFeatureEnv(env, {
      PATH: '/x:$' + '{PATH}',
      B: '$A-$' + '{NONE:-d}-$' + '{containerEnv:A}-$' + '{NONE}',
      C: '\\$A $(id) `id`',
      D: '$B',
    }),
  ).toEqual({ PATH: '/x:/bin', A: 'a=b', EMPTY: '', B: 'a=b-d-a=b-', C: '$A $(id) `id`', D: '' });
});
