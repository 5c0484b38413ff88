import { z } from 'zod';
import { credentialOf } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { timeField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import type { SocketTokens } from '../../http/streams/socket-token.ts';

/** The token that a socket's first frame carries: docs/contracts/journal-and-streams.md, The socket. */
export function createSocketTokenRoutes(deps: { readonly socketTokens: Pick<SocketTokens, 'issue'> }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/ws-token',
      operationId: 'createSocketToken',
      summary: 'Get a token for one’s own WebSocket',
      description:
        'Valid for 15 minutes, to be sent in the first frame on `/ws`. The socket has the rights of the token of ' +
        'this request, scopes included, and is closed when that is revoked or expires.',
      tags: ['Identity'],
      authority: { access: 'user' },
      responses: { 200: z.object({ token: z.string(), expires_at: timeField }) },
      errors: ['forbidden'],
      handler: (ctx) => {
        const { userId } = ctx.principal;
        const credentialId = credentialOf(ctx.principal);
        if (userId === null || credentialId === null) throw new CrewshipError('forbidden', 'a socket needs a token');
        const { token, expiresAt } = deps.socketTokens.issue({ userId, credentialId });
        return ok({ token, expires_at: expiresAt }, { 'cache-control': 'no-store' });
      },
    }),
  ];
}
