import { expect, test } from 'vitest';
import { changedOperations } from './changed-operations.ts';

const at = (operationId: string, summary = '') => ({ get: { operationId, summary, responses: {} } });

test('what differs is named by operation', () => {
  const committed = { openapi: '3.1.0', paths: { '/a': at('getA'), '/b': at('getB'), '/c': at('getC') } };
  const generated = { openapi: '3.1.0', paths: { '/a': at('getA'), '/b': at('getB', 'new'), '/d': at('getD') } };
  expect(changedOperations(committed, generated)).toEqual([
    'getB (GET /b): changed',
    'getC (GET /c): only in the file',
    'getD (GET /d): not in the file',
  ]);
  expect(changedOperations(committed, { ...committed, openapi: '3.1.1' })).toEqual([
    'what is around the operations: changed',
  ]);
});
