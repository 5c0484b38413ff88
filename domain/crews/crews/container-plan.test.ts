import { expect, test } from 'vitest';
import {
  configuredEnvironment,
  type ContainerFacts,
  containerDrift,
  planContainer,
  postStartPrograms,
  PrivilegeRefused,
} from './container-plan.ts';

const IMAGE = `sha256:${'a'.repeat(64)}`;
const OTHER_IMAGE = `sha256:${'b'.repeat(64)}`;

const facts = (changes: Partial<ContainerFacts> = {}): ContainerFacts => ({
  cached_image_id: null,
  config_hash: null,
  runtime_image: null,
  container_memory_mb: 1_024,
  container_cpus: 1,
  network_mode: 'restricted',
  devcontainer_config: null,
  may_be_privileged: false,
  ...changes,
});

const config = (members: object) => JSON.stringify({ image: 'debian:bookworm', ...members });

test('the image that was built comes before those that are named, and they before the host’s default', () => {
  expect(planContainer(facts()).image).toBeNull();
  expect(planContainer(facts({ runtime_image: 'debian:12' })).image).toBe('debian:12');
  const named = { runtime_image: 'debian:12', devcontainer_config: config({}) };
  expect(planContainer(facts(named)).image).toBe('debian:bookworm');
  expect(planContainer(facts({ runtime_image: 'debian:12', cached_image_id: IMAGE })).image).toBe(IMAGE);
});

test('a crew has a network only when its policy is open', () => {
  expect(planContainer(facts()).network).toBe('none');
  expect(planContainer(facts({ network_mode: 'free' })).network).toBe('own');
});

test('privileges are the workspace’s to allow at every start', () => {
  const asking = { devcontainer_config: config({ privileged: true }) };
  expect(() => planContainer(facts(asking))).toThrow(PrivilegeRefused);
  expect(planContainer(facts({ ...asking, may_be_privileged: true })).privileged).toBe(true);
  const made = planContainer(facts({ ...asking, may_be_privileged: true }));
  expect(containerDrift(made, facts(asking))).toBe('options');
});

test('a container is outdated by what it is made of, and by nothing else', () => {
  const made = planContainer(
    facts({ cached_image_id: IMAGE, devcontainer_config: config({ mounts: ['source=c,target=/cache'] }) }),
  );
  const now = (changes: Partial<ContainerFacts>, members: object = { mounts: ['source=c,target=/cache'] }) =>
    containerDrift(made, facts({ cached_image_id: IMAGE, devcontainer_config: config(members), ...changes }));
  expect(now({})).toBeNull();
  const hooks = { postStartCommand: 'true', remoteEnv: { A: 'b' } };
  expect(now({}, { mounts: [{ target: '/cache', source: 'c', type: 'volume' }], ...hooks })).toBeNull();
  expect(now({ cached_image_id: OTHER_IMAGE })).toBe('image');
  expect(now({ cached_image_id: OTHER_IMAGE, container_cpus: 2 })).toBe('image');
  expect(now({ container_cpus: 2 })).toBe('options');
  expect(now({ network_mode: 'free' })).toBe('options');
  expect(now({}, {})).toBe('options');
  expect(now({}, { mounts: ['source=c,target=/cache,readonly'] })).toBe('options');
});

test('while the next image is built the container keeps the one it has', () => {
  const made = planContainer(facts({ cached_image_id: IMAGE, devcontainer_config: config({}) }));
  const unbuilt = { devcontainer_config: config({}), config_hash: 'c'.repeat(64) };
  expect(containerDrift(made, facts(unbuilt))).toBeNull();
  expect(containerDrift(made, facts({ ...unbuilt, config_hash: null }))).toBe('image');
});

test('what a database keeps of a plan is the plan, in whatever order', () => {
  const wanted = facts({
    devcontainer_config: config({ mounts: ['source=c,target=/cache'], capAdd: ['NET_BIND_SERVICE'] }),
  });
  const kept = Object.fromEntries(Object.entries(planContainer(wanted)).reverse()) as ReturnType<typeof planContainer>;
  expect(containerDrift(kept, wanted)).toBeNull();
});

test('hooks come in three shapes, and remoteEnv has the last word', () => {
  expect(postStartPrograms(null)).toEqual([]);
  expect(postStartPrograms(config({ postStartCommand: ['touch', 'a b'] }))).toEqual([
    { name: '', argv: ['touch', 'a b'] },
  ]);
  expect(postStartPrograms(config({ postStartCommand: { b: 'true', a: ['x'] } })).map(({ name }) => name)).toEqual([
    'a',
    'b',
  ]);
  const path = {
    remoteEnv: { PATH: '${containerEnv:PATH}:/more', X: '${containerEnv:NONE:other}${containerEnv:NONE}' },
  };
  expect(configuredEnvironment(config(path), ['PATH=/bin:/usr/bin', 'EMPTY='])).toEqual({
    PATH: '/bin:/usr/bin:/more',
    X: 'other',
  });
  expect(configuredEnvironment(config({ containerEnv: { A: '1', B: '2' }, remoteEnv: { B: '3' } }))).toEqual({
    A: '1',
    B: '3',
  });
});
