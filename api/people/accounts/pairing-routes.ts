import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { redeemPairing, startPairing } from '../../../commands/people/accounts/pairing-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { findPairing } from '../../../db/people/accounts/find-pairing.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { newPairingCode, readPairingCode } from '../../../domain/people/accounts/pairing-code.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { newCliToken } from '../../http/auth/cli-token.ts';
import { timeField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import type { AttemptLimiter } from '../../http/limits/attempt-limiter.ts';

const hintField = z
  .string()
  .regex(/^[A-Z0-9_]{1,32}$/, 'must be 1 to 32 of A-Z, 0-9 and _')
  .nullable()
  .optional()
  .describe('the program that is paired');
const codeField = z.string().max(32).describe('`XXXX-XXXX`, in any case, the hyphen may be missing');

const startAnswer = z.object({
  code: z.string().nullable().describe('shown once; null when the answer is replayed for an Idempotency-Key'),
  expires_at: timeField,
});
const pollAnswer = z.object({
  status: z.enum(['pending', 'consumed', 'expired']),
  adapter_hint: z.string().nullable(),
  expires_at: timeField.nullable(),
});

/** A program gets a CLI token by a code that its person types: docs/contracts/accounts.md, Pairing. */
export function createPairingRoutes(deps: {
  readonly database: Pick<Database, 'systemReads' | 'systemTransaction'>;
  readonly keyRing: Pick<KeyRing, 'digest'>;
  readonly attempts: AttemptLimiter;
}): Route[] {
  const tags = ['Accounts'];
  const digestOf = (code: string): Buffer => deps.keyRing.digest(`pairing code\0${code}`);
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/auth/pair/start',
      operationId: 'startPairing',
      summary: 'Get a code by which a program gets a CLI token of one’s own',
      description:
        'For ten minutes, once. The token has the scopes, the workspace binding and the time of the credential ' +
        'that asks ' +
        'for the code, and comes only while that is live. At most ten codes are open at once.',
      tags,
      authority: { access: 'user' },
      body: z.strictObject({ adapter_hint: hintField }),
      responses: { 200: startAnswer },
      errors: ['limit_reached'],
      secretMembers: ['code'],
      handler: (ctx) => {
        const { userId, tokenId, sessionId, scopes } = ctx.principal;
        const code = newPairingCode(randomInt);
        const pairing = {
          ...{ userId: userId!, codeDigest: digestOf(code), adapterHint: ctx.body.adapter_hint ?? null },
          ...{ tokenId, sessionId, scopes },
        };
        return ctx.write(async (tx) => ok({ code, ...(await startPairing(tx, pairing, ctx.actor)) }));
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/auth/pair/poll',
      operationId: 'pollPairing',
      summary: 'What became of one’s own code',
      description: 'Another’s code, and one that never was, read as expired.',
      tags,
      authority: { access: 'user' },
      query: z.strictObject({ code: codeField }),
      responses: { 200: pollAnswer },
      handler: async (ctx) => {
        const code = readPairingCode(ctx.query.code);
        const userId = ctx.principal.userId!;
        const found = code === null ? null : await findPairing(deps.database.systemReads, userId, digestOf(code));
        return ok(found ?? { status: 'expired' as const, adapter_hint: null, expires_at: null });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/auth/pair/redeem',
      operationId: 'redeemPairing',
      summary: 'Take a code for a CLI token',
      description: 'Of any number who show a code, one gets the token. A code that counts for nothing is a 400.',
      tags,
      authority: { access: 'public' },
      body: z
        .strictObject({ code: codeField, adapter_hint: hintField })
        .meta({ example: { code: 'ABCD-2345', adapter_hint: 'CLAUDE_CODE' } }),
      responses: { 200: z.object({ cli_token: z.string(), user_id: z.string(), email: z.string() }) },
      errors: ['conflict', 'rate_limited'],
      handler: async (ctx) => {
        const { address } = ctx.actor;
        deps.attempts.refuseIfOver('authentication', address);
        const code = readPairingCode(ctx.body.code);
        const { token, hash, prefix } = newCliToken();
        const adapterHint = ctx.body.adapter_hint ?? null;
        const paired =
          code === null
            ? null
            : await deps.database.systemTransaction({ requestId: ctx.requestId }, (tx) =>
                redeemPairing(tx, { codeDigest: digestOf(code), adapterHint, token: { hash, prefix } }, ctx.actor),
              );
        if (paired === null) {
          await deps.attempts.count('authentication', address);
          throw invalidField('code', 'is unknown, was used already, or its time is over');
        }
        return ok({ cli_token: token, ...paired }, { 'cache-control': 'no-store' });
      },
    }),
  ];
}
