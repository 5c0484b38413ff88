import { z } from 'zod';
import { requestArtifact } from '../../../commands/work/artifacts/publish-artifact.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { publishArtifactCall } from '../../../domain/work/artifacts/artifact-calls.ts';
import { artifactPath } from '../../../domain/work/artifacts/artifact.ts';
import { sharedFields } from '../../http/kernel/fields.ts';
import { accepted, defineRoute, type Route } from '../../http/kernel/route.ts';

/** Files that agents want published: docs/contracts/artifacts.md, Publishing. */
export function createInternalArtifactRoutes(): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/artifacts',
      operationId: 'publishArtifact',
      summary: 'Have a file of the asking run published when that is over',
      tags: ['Internal'],
      authority: { access: 'internal' },
      body: publishArtifactCall.input(sharedFields).meta({ example: { path: 'reports/march.html', title: 'March' } }),
      responses: { 202: z.object({ path: z.string().describe('below /output'), status: z.literal('requested') }) },
      errors: ['conflict', 'wrong_state', 'limit_reached', 'not_found', 'idempotency_mismatch'],
      handler: (ctx) => {
        const { runId } = ctx.principal;
        if (runId === null) throw new CrewshipError('forbidden', 'only a run publishes files');
        const path = artifactPath(ctx.body.path);
        if (path === null) throw invalidField('path', 'must name a file below /output');
        return ctx.write(async (tx) => {
          await requestArtifact(tx, runId, { path, title: ctx.body.title ?? null });
          return accepted({ path, status: 'requested' as const });
        });
      },
    }),
  ];
}
