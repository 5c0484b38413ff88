import { expect, test } from 'vitest';
import { crewWarnings, NEW_CREW_DEFAULTS, normaliseDomain } from './crew.ts';

test('a domain loses its scheme, port and path, and anything else is refused', () => {
  expect(normaliseDomain('https://API.Example.com:443/v1?x')).toBe('api.example.com');
  expect(normaliseDomain('*.example.com')).toBe('*.example.com');
  expect(normaliseDomain('localhost')).toBe('localhost');
  for (const bad of ['', '*', 'a..b', '-a.com', 'exa mple.com', '*.*.com', 'user@host', `${'a'.repeat(64)}.com`]) {
    expect(normaliseDomain(bad)).toBeNull();
  }
});

test('small containers are allowed with a warning', () => {
  const crew = { ...NEW_CREW_DEFAULTS, name: 'Crew', slug: 'crew' };
  expect(crewWarnings(crew)).toEqual([]);
  expect(crewWarnings({ ...crew, container_memory_mb: 512, container_cpus: 0.1 })).toHaveLength(2);
});
