import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { compareImports } from './import-table.ts';

const packages = ['dockerode', 'fastify', 'vitest', 'zod', '@temporalio/workflow', '@temporalio/client'];

/** A small tree: each file with what it says. Every folder's `ok.ts` exports a value and a type. */
async function withTree<Result>(
  files: Record<string, string>,
  use: (root: string) => Promise<Result>,
): Promise<Result> {
  const root = await realpath(await mkdtemp(path.join(os.tmpdir(), 'crewship-imports-')));
  const folders = [
    'domain',
    'platform',
    'db',
    'commands',
    'workflows/work/missions',
    'activities',
    'api',
    'workers',
    'sidecar',
    'deploy',
  ];
  const standing = folders.map((folder) => [`${folder}/ok.ts`, 'export const ok = 1;\nexport type Ok = number;\n']);
  const dependencies = Object.fromEntries(packages.map((name) => [name, '1.0.0']));
  const installed = packages.flatMap((name) => [
    [
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, version: '1.0.0', type: 'module', exports: './index.js' }),
    ],
    [`node_modules/${name}/index.js`, 'export const ok = 1;\n'],
  ]);
  const manifest = ['package.json', JSON.stringify({ name: 'tree', type: 'module', dependencies })];
  try {
    for (const [file, text] of [manifest, ...standing, ...installed, ...Object.entries(files)]) {
      const target = path.join(root, file!);
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, text!);
    }
    return await use(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

test('every import against the table is found, by the line that it breaks', async () => {
  const against: [rule: string, file: string, text: string][] = [
    ['domain-imports-folders', 'domain/a.ts', `import { ok } from '../platform/ok.ts';`],
    ['domain-imports-builtins', 'domain/b.ts', `import { join } from 'node:path';`],
    ['domain-imports-packages', 'domain/c.ts', `import { ok } from 'fastify';`],
    ['domain-imports-test-packages', 'domain/c.test.ts', `import { ok } from 'fastify';`],
    ['domain-imports-packages', 'domain/kernel/fields.ts', `import type { Ok } from 'zod';`],
    ['domain-imports-packages', 'domain/work/issues/issue-calls.ts', `import { ok } from 'zod';`],
    ['platform-imports-folders', 'platform/a.ts', `import { ok } from '../db/ok.ts';`],
    ['db-imports-folders', 'db/a.ts', `import type { Ok } from '../activities/ok.ts';`],
    ['workflows-imports-types-of-activities', 'workflows/a.ts', `import { ok } from '../activities/ok.ts';`],
    ['workflows-imports-types-of-activities', 'workflows/b.ts', `import { type Ok, ok } from '../activities/ok.ts';`],
    ['workflows-imports-packages', 'workflows/c.ts', `import { ok } from '@temporalio/client';`],
    ['workflows-imports-builtins', 'workflows/d.ts', `import { join } from 'node:path';`],
    ['workflows-imports-folders', 'workflows/e.ts', `import { ok } from '../db/ok.ts';`],
    ['workflows-never-imports', 'workflows/f.ts', `import { ok } from '../domain/work/calls/ok-calls.ts';`],
    ['activities-imports-folders', 'activities/a.ts', `import { ok } from '../workflows/work/missions/ok.ts';`],
    ['api-imports-folders', 'api/a.ts', `import type { Ok } from '../activities/ok.ts';`],
    ['api-imports-folders', 'api/b.ts', `import { ok } from '../workflows/work/missions/ok.ts';`],
    ['api-never-imports', 'api/c.ts', `import { ok } from 'dockerode';`],
    ['api-never-imports', 'api/d.ts', `import { ok } from '../platform/docker/docker-client.ts';`],
    ['workers-imports-folders', 'workers/a.ts', `import { ok } from '../api/ok.ts';`],
    ['sidecar-imports-folders', 'sidecar/a.ts', `import { ok } from '../platform/ok.ts';`],
    ['sidecar-imports-packages', 'sidecar/b.ts', `import { ok } from 'fastify';`],
    ['activities-imports-folders', 'activities/b.ts', `import { ok } from '../deploy/ok.ts';`],
    ['commands-imports-folders', 'commands/a.ts', `import { ok } from '../api/ok.ts';`],
    ['clients-imports-folders', 'clients/typescript/src/a.ts', `import type { Ok } from '../../../domain/ok.ts';`],
    ['clients-imports-packages', 'clients/typescript/src/b.ts', `import { ok } from 'zod';`],
    ['clients-imports-builtins', 'clients/typescript/src/c.ts', `import { join } from 'node:path';`],
    ['api-imports-folders', 'api/e.ts', `import { ok } from '../clients/typescript/src/ok.ts';`],
    ['known-area', 'db/missions/a.ts', `import { ok } from '../ok.ts';`],
    ['the-kernel-knows-no-family', 'db/kernel/a.ts', `import { ok } from '../work/runs/ok.ts';`],
    ['the-engine-knows-no-family', 'commands/engine/runs/a.ts', `import { ok } from '../../work/issues/ok.ts';`],
    [
      'what-families-stand-on-knows-none',
      'commands/kernel/blobs/a.ts',
      `import { ok } from '../../work/issues/ok.ts';`,
    ],
    ['families-do-not-command-each-other', 'commands/vault/keys/a.ts', `import { ok } from '../../work/issues/ok.ts';`],
    ['effects-are-composed-by-processes', 'activities/c.ts', `import { ok } from '../commands/effects.ts';`],
    ['what-requests-pass-knows-no-feature', 'api/http/a.ts', `import { ok } from '../work/issues/ok.ts';`],
    ['the-crew-side-knows-no-feature', 'api/crew-side/a.ts', `import { ok } from '../work/issues/ok.ts';`],
    ['no-folder-circle', 'db/work/tasks/a.ts', `import { ok } from '../runs/back.ts';`],
    ['no-cycle', 'db/b.ts', `import { c } from './c.ts';\nexport const b = c;`],
    ['resolvable', 'db/d.ts', `import { ok } from './nowhere.ts';`],
  ];
  const files = Object.fromEntries(against.map(([, file, text]) => [file, text]));
  const helpers = {
    'db/c.ts': `import { b } from './b.ts';\nexport const c = b;`,
    'platform/docker/docker-client.ts': 'export const ok = 1;',
    'clients/typescript/src/ok.ts': 'export const ok = 1;',
    'db/work/runs/ok.ts': 'export const ok = 1;',
    'db/work/runs/back.ts': `import type { Own } from '../tasks/own.ts';\nexport const ok: Own = 1;`,
    'db/work/tasks/own.ts': 'export type Own = number;',
    'commands/work/issues/ok.ts': 'export const ok = 1;',
    'commands/effects.ts': 'export const ok = 1;',
    'api/work/issues/ok.ts': 'export const ok = 1;',
    'domain/work/calls/ok-calls.ts': 'export const ok = 1;',
  };
  const { violations } = await withTree({ ...files, ...helpers }, compareImports);
  for (const [rule, file] of against) {
    expect(
      violations.filter((found) => found.startsWith(`${rule}: ${file} →`)),
      `${rule} in ${file}`,
    ).not.toEqual([]);
  }
});

test('the types of schemas stand in one file of the domain, which imports nothing else of packages', async () => {
  const file = 'domain/kernel/schemas/zod.ts';
  for (const text of [`import { ok } from 'zod';`, `import type { ok } from 'fastify';`]) {
    const { violations } = await withTree({ [file]: text }, compareImports);
    expect(violations, text).toEqual([expect.stringContaining(`domain-imports-types-of-packages: ${file} →`)]);
  }
});

test('what the table allows is left alone', async () => {
  const allowed = {
    'domain/a.ts': `import { ok } from './ok.ts';`,
    'domain/a.test.ts': `import { ok } from 'vitest';\nimport { ok as own } from './ok.ts';`,
    'domain/kernel/schemas/zod.ts': `import type { ok } from 'zod';\nexport type Library = typeof ok;`,
    'domain/work/issues/issue-calls.ts': `import type { Library } from '../../kernel/schemas/zod.ts';`,
    'sidecar/calls.ts': `import { ok } from 'zod';\nimport '../domain/work/issues/issue-calls.ts';`,
    'platform/a.ts': `import { readFile } from 'node:fs/promises';\nimport { ok } from '../domain/ok.ts';`,
    'db/a.ts': `import { ok } from '../platform/ok.ts';`,
    'workflows/a.ts': `import { ok } from '@temporalio/workflow';\nimport type { Ok } from '../activities/ok.ts';`,
    'workflows/work/missions/mission-messages.ts': 'export const ok = 1;',
    'commands/vault/keys/a.ts':
      `import { ok } from '../grants/ok.ts';\n` + `import { ok as of } from '../../engine/runs/a.ts';`,
    'commands/vault/grants/ok.ts': 'export const ok = 1;',
    'commands/engine/runs/a.ts': `export { type B } from '../missions/b.ts';\nexport const ok = 1;`,
    'commands/engine/missions/b.ts': `import type { ok } from '../runs/a.ts';\nexport type B = typeof ok;`,
    'activities/a.ts': `import { ok } from 'dockerode';\nimport { ok as stored } from '../db/ok.ts';`,
    'api/a.ts':
      `import { ok } from 'fastify';\n` +
      `import { ok as message } from '../workflows/work/missions/mission-messages.ts';`,
    'workers/a.ts': `import { ok } from '../activities/ok.ts';\nimport { ok as side } from '../sidecar/ok.ts';`,
    'sidecar/a.ts': `import { createServer } from 'node:http';\nimport { ok } from '../domain/ok.ts';`,
    'deploy/a.ts': `import { ok } from '../api/ok.ts';`,
  };
  const { violations, modules } = await withTree(allowed, compareImports);
  expect(violations).toEqual([]);
  expect(modules).toBeGreaterThan(Object.keys(allowed).length);
});

test('a tree in which nothing is read is refused', async () => {
  await expect(compareImports(path.join(os.tmpdir(), 'crewship-no-such-tree'))).rejects.toThrow();
});
