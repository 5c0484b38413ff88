import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { describeAuthority } from '../../api/http/kernel/openapi.ts';
import { credentialsOf } from '../../api/http/kernel/openapi-security.ts';
import { fillParameters, parametersOf } from '../../api/http/kernel/route-path.ts';
import { startTestApi } from '../support/test-api.ts';
import { perFile } from '../support/world/per-file.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly security: object[];
  readonly 'x-crewship-role': string;
  readonly responses: Record<string, { content?: Record<string, { schema: { $ref?: string } }> }>;
  readonly parameters?: { in: string; name: string; required?: boolean }[];
}
interface Document {
  readonly openapi: string;
  readonly servers?: object[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, { properties: object }> };
}

let document: Document;

const api = perFile(() => startTestApi());
beforeAll(async () => {
  document = (await api.call(null, { method: 'GET', url: '/openapi.json' })).json<Document>();
});

function operationOf(route: { method: string; url: string }): Operation | undefined {
  return document.paths[fillParameters(route.url, (name) => `{${name}}`)]?.[route.method.toLowerCase()];
}

test('the document is OpenAPI 3.1 and holds every declared route and nothing else', () => {
  expect(document.openapi).toBe('3.1.0');
  const documented = Object.values(document.paths).flatMap((path) => Object.values(path).map((op) => op.operationId));
  expect(documented.toSorted()).toEqual(api.routes.map((route) => route.operationId).toSorted());
  expect(new Set(documented).size).toBe(documented.length);
});

test('the document is the committed one, with the address of this instance', () => {
  const committed = readFileSync(path.join(import.meta.dirname, '../../docs/openapi.json'), 'utf8');
  const { servers: _, ...served } = document;
  expect(served).toEqual(JSON.parse(committed));
});

test('every route has a summary, its security, its role and its errors', () => {
  for (const route of api.routes) {
    const operation = operationOf(route)!;
    expect(operation.summary.length, route.operationId).toBeGreaterThan(5);
    expect(operation['x-crewship-role']).toBe(describeAuthority(route.authority));
    expect(operation.description).toContain('Allowed:');
    const isPublic = route.authority.access === 'public';
    expect(operation.security).toEqual(credentialsOf(route.authority));
    expect(operation.security.length === 0).toBe(isPublic);
    const expected = [
      '400',
      '500',
      ...(isPublic ? [] : ['401']),
      ...(parametersOf(route.url).length > 0 ? ['404'] : []),
    ];
    if (route.authority.access === 'member') expected.push('403', '404');
    if (route.method !== 'GET') expected.push('413', '415');
    for (const status of expected) {
      const schema = operation.responses[status]?.content?.['application/problem+json']?.schema;
      expect(schema, `${route.operationId} ${status}`).toEqual({ $ref: '#/components/schemas/Problem' });
    }
  }
  expect(document.components.schemas.Problem!.properties).toHaveProperty('errors');
});

test('every path parameter is documented and every reference resolves', () => {
  for (const route of api.routes) {
    const names = parametersOf(route.url);
    const documented = operationOf(route)!.parameters?.filter((parameter) => parameter.in === 'path') ?? [];
    expect(documented.map((parameter) => parameter.name)).toEqual(names);
  }
  for (const [, name] of JSON.stringify(document).matchAll(/#\/components\/schemas\/([A-Za-z]+)/g)) {
    expect(document.components.schemas).toHaveProperty(name!);
  }
});

test('the docs page is served', async () => {
  const page = await api.call(null, { method: 'GET', url: '/docs/' });
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-type']).toContain('text/html');
});
