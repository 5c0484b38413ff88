import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operationFiles } from './operation-files.ts';

let root: string;

beforeAll(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'crewship-routes-'));
  const files = {
    'api/work/a-routes.ts': "operationId: 'getA',\noperationId: 'listA',\noperationId: `${verb}A`,",
    'api/work/b-routes.ts': "operationId: 'getB', operationId: 'both',",
    'api/work/c-routes.ts': "operationId: 'both',",
    'api/work/a-routes.test.ts': "operationId: 'getA',",
  };
  mkdirSync(path.join(root, 'api/work'), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(root, file), text);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('the file of an operation is the one that has its id as a literal', () => {
  expect(operationFiles(root, 'api', ['getA', 'getB'])).toEqual(
    new Map([
      ['getA', 'api/work/a-routes.ts'],
      ['getB', 'api/work/b-routes.ts'],
    ]),
  );
});

test('an id that stands in no file, or in two, is refused', () => {
  expect(() => operationFiles(root, 'api', ['approveA'])).toThrow('approveA: write its id out');
  expect(() => operationFiles(root, 'api', ['both'])).toThrow('both: api/work/b-routes.ts or api/work/c-routes.ts');
});
