import { z } from 'zod';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { checkReadiness, type ReadinessProbe } from './check-readiness.ts';
import { readinessSchema } from './readiness-schema.ts';

const statusSchema = z.object({ status: z.literal('ok') });

/** Health of this process and of what it depends on. */
export function createHealthRoutes(deps: { readonly probes: readonly ReadinessProbe[] }): Route[] {
  const readiness = {
    description:
      '503 only when Postgres or its schema is missing. Without Redis, Temporal or a live host, requests are still ' +
      'accepted and carried out later: 200 with `status: degraded`.',
    tags: ['Health'],
    authority: { access: 'public' },
    isProbe: true,
    responses: { 200: readinessSchema, 503: readinessSchema },
    handler: async () => {
      const body = await checkReadiness(deps.probes);
      return { status: body.status === 'down' ? (503 as const) : (200 as const), body };
    },
  } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/health',
      operationId: 'getHealth',
      summary: 'Whether the API answers',
      tags: ['Health'],
      authority: { access: 'public' },
      isProbe: true,
      responses: { 200: statusSchema },
      handler: () => ok({ status: 'ok' as const }),
    }),
    defineRoute({
      method: 'GET',
      url: '/health/live',
      operationId: 'getLiveness',
      summary: 'Whether the process is alive',
      tags: ['Health'],
      authority: { access: 'public' },
      isProbe: true,
      responses: { 200: statusSchema },
      handler: () => ok({ status: 'ok' as const }),
    }),
    defineRoute({
      ...readiness,
      method: 'GET',
      url: '/health/ready',
      operationId: 'getReadiness',
      summary: 'Whether requests can be accepted, and which parts are down',
    }),
    defineRoute({
      ...readiness,
      method: 'GET',
      url: '/health',
      operationId: 'getHealthOfParts',
      summary: 'The same as readiness',
    }),
  ];
}
