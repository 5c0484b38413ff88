import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CATALOG_CATEGORIES, categoryOf, searchCatalog } from './catalog.ts';
import { FALLBACK_FEATURES } from './fallback-features.ts';
import { FALLBACK_RUNTIMES } from './fallback-runtimes.ts';
import { readFeatureIndex } from './feature-index.ts';
import { featureReferenceProblem } from './feature-reference.ts';
import { checkMiseConfig } from './mise-config.ts';
import { readRuntimeIndex } from './runtime-index.ts';

const indexOf = (...features: object[]) => ({ collections: [{ features, sourceInformation: {} }] });

test('what the fallback catalogs offer may be saved, in every category', () => {
  for (const { ref } of FALLBACK_FEATURES) expect([ref, featureReferenceProblem(ref)]).toEqual([ref, null]);
  for (const { tool, versions, default_version } of FALLBACK_RUNTIMES) {
    for (const version of [...versions, default_version]) {
      expect(checkMiseConfig(JSON.stringify({ tools: { [tool]: version } }))).toEqual([]);
    }
  }
  for (const entries of [FALLBACK_FEATURES, FALLBACK_RUNTIMES]) {
    expect([...new Set(entries.map((entry) => entry.category))].sort()).toEqual([...CATALOG_CATEGORIES].sort());
  }
  expect(new Set(FALLBACK_FEATURES.map(({ ref }) => ref)).size).toBe(FALLBACK_FEATURES.length);
  expect(new Set(FALLBACK_RUNTIMES.map(({ tool }) => tool)).size).toBe(FALLBACK_RUNTIMES.length);
});

test('search looks into name, description and category, in any case', () => {
  expect(searchCatalog(FALLBACK_RUNTIMES, 'JAVASCRIPT').map((entry) => entry.tool)).toEqual(['node', 'deno', 'bun']);
  expect(searchCatalog(FALLBACK_RUNTIMES, 'dataB')).toHaveLength(4);
  expect(searchCatalog(FALLBACK_FEATURES, 'github cli')).toHaveLength(1);
  expect(searchCatalog(FALLBACK_FEATURES, '.*')).toEqual([]);
  expect(searchCatalog(FALLBACK_FEATURES, '')).toBe(FALLBACK_FEATURES);
});

test('of the feature index our publishers’ live features are taken, with what we know of them', () => {
  const read = readFeatureIndex(
    indexOf(
      {
        id: 'ghcr.io/devcontainers/features/python',
        version: '2.3.1',
        majorVersion: '2',
        name: 'Python 3',
        description: 'A\n\tb',
      },
      { id: 'ghcr.io/devcontainers/features/postgres-client', version: '1.0.0', name: 'psql' },
      { id: 'ghcr.io/devcontainers/features/old', version: '1.0.0', name: 'Old', deprecated: true },
      { id: 'ghcr.io/evil/features/python', version: '1.0.0', name: 'Evil' },
      { id: 'ghcr.io/devcontainers/features/../evil', version: '1.0.0', name: 'Evil' },
      { name: 'No id' },
      7 as unknown as object,
    ),
  )!;
  expect(read.filter(({ ref }) => ref.startsWith('ghcr.io/devcontainers/'))).toEqual([
    {
      ref: 'ghcr.io/devcontainers/features/postgres-client:1',
      name: 'psql',
      description: '',
      category: 'databases',
      icon: 'database',
      size_hint: '',
    },
    {
      ref: 'ghcr.io/devcontainers/features/python:2',
      name: 'Python 3',
      description: 'A b',
      category: 'languages',
      icon: 'code',
      size_hint: '~80 MB',
    },
  ]);
  // A publisher that is not in the index keeps what we knew of it.
  expect(read.some(({ ref }) => ref.startsWith('ghcr.io/devcontainers-extra/'))).toBe(true);
});

test('of the tool index every tool that can be pinned is taken; ours gain their latest version', () => {
  const read = readRuntimeIndex({
    tools: [
      { name: 'node', latest_version: '26.1.0', backends: ['core:node'] },
      { name: 'python', latest_version: '3.12.9' },
      { name: 'java', latest_version: 'temurin-25.0.1' },
      {
        name: 'sqlfluff',
        description: 'Linter',
        latest_version: '3.4.0',
        backends: ['pipx:sqlfluff', 'npm:x', 'aqua:y'],
      },
      { name: 'aws-vault', latest_version: 'odd version' },
      { name: 'npm:prettier', latest_version: '3.0.0' },
    ],
  })!;
  const byTool = (tool: string) => read.find((runtime) => runtime.tool === tool);
  expect(byTool('node')!.versions).toEqual(['26.1.0', '24', '22', '20']);
  expect(byTool('python')!.versions).toEqual(['3.14', '3.13', '3.12.9', '3.12', '3.11']);
  expect(byTool('java')!.versions).toEqual(['25', '21', '17']);
  expect(read.slice(FALLBACK_RUNTIMES.length)).toEqual([
    {
      name: 'aws-vault',
      tool: 'aws-vault',
      description: '',
      category: 'cloud',
      icon: 'cloud',
      versions: [],
      default_version: 'latest',
      backends: [],
    },
    {
      name: 'sqlfluff',
      tool: 'sqlfluff',
      description: 'Linter',
      category: 'tools',
      icon: 'wrench',
      versions: ['3.4.0'],
      default_version: '3.4.0',
      backends: ['npm', 'pipx'],
    },
  ]);
  expect([categoryOf('kubectl-helm-minikube'), categoryOf('mongosh-homebrew'), categoryOf('ripgrep')]).toEqual([
    'cloud',
    'databases',
    'tools',
  ]);
});

test('a document of another shape is no catalog, and no document is trusted', () => {
  for (const document of [
    null,
    7,
    [],
    {},
    { collections: {} },
    { collections: [{ features: [] }] },
    { tools: 'x' },
    { tools: [{}] },
  ]) {
    expect([readFeatureIndex(document), readRuntimeIndex(document)]).toEqual([null, null]);
  }
  const field = fc.oneof(fc.jsonValue(), fc.constant('ghcr.io/devcontainers/features/a'), fc.constant('node'));
  const entry = fc.dictionary(
    fc.constantFrom('id', 'name', 'version', 'majorVersion', 'description', 'latest_version', 'backends'),
    field,
  );
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      for (const { ref } of readFeatureIndex(indexOf(...entries)) ?? [])
        expect(featureReferenceProblem(ref)).toBeNull();
      for (const { tool } of readRuntimeIndex({ tools: entries }) ?? []) expect(tool).toMatch(/^[a-zA-Z0-9-]{1,50}$/);
    }),
    { numRuns: 300 },
  );
});
