import multipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import type { Route } from './route.ts';

const LIMITS = { files: 1, fields: 8, fieldNameSize: 64, fieldSize: 4_096, parts: 9 };

/**
 * Registers routes that take files apart from the others, as reading parts puts hooks around every route beside it.
 * `register` adds routes to a scope.
 */
export async function registerUploads(
  server: FastifyInstance,
  routes: readonly Route[],
  register: (scope: FastifyInstance, routes: readonly Route[]) => void,
): Promise<void> {
  register(
    server,
    routes.filter(({ isUpload }) => !isUpload),
  );
  await server.register(async (scope) => {
    await scope.register(multipart, { limits: LIMITS, throwFileSizeLimit: false });
    register(
      scope,
      routes.filter(({ isUpload }) => isUpload),
    );
  });
}
