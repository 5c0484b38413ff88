import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineRoute, ok, type Route } from '../../../api/http/kernel/route.ts';
import { generateOpenApi } from './generate-open-api.ts';
import { unusable } from './unusable.ts';

function routeOf(access: 'public' | 'internal'): Route {
  return defineRoute({
    method: 'GET',
    url: '/crews/:crewId',
    operationId: 'getCrew',
    summary: 'Give a crew',
    tags: ['Crews'],
    authority: { access },
    params: z.object({ crewId: z.string().max(10) }),
    responses: { 200: z.object({ metadata: z.record(z.string(), z.json()) }) },
    handler: () => ok({ metadata: {} }),
  });
}

test('a document has the declared operations, no server, and nothing that it refers to in vain', async () => {
  const document = await generateOpenApi([routeOf('public')], 'public');
  expect(document).not.toHaveProperty('servers');
  expect(document.paths['/crews/{crewId}']).toMatchObject({
    get: { operationId: 'getCrew', security: [], parameters: [{ in: 'path', name: 'crewId', required: true }] },
  });
  expect(document.paths['/crews/{crewId}']!.get!.responses['200']!.content!['application/json']!.schema).toMatchObject({
    properties: { metadata: { additionalProperties: {} } },
  });
});

test('the internal document says how sidecars prove who they are', async () => {
  const document = await generateOpenApi([routeOf('internal')], 'internal');
  expect(document).toMatchObject({
    info: { title: 'Crewship internal API' },
    components: { securitySchemes: { internalToken: { name: 'X-Internal-Token' } } },
    paths: { '/crews/{crewId}': { get: { security: [{ internalToken: [] }] } } },
  });
});

test('what handlers are given may be handed on while routes are declared, and nothing else', () => {
  const deps = unusable<{ readonly database: { readonly reads: { any(): unknown } }; readonly publicUrl: string }>(
    'deps',
  );
  const { reads } = deps.database;
  expect(() => reads.any()).toThrow('deps.database.reads.any is used while routes are declared');
  expect(() => `${deps.publicUrl}/`).toThrow('deps.publicUrl is used while routes are declared');
  expect(() => ({ ...deps })).toThrow('deps is used');
});
