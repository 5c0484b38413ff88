import { globSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { features } from './features.ts';
import { type Feature, internalRoutes, publicRoutes } from './http/kernel/feature.ts';
import { parametersOf } from './http/kernel/route-path.ts';

/** Stands for whatever the routes' makers take out of what they are given: nothing is called. */
const anything: never = new Proxy(() => anything, { get: () => anything }) as never;
const served = { publicly: publicRoutes(features, anything), internally: internalRoutes(features, anything) };
const declared: readonly Feature[] = features;

const parametersIn = (routes: typeof served.publicly) => new Set(routes.flatMap(({ url }) => parametersOf(url)));

/** Folders of `api` that are no areas: what all features pass through. */
const MACHINERY = ['http', 'crew-side'];

function subfolders(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

test('every feature folder declares one feature, of its own name, and the list holds it', async () => {
  const areas = subfolders(import.meta.dirname).filter((name) => !MACHINERY.includes(name));
  const folders = areas.flatMap((area) =>
    subfolders(path.join(import.meta.dirname, area)).map((name) => path.join(import.meta.dirname, area, name)),
  );
  expect(folders.length).toBe(declared.length);
  for (const folder of folders) {
    const name = path.basename(folder);
    expect(globSync('*-feature.ts', { cwd: folder }), folder).toEqual([`${name}-feature.ts`]);
    const exported = Object.values((await import(path.join(folder, `${name}-feature.ts`))) as object);
    expect(exported, `${name}-feature.ts exports its feature and nothing else`).toHaveLength(1);
    expect(exported[0], folder).toMatchObject({ name });
    expect(
      declared.filter((feature) => feature === exported[0]),
      `${name} in api/features.ts`,
    ).toHaveLength(1);
  }
});

test('routes for sidecars are internal, and no others are', () => {
  for (const { authority, operationId } of served.publicly) expect(authority.access, operationId).not.toBe('internal');
  for (const { authority, operationId } of served.internally) expect(authority.access, operationId).toBe('internal');
});

test('every path parameter is declared by one feature, and every declaration is used', () => {
  const introducing = (member: 'pathRows' | 'sidecarPathRows', parameter: string) =>
    declared.filter((feature) => feature[member]?.[parameter] !== undefined).map(({ name }) => name);
  const inPublic = parametersIn(served.publicly);
  const inInternal = parametersIn(served.internally);
  for (const parameter of inPublic) {
    expect(introducing('pathRows', parameter), `pathRows with :${parameter}`).toHaveLength(1);
  }
  for (const parameter of inInternal) {
    // What only sidecars' paths name by this word comes first; a word may name something else to people.
    const own = introducing('sidecarPathRows', parameter);
    const names = own.length === 0 ? introducing('pathRows', parameter) : own;
    expect(names, `sidecarPathRows or pathRows with :${parameter}`).toHaveLength(1);
  }
  for (const { name, pathRows = {}, sidecarPathRows = {} } of declared) {
    for (const parameter of Object.keys(pathRows)) expect(inPublic, `:${parameter} of ${name}`).toContain(parameter);
    for (const parameter of Object.keys(sidecarPathRows)) {
      expect(inInternal, `:${parameter} of ${name}`).toContain(parameter);
    }
  }
});
