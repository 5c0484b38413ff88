import { expect, test } from 'vitest';
import { missingRows, readContractRows } from './contract-rows.ts';

test('rows are matched by method and path, whatever their parameters are called', () => {
  const rows = readContractRows('# Crews\nGET /crews/{id}\nPOST /crews\n\n# Agents\nGET /agents/{name}/runs\n');
  expect(missingRows(rows, new Set(['GET /crews/{}', 'GET /crews', 'GET /agents/{}/runs']))).toEqual([
    { family: 'Crews', method: 'POST', path: '/crews' },
  ]);
});

test('a line that is no row, and a row that stands there twice, are refused', () => {
  expect(() => readContractRows('FETCH /crews')).toThrow('not a method and a path: FETCH /crews');
  expect(() => readContractRows('GET /a/{x}\nGET /a/{y}')).toThrow('stands there twice: GET /a/{y}');
});
