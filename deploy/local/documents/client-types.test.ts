import { expect, test } from 'vitest';
import { clientTypes } from './client-types.ts';

test('a list of one of two objects is a list, whichever of them its elements are', () => {
  const one = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
  const other = { type: 'object', properties: { b: { type: 'array', items: one } }, required: ['b'] };
  const schema = { type: 'array', items: { anyOf: [one, other] } };
  const content = { 'application/json': { schema } };
  const document = { paths: { '/x': { get: { operationId: 'listX', responses: { 200: { content } } } } } };
  const types = clientTypes(document as unknown as Parameters<typeof clientTypes>[0], []);
  expect(types).toMatch(/readonly answer: readonly \(\{[^]*\} \| \{[^]*\}\)\[\];/);
  expect(types).toMatch(/readonly b: readonly \{[^()]*\}\[\];/);
});
