import { expect, test } from 'vitest';
import { findNarrowings } from './find-narrowings.ts';
import type { OpenApiDocument, Operation, Schema } from './open-api-document.ts';

function documentOf(operations: Record<string, Operation>, schemas: Record<string, Schema> = {}): OpenApiDocument {
  const paths = Object.entries(operations).map(([key, operation]) => {
    const [method, path] = key.split(' ') as [string, string];
    return [path, { [method.toLowerCase()]: operation }];
  });
  return { openapi: '3.1.0', paths: Object.fromEntries(paths), components: { schemas } };
}

const json = (schema: Schema) => ({ 'application/json': { schema } });
const operation: Operation = { operationId: 'it', responses: { 200: { content: json({ type: 'object' }) } } };

/** What is found when the operation `it` goes from one form to another. */
function between(
  before: Partial<Operation>,
  after: Partial<Operation>,
  schemas: Record<string, Schema>[] = [],
): string[] {
  const [was, is] = [before, after].map((part, index) =>
    documentOf({ 'POST /x': { ...operation, ...part } }, schemas[index]),
  );
  return findNarrowings(was!, is!).map(({ operationId, what }) => `${operationId}: ${what}`);
}
const taking = (schema: Schema): Partial<Operation> => ({ requestBody: { required: true, content: json(schema) } });
const giving = (schema: Schema): Partial<Operation> => ({ responses: { 200: { content: json(schema) } } });
const query = (name: string, required: boolean, schema: Schema = { type: 'string' }): Partial<Operation> => ({
  parameters: [{ in: 'query', name, required, schema }],
});
const object = (properties: Record<string, Schema>, ...required: string[]): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const text: Schema = { type: 'string' };
const nothing: Schema = { type: 'null' };

test('an operation that is gone, or moved, is a narrowing; one that is new is not', () => {
  const [was, is] = [documentOf({ 'GET /a/{id}': operation }), documentOf({ 'GET /b/{id}': operation })];
  expect(findNarrowings(was, is)).toEqual([{ operationId: 'it', what: 'GET /a/{} is gone' }]);
  expect(findNarrowings(documentOf({}), is)).toEqual([]);
});

test('what a path parameter is called makes no difference, what it takes does', () => {
  const at = (name: string, maxLength: number) =>
    documentOf({
      [`GET /a/{${name}}`]: {
        ...operation,
        parameters: [{ in: 'path', name, required: true, schema: { type: 'string', maxLength } }],
      },
    });
  expect(findNarrowings(at('id', 5), at('crewId', 5))).toEqual([]);
  expect(findNarrowings(at('id', 5), at('crewId', 4))).toEqual([
    { operationId: 'it', what: 'parameter id: maxLength is 4, was 5' },
  ]);
});

test('every kind of narrowing of what is taken is found', () => {
  const cases: [before: Partial<Operation>, after: Partial<Operation>, found: string[]][] = [
    [{}, query('a', true), ['it: parameter a: is required']],
    [query('a', false), query('a', true), ['it: parameter a: is required']],
    [query('a', false), {}, ['it: parameter a: is gone']],
    [query('a', false), query('a', false, { type: 'integer' }), ['it: parameter a: takes integer, was string']],
    [{}, taking(text), ['it: body: is required']],
    [taking(text), {}, ['it: body: application/json is gone']],
    [taking(object({ a: text })), taking(object({ a: text }, 'a')), ['it: body.a: is required']],
    [taking(object({})), taking(object({ a: text }, 'a')), ['it: body.a: is required']],
    [taking(object({ a: text })), taking(object({})), ['it: body.a: is gone']],
    [taking({ enum: ['a', 'b'] }), taking({ enum: ['a'] }), ['it: body: no longer takes "b"']],
    [taking(text), taking({ ...(text as object), enum: ['a'] }), ['it: body: takes only "a"']],
    [taking({ type: ['string', 'null'] }), taking(text), ['it: body: no longer takes null']],
    [taking({ anyOf: [text, nothing] }), taking(text), ['it: body: no longer takes null']],
    [taking({ type: 'number' }), taking({ type: 'integer' }), ['it: body: takes integer, was number']],
    [taking({}), taking(text), ['it: body: takes string, was anything']],
    [taking({ maximum: 5 }), taking({ maximum: 4 }), ['it: body: maximum is 4, was 5']],
    [taking(text), taking({ type: 'string', minLength: 1 }), ['it: body: minLength is 1, was none']],
    [taking(text), taking({ type: 'string', pattern: '^a' }), ['it: body: pattern is "^a", was none']],
    [taking({ type: 'object' }), taking(object({})), ['it: body: refuses members that it does not name']],
    [
      taking({ type: 'array', items: { type: 'string', maxLength: 5 } }),
      taking({ type: 'array', items: { type: 'string', maxLength: 4 } }),
      ['it: body[]: maxLength is 4, was 5'],
    ],
    [
      taking({ anyOf: [object({ a: { type: 'string', maxLength: 5 } }), nothing] }),
      taking({ anyOf: [object({ a: { type: 'string', maxLength: 4 } }), nothing] }),
      ['it: body.a: maxLength is 4, was 5'],
    ],
    [{ security: [] }, { security: [{ token: [] }] }, ['it: a credential is required']],
  ];
  for (const [before, after, found] of cases) expect(between(before, after)).toEqual(found);
});

