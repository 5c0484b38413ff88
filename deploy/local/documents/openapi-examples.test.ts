import { expect, test } from 'vitest';
import type { z } from 'zod';
import type { Route } from '../../../api/http/kernel/route.ts';
import { fillParameters } from '../../../api/http/kernel/route-path.ts';
import { declaredRoutes } from './declared-routes.ts';
import { generateOpenApi } from './generate-open-api.ts';
import { type Content, type OpenApiDocument, type Operation, operationKey, operationsOf } from './open-api-document.ts';
import { stableJson } from './stable-json.ts';

const JSON_TYPE = 'application/json';

/** What is wrong with the examples of an operation, a line each. */
function wrongExamples(route: Route, operation: Operation): string[] {
  const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
  return [
    ...wrongExample('request', operation.requestBody?.content, route.body),
    ...answers.flatMap(([status, { content }]) =>
      wrongExample(`answer ${status}`, content, route.responses[Number(status)]),
    ),
  ].map((line) => `${route.operationId}: ${line}`);
}

function wrongExample(what: string, content: Content | undefined, schema: z.ZodType | undefined): string[] {
  const media = content?.[JSON_TYPE];
  if (media === undefined) return [];
  if (media.example === undefined) return [`${what} has none`];
  const found = schema!.safeParse(media.example);
  return found.success ? [] : found.error.issues.map((issue) => `${what} ${issue.path.join('.')}: ${issue.message}`);
}

const { public: publicRoutes, internal: internalRoutes } = declaredRoutes();

test.each([
  ['public', publicRoutes],
  ['internal', internalRoutes],
] as const)(
  'every %s operation has an example of its request and answer that its own schemas take',
  async (audience, routes) => {
    const document: OpenApiDocument = await generateOpenApi(routes, audience);
    const operations = operationsOf(document);
    const wrong = routes.flatMap((route) => {
      const key = operationKey(
        route.method,
        fillParameters(route.url, (name) => `{${name}}`),
      );
      return wrongExamples(route, operations.get(key)!);
    });
    expect(wrong).toEqual([]);
  },
);

test('examples are the same at every making', async () => {
  const [first, second] = [
    await generateOpenApi(publicRoutes, 'public'),
    await generateOpenApi(publicRoutes, 'public'),
  ];
  expect(stableJson(first)).toBe(stableJson(second));
});
