import { resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import {
  cancelProvision,
  type ImagePolicy,
  startProvision,
} from '../../../commands/engine/provisioning/provision-commands.ts';
import { readProvision } from '../../../db/crews/provisioning/read-provision.ts';
import { crewParams } from '../crews/crew-schemas.ts';
import { accepted, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import type { ProvisionLimiter } from './provision-limiter.ts';
import { cancelledAnswer, provisionAnswer, startedAnswer } from './provision-schemas.ts';

/** A crew's image: docs/contracts/provisioning.md, Status. */
export function createProvisionRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  /** What crews' images are made of, and how many a workspace makes at once. */
  readonly images: ImagePolicy;
  /** Limits what a workspace starts to provision. */
  readonly provisions: ProvisionLimiter;
}): Route[] {
  const { reads } = deps.database;
  const common = { tags: ['Provisioning'], params: crewParams };
  const read = { access: 'member', action: 'read', scope: 'crews:read' } as const;
  const create = { access: 'member', action: 'create', scope: 'crews:write' } as const;

  const start = (route: { path: string; operationId: string; summary: string; description: string; fresh: boolean }) =>
    defineRoute({
      ...common,
      method: 'POST',
      url: `/api/v1/crews/:crewId/${route.path}`,
      operationId: route.operationId,
      summary: route.summary,
      description: route.description,
      authority: create,
      responses: { 202: startedAnswer },
      errors: ['ambiguous_reference', 'conflict', 'rate_limited', 'no_live_host'],
      handler: async (ctx) => {
        const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        await deps.provisions.countStart(ctx.workspace.id);
        return ctx.write(async (tx) => {
          await startProvision(tx, crew.id, { ...deps.images, fresh: route.fresh, actor: ctx.actor });
          return accepted({
            status: 'started' as const,
            message: `Provisioning started. Monitor with GET /api/v1/crews/${crew.slug}/provision.`,
          });
        });
      },
    });

  return [
    defineRoute({
      ...common,
      method: 'GET',
      url: '/api/v1/crews/:crewId/provision',
      operationId: 'getProvision',
      summary: 'Say what image a crew has and how far its provisioning is',
      authority: read,
      responses: { 200: provisionAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        return ok(await readProvision(reads, ctx.workspace.id, crew.id));
      },
    }),
    start({
      path: 'provision',
      operationId: 'startProvision',
      summary: 'Make a crew’s image, or find it in its host’s cache',
      description:
        'Crews whose configurations come to the same image share one build. 409 with `job_status` while this crew is ' +
        'being provisioned, 429 when the workspace has too much under way, 503 while the crew’s host is not up.',
      fresh: false,
    }),
    start({
      path: 'rebuild',
      operationId: 'rebuildCrewImage',
      summary: 'Make a crew’s image anew, past the cache',
      description:
        'The crew gives up its image at once. For features that changed under the same tag; refused as the ' +
        'provisioning is.',
      fresh: true,
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: '/api/v1/crews/:crewId/provision/cancel',
      operationId: 'cancelProvision',
      summary: 'End a crew’s provisioning',
      description:
        'The build goes on while other crews wait for it. The status is then idle, or completed when the crew has an ' +
        'image. 409 with `job_status` when nothing is under way.',
      authority: create,
      responses: { 200: cancelledAnswer },
      errors: ['ambiguous_reference', 'conflict'],
      handler: async (ctx) => {
        const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        return ctx.write(async (tx) => {
          const status = await cancelProvision(tx, crew.id, ctx.actor);
          return ok({ status, message: 'Provisioning was cancelled.' });
        });
      },
    }),
  ];
}