test('every kind of narrowing of what is given is found', () => {
  const csv = { 'text/csv': { schema: text } };
  const cases: [before: Partial<Operation>, after: Partial<Operation>, found: string[]][] = [
    [giving(object({ a: text })), giving(object({})), ['it: 200.a: is gone']],
    [giving(object({ a: text }, 'a')), giving(object({ a: text })), ['it: 200.a: is no longer always there']],
    [giving(text), giving({ type: 'integer' }), ['it: 200: is integer, was string']],
    [giving(text), giving({ type: ['string', 'null'] }), ['it: 200: may now be null']],
    [giving({ type: 'array', items: text }), giving({ type: 'array' }), ['it: 200[]: is anything, was string']],
    [{ responses: { 200: {}, 202: {} } }, { responses: { 200: {} } }, ['it: 202: is gone']],
    [
      { responses: { 200: { content: { ...json(text), ...csv } } } },
      { responses: { 200: { content: csv } } },
      ['it: 200: application/json is gone'],
    ],
  ];
  for (const [before, after, found] of cases) expect(between(before, after)).toEqual(found);
});

test('what widens, or only adds, is left alone', () => {
  const cases: [before: Partial<Operation>, after: Partial<Operation>][] = [
    [{}, query('a', false)],
    [query('a', true), query('a', false)],
    [taking(object({ a: text }, 'a')), taking(object({ a: text, b: text }))],
    [taking({ enum: ['a'] }), taking({ enum: ['a', 'b'] })],
    [taking({ type: 'integer' }), taking({ type: 'number' })],
    [taking(text), taking({ anyOf: [text, nothing] })],
    [taking({ type: ['string', 'null'] }), taking({ anyOf: [nothing, text] })],
    [taking({ maximum: 4, minLength: 2 }), taking({ maximum: 5 })],
    [giving(object({ a: text })), giving(object({ a: text, b: text }, 'a', 'b'))],
    [giving({ enum: ['a', 'b'] }), giving({ enum: ['a', 'b', 'c'] })],
    [giving({ type: ['string', 'null'] }), giving(text)],
    [{ responses: { 200: {}, 404: {} } }, { responses: { 200: {}, 201: {} } }],
  ];
  for (const [before, after] of cases) expect(between(before, after)).toEqual([]);
});

test('references are followed into their own document, also in circles', () => {
  const list = (member: Schema): Record<string, Schema> => ({
    List: object({ next: { $ref: '#/components/schemas/List' }, value: member }),
  });
  const body = taking({ $ref: '#/components/schemas/List' });
  expect(between(body, body, [list(text), list(text)])).toEqual([]);
  expect(between(body, body, [list(text), list({ type: 'integer' })])).toEqual([
    'it: body.value: takes integer, was string',
  ]);
});
