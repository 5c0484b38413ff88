import { hash } from '@node-rs/argon2';
import { bootstrapInstance } from '../../../commands/people/identity/bootstrap-instance.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { newCliToken } from '../../http/auth/cli-token.ts';
import type { AttemptLimiter } from '../../http/limits/attempt-limiter.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { bootstrapAnswer, bootstrapBody, setupStatusAnswer } from './identity-schemas.ts';
import { needsBootstrap } from '../../../db/people/identity/needs-bootstrap.ts';

/** The first user of an empty instance. */
export function createBootstrapRoutes(deps: {
  readonly database: Pick<Database, 'systemReads'>;
  readonly allowSignup: boolean;
  readonly attempts: Pick<AttemptLimiter, 'count'>;
}): Route[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/bootstrap',
      operationId: 'bootstrapInstance',
      summary: 'Make the first user, their workspace and a CLI token',
      description: 'Only on an instance without users; the first user is the instance operator.',
      tags: ['Identity'],
      authority: { access: 'public' },
      body: bootstrapBody,
      responses: { 201: bootstrapAnswer },
      errors: ['already_bootstrapped', 'rate_limited'],
      handler: async (ctx) => {
        await deps.attempts.count('bootstrap', ctx.actor.address);
        // Cheap refusal first: hashing a password is expensive on purpose.
        if (!(await needsBootstrap(deps.database.systemReads))) {
          throw new CrewshipError('already_bootstrapped', 'this instance has a user already');
        }
        const passwordHash = await hash(ctx.body.password);
        const { token, hash: tokenHash, prefix } = newCliToken();
        return ctx.write(async (tx) => {
          const { userId, workspaceId } = await bootstrapInstance(tx, {
            fullName: ctx.body.full_name,
            email: ctx.body.email,
            passwordHash,
            token: { hash: tokenHash, prefix },
            requestId: ctx.requestId,
            address: ctx.actor.address,
          });
          return created({ user_id: userId, email: ctx.body.email, workspace_id: workspaceId, cli_token: token });
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/system/setup-status',
      operationId: 'getSetupStatus',
      summary: 'Whether the instance waits for its first user',
      tags: ['Identity'],
      authority: { access: 'public' },
      responses: { 200: setupStatusAnswer },
      handler: async () =>
        ok({ needs_bootstrap: await needsBootstrap(deps.database.systemReads), allow_signup: deps.allowSignup }),
    }),
  ];
}
