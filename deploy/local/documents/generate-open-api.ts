import swagger from '@fastify/swagger';
import { createHttpServer } from '../../../api/http/kernel/create-http-server.ts';
import { openApiOptions } from '../../../api/http/kernel/openapi.ts';
import { registerRoutes } from '../../../api/http/kernel/register-routes.ts';
import type { Route } from '../../../api/http/kernel/route.ts';
import { createLogger } from '../../../platform/logging/logger.ts';
import type { OpenApiDocument } from './open-api-document.ts';
import { sortMembers } from './stable-json.ts';
import { unusable } from './unusable.ts';

/**
 * The OpenAPI document of declared routes, as a listener that serves them makes it, without the address of a server and
 * with its members sorted. Rejects when something refers to a schema that the document does not have.
 */
export async function generateOpenApi(
  routes: readonly Route[],
  audience: 'public' | 'internal',
): Promise<OpenApiDocument> {
  const server = createHttpServer({ log: createLogger({ name: 'openapi', level: 'silent' }), routes: [] });
  await server.register(swagger, openApiOptions(undefined, audience));
  registerRoutes(server, routes, unusable('what registered routes need'));
  await server.ready();
  const document = sortMembers(server.swagger()) as OpenApiDocument;
  await server.close();
  refuseLooseReferences(document);
  return document;
}

function refuseLooseReferences(document: OpenApiDocument): void {
  const known = Object.keys(document.components?.schemas ?? {}).map((name) => `#/components/schemas/${name}`);
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference]) => reference!);
  const loose = new Set(references.filter((reference) => !known.includes(reference)));
  if (loose.size > 0) throw new Error(`the document refers to what it does not have: ${[...loose].join(', ')}`);
}
