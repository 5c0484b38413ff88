import { z } from 'zod';
import type { NewHostCall } from '../../../commands/kernel/host-calls/ask-host.ts';
import { resolveCrew } from '../../../db/crews/crews/crews-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { crewFilePath } from '../../../domain/crews/crew-files/crew-file-path.ts';
import type { Crew } from '../../../domain/crews/crews/crew.ts';
import { CrewshipError, crewUnreachable, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { CREW_FILES_ROOTS } from '../../../domain/kernel/host-calls/host-call.ts';
import { callHost, type HostCallDeps } from '../../http/host-calls/call-host.ts';
import { refField } from '../../http/kernel/fields.ts';
import { accepted, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';

const params = z.object({ crewId: refField });
const path = z.string().max(1_024);

const filesAnswer = z.object({
  path: z.string(),
  is_dir: z.boolean(),
  size: z.int().describe('of a file, in bytes; 0 for a directory'),
  entries: z
    .array(z.object({ name: z.string(), is_dir: z.boolean(), size: z.int() }))
    .describe('of a directory, by name: regular files and directories, up to 1,000'),
  truncated: z.boolean().describe('the directory holds more'),
});

/** What people see of crews' files, and remove of them: docs/contracts/crews-and-agents.md, Data. */
export function createCrewFileRoutes(
  deps: HostCallDeps & { readonly database: Pick<Database, 'reads' | 'transaction'> },
): Route[] {
  const { reads } = deps.database;
  const tags = ['Crews'];
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/crews/:crewId/files',
      operationId: 'listCrewFiles',
      summary: 'List a directory of a crew',
      description: 'The crew’s host is asked: 502 for one that is lost, 503 when it does not answer in time.',
      tags,
      authority: { access: 'member', action: 'read', scope: 'crews:read' },
      params,
      query: z.object({
        path: path
          .default('.')
          .describe('begins with workspace, output or crew; `.`, where nothing is said, lists these'),
      }),
      responses: { 200: filesAnswer },
      errors: ['ambiguous_reference', 'crew_unreachable', 'forbidden', 'rate_limited', 'unavailable'],
      handler: async (ctx) => {
        const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        const names = crewFilePath(ctx.query.path);
        if (names.length === 0) {
          const entries = CREW_FILES_ROOTS.map((name) => ({ name, is_dir: true, size: 0 }));
          return ok({ path: '.', is_dir: true, size: 0, entries, truncated: false });
        }
        const caller = { request: ctx.request.raw, requestId: ctx.requestId, actor: ctx.actor };
        const answer = await callHost(deps, caller, { kind: 'list_files', ...placeOf(crew, names) });
        if (answer === null) throw new CrewshipError('unavailable', 'the crew’s host did not answer; ask again');
        return ok({ path: names.join('/'), ...answer, entries: [...answer.entries] });
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/crews/:crewId/files/delete',
      operationId: 'deleteCrewFile',
      summary: 'Delete a file of a crew, or a directory with all below it',
      description:
        'Links are removed, not followed. 204 once it is gone; 202 when that takes the host longer, which goes on ' +
        'for up to ten minutes. Agents that write there meanwhile may keep a directory from going: 403.',
      tags,
      authority: { access: 'member', action: 'create', scope: 'crews:write' },
      params,
      query: z.object({ path: path.describe('begins with workspace, output or crew, and names something in it') }),
      responses: { 202: z.object({ status: z.literal('deleting') }), 204: z.null() },
      errors: ['ambiguous_reference', 'crew_unreachable', 'forbidden', 'rate_limited', 'unavailable'],
      handler: async (ctx) => {
        const crew = await resolveCrew(reads, ctx.workspace.id, ctx.params.crewId);
        const place = placeOf(crew, crewFilePath(ctx.query.path));
        if (place.input.path === '') throw invalidField('path', 'must name something in workspace, output or crew');
        const caller = { request: ctx.request.raw, requestId: ctx.requestId, actor: ctx.actor };
        const answer = await callHost(deps, caller, { kind: 'delete_file', ...place });
        return answer === null ? accepted({ status: 'deleting' as const }) : noContent();
      },
    }),
  ];
}

/** Where a call about a path goes: names of which the first says which of the crew's directories it is in. */
function placeOf(
  crew: Crew,
  [first = '', ...names]: readonly string[],
): Omit<NewHostCall<'list_files' | 'delete_file'>, 'kind'> {
  const directory = CREW_FILES_ROOTS.find((name) => name === first);
  if (directory === undefined) throw invalidField('path', `must begin with ${CREW_FILES_ROOTS.join(', ')}`);
  if (crew.host_id === null) throw crewUnreachable('no_directory', 'the crew has not run yet: it has no files');
  const input = { directory, path: names.join('/') };
  return { workspaceId: crew.workspace_id, crewId: crew.id, hostId: crew.host_id, input };
}
