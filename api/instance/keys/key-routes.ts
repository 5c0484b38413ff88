import { z } from 'zod';
import type { Database } from '../../../db/kernel/database.ts';
import { listPublishedKeys } from '../../../db/instance/keys/instance-keys.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

/** How long others may go on with what they read: less than a key still counts after it was replaced. */
const CACHE_SECONDS = 300;

const keySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
});

/** The public halves of the keys that the instance signs with: docs/contracts/identity.md, Keys of the instance. */
export function createKeyRoutes(deps: { readonly database: Pick<Database, 'systemReads'> }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/.well-known/jwks.json',
      operationId: 'getInstanceKeys',
      summary: 'Get the public keys that verify what the instance signed',
      description:
        'A JSON Web Key Set: the key that signs now, and those before it for as long as their signatures count. Read ' +
        'it again for a `kid` that is not in it.',
      tags: ['System'],
      authority: { access: 'public' },
      responses: { 200: z.object({ keys: z.array(keySchema) }) },
      handler: async () => {
        const rows = await listPublishedKeys(deps.database.systemReads);
        const keys = rows.map(({ id, public_jwk: jwk }) => ({
          ...{ kty: jwk.kty, crv: jwk.crv, x: jwk.x, kid: id },
          ...{ alg: 'EdDSA' as const, use: 'sig' as const },
        }));
        return ok({ keys }, { 'cache-control': `public, max-age=${CACHE_SECONDS}` });
      },
    }),
  ];
}
