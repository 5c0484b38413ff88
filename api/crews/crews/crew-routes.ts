import { z } from 'zod';
import { createCrew, deleteCrew, updateCrew } from '../../../commands/engine/crews/crew-commands.ts';
import { listCrews, resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import { restartContainer } from '../../../commands/engine/crews/restart-container.ts';
import { restartAgents } from '../../../commands/engine/crews/restart-agents.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { ImagePolicy } from '../../../commands/engine/provisioning/provision-commands.ts';
import { type Role, roleAllows } from '../../../domain/kernel/access/authority.ts';
import { refuseRaising } from '../../../domain/crews/autonomy/autonomy.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { type CrewFields, crewWarnings, NEW_CREW_DEFAULTS } from '../../../domain/crews/crews/crew.ts';
import { settleDomains } from '../../../domain/crews/crews/settle-domains.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import {
  changedCrewAnswer,
  crewAnswer,
  crewListQuery,
  crewParams,
  crewPatchBody,
  newCrewBody,
} from './crew-schemas.ts';

/** What decides who may reach a crew, what it may reach and what runs in it (docs/contracts/crews-and-agents.md). */
const TRUST_FIELDS = [
  'network_mode',
  'allowed_domains',
  'runtime_image',
  'devcontainer_config',
  'mise_config',
  'takes_integrator_tokens',
] as const satisfies readonly (keyof CrewFields)[];

/** Moving a crew's trust boundary takes ADMIN; saying again what is so already does not. */
function refuseMovingTrust(current: CrewFields, wanted: Partial<CrewFields>, role: Role): void {
  const moved = TRUST_FIELDS.find(
    (field) => wanted[field] !== undefined && JSON.stringify(wanted[field]) !== JSON.stringify(current[field]),
  );
  if (moved === undefined || roleAllows(role, { action: 'manage' })) return;
  throw new CrewshipError('forbidden', `changing ${moved} takes ADMIN`);
}

/** Crews: docs/contracts/crews-and-agents.md, Crews. */
export function createCrewRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly images: ImagePolicy;
}): Route[] {
  const { reads } = deps.database;
  const tags = ['Crews'];
  const read = { access: 'member', action: 'read', scope: 'crews:read' } as const;
  const create = { access: 'member', action: 'create', scope: 'crews:write' } as const;

  const update = (by: { method: 'PATCH' | 'PUT'; operationId: string }): Route =>
    defineRoute({
      ...by,
      url: '/api/v1/crews/:crewId',
      summary: 'Change the fields that are given',
      tags,
      authority: create,
      params: crewParams,
      body: crewPatchBody,
      responses: { 200: changedCrewAnswer },
      errors: ['conflict', 'ambiguous_reference', 'precondition_failed'],
      handler: async (ctx) => {
        const { id } = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        return ctx.write(async (tx) => {
          let dropped: string[] = [];
          const crew = await updateCrew(
            tx,
            id,
            (current) => {
              ctx.ifMatch(crewAnswer, current);
              refuseRaising(current.autonomy_level, ctx.body.autonomy_level, ctx.workspace.role);
              refuseMovingTrust(current, ctx.body, ctx.workspace.role);
              const settled = settleDomains({ ...current, ...ctx.body });
              dropped = settled.warnings;
              return dropped.length === 0 ? ctx.body : { ...ctx.body, allowed_domains: settled.allowed_domains };
            },
            ctx.actor,
            deps.images,
          );
          return ok({ ...crew, warnings: [...crewWarnings(crew), ...dropped] });
        });
      },
    });

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/crews',
      operationId: 'listCrews',
      summary: 'List crews, newest first',
      tags,
      authority: read,
      query: crewListQuery,
      responses: { 200: z.array(crewAnswer) },
      handler: async (ctx) => {
        const page = await listCrews(reads, ctx.workspace.id, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/crews',
      operationId: 'createCrew',
      summary: 'Create a crew',
      tags,
      authority: create,
      body: newCrewBody,
      responses: { 201: changedCrewAnswer },
      errors: ['conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const wanted = { ...NEW_CREW_DEFAULTS, ...ctx.body };
          refuseRaising(NEW_CREW_DEFAULTS.autonomy_level, wanted.autonomy_level, ctx.workspace.role);
          const { allowed_domains, warnings } = settleDomains(wanted);
          const crew = await createCrew(tx, ctx.workspace.id, { ...wanted, allowed_domains }, ctx.actor, {
            images: deps.images,
          });
          return created({ ...crew, warnings: [...crewWarnings(crew), ...warnings] });
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/crews/:crewId',
      operationId: 'getCrew',
      summary: 'Get a crew',
      tags,
      authority: read,
      params: crewParams,
      hasETag: true,
      responses: { 200: crewAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => ok(await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId)),
    }),
    update({ method: 'PATCH', operationId: 'updateCrew' }),
    update({ method: 'PUT', operationId: 'putCrew' }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/crews/:crewId/restart-agents',
      operationId: 'restartCrewAgents',
      summary: 'End the crew’s agents and start them again',
      description:
        'For a changed environment to take effect without a new image. Each attempt that runs ends with `error_code: ' +
        'restarted` and is followed by one that names it; it counts as no failure. The container stays, unless its ' +
        'image is outdated.',
      tags,
      authority: create,
      params: crewParams,
      responses: { 200: z.object({ restarted: z.int().describe('attempts that were running') }) },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        return ctx.write(async (tx) => ok(await restartAgents(tx, id, ctx.actor)));
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/crews/:crewId/container-restart',
      operationId: 'restartCrewContainer',
      summary: 'Make the crew’s container anew',
      description:
        'For a `/tmp` or `/dev/shm` that is full, as they are emptied with it; files and volumes stay. Each attempt ' +
        'that runs ends with `error_code: restarted` and is followed by one that names it, in the new container; it ' +
        'counts as no failure. 409 for a crew that has no container.',
      tags,
      authority: create,
      params: crewParams,
      responses: { 200: z.object({ restarted: z.int().describe('attempts that were running') }) },
      errors: ['ambiguous_reference', 'wrong_state'],
      handler: async (ctx) => {
        const { id } = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        return ctx.write(async (tx) => ok(await restartContainer(tx, id, ctx.actor)));
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/crews/:crewId',
      operationId: 'deleteCrew',
      summary: 'Delete a crew, its agents with it',
      description: 'Live missions are cancelled; missions, runs and their evidence stay. The slug is free again.',
      tags,
      authority: { access: 'member', action: 'manage', scope: 'crews:write' },
      params: crewParams,
      responses: { 204: z.null() },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const { id } = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        return ctx.write(async (tx) => {
          await deleteCrew(tx, id, ctx.actor);
          return noContent();
        });
      },
    }),
  ];
}
