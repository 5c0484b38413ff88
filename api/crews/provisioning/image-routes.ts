import { z } from 'zod';
import type { Database } from '../../../db/kernel/database.ts';
import { removeImage } from '../../../commands/crews/provisioning/remove-image.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { pageHeaders, pageQuery } from '../../http/kernel/pagination.ts';
import { defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { listImages } from '../../../db/crews/provisioning/list-images.ts';

const imageAnswer = z.object({
  tag: z.string(),
  config_hash: z.string().describe('the whole of it: what the image is; the tag is its name'),
  host_id: z.string(),
  created_at: timeField,
  size_bytes: z.int(),
  referenced_by_crew_ids: z.array(z.string()).describe('crews of this workspace'),
});

const tagField = z
  .string()
  .regex(/^crewship-cache:[0-9a-f]{12,64}$/, 'must be crewship-cache: and 12 to 64 hex characters');

/** Images of crews on the Docker hosts: docs/contracts/provisioning.md, Removal. */
export function createImageRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const tags = ['Provisioning'];
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/cache/images',
      operationId: 'listCachedImages',
      summary: 'List the images that hosts hold for crews, newest first',
      description: 'Hosts are shared: the tags of all workspaces are here, the crews are those of the caller’s.',
      tags,
      authority: { access: 'member', action: 'read', scope: 'crews:read' },
      query: z.object(pageQuery({ defaultLimit: 100 })),
      responses: { 200: z.object({ images: z.array(imageAnswer) }) },
      handler: async (ctx) => {
        const page = await listImages(deps.database.reads, ctx.workspace.id, ctx.query);
        const images = page.rows.map((image) => ({
          ...image,
          referenced_by_crew_ids: [...image.referenced_by_crew_ids],
        }));
        return ok({ images }, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/cache/images/:tag',
      operationId: 'deleteCachedImage',
      summary: 'Remove a cached image from the hosts that hold it',
      description:
        'Nobody gets it from here on; its hosts remove it at once, or when nothing was made from it any more. While ' +
        'a crew has it it is a 409 with `crew_ids`, the caller’s own: rebuild them first.',
      tags,
      authority: { access: 'operator' },
      params: z.object({ tag: tagField }),
      query: z.object({ host_id: idField.optional().describe('on this host only') }),
      responses: { 204: z.null() },
      errors: ['not_found', 'conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          await removeImage(
            tx,
            { tag: ctx.params.tag, hostId: ctx.query.host_id },
            { actor: ctx.actor, workspaceIds: ctx.memberWorkspaceIds },
          );
          return noContent();
        }),
    }),
  ];
}
