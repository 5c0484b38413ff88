import { z } from 'zod';
import {
  nothingToReveal,
  permitReveal,
  setRevealPolicy,
} from '../../../commands/vault/credentials/reveal-credential.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { openCredentialField } from '../../../db/vault/credentials/credential-fields-store.ts';
import { openCredential } from '../../../db/vault/credentials/read-credential-secret.ts';
import { readRevealPolicy } from '../../../db/vault/credentials/reveal-policy-store.ts';
import {
  CREDENTIAL_TYPES,
  SECRET_FIELD,
  SENSITIVITIES,
  sealedFieldOf,
} from '../../../domain/vault/credentials/credential.ts';
import { isFiller, MAX_REVEAL_REASON, MIN_REVEAL_REASON } from '../../../domain/vault/credentials/reveal.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { scrubText } from '../../../platform/scrubber/scrubber.ts';
import { timeField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { credentialParams, fieldKeyField } from './credential-schemas.ts';

const revealBody = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .min(MIN_REVEAL_REASON)
      .max(MAX_REVEAL_REASON)
      .refine((reason) => !isFiller(reason), 'must say what the value is needed for'),
    field: fieldKeyField.optional().describe('the key of a field to be shown instead of the value'),
  })
  .meta({ example: { reason: 'Entering the key at the bank by hand, ticket 812' } });
const revealAnswer = z.object({
  credential_id: z.string(),
  name: z.string(),
  type: z.enum(CREDENTIAL_TYPES),
  sensitivity: z.enum(SENSITIVITIES),
  value: z.string(),
  revealed_at: timeField,
  journal_entry_id: z.string(),
});
const policyBody = z.strictObject({ enabled: z.boolean() }).meta({ example: { enabled: true } });
const policyAnswer = z.object({ workspace_id: z.string(), enabled: z.boolean() });

/** Values as people are shown them, and whether they are: docs/contracts/credentials.md, Reveal. */
export function createCredentialRevealRoutes(deps: {
  readonly database: Pick<Database, 'reads' | 'transaction'>;
  readonly keyRing: Pick<KeyRing, 'open'>;
}): Route[] {
  const { database, keyRing } = deps;
  const { reads } = database;
  const tags = ['Credentials'];
  const create = { access: 'member', action: 'create' } as const;

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/credentials/reveal-policy',
      operationId: 'getRevealPolicy',
      summary: 'Whether people of the workspace may be shown values',
      tags,
      authority: { ...create, scope: 'credentials:read' },
      responses: { 200: policyAnswer },
      handler: async (ctx) => {
        const { id } = ctx.workspace;
        return ok({ workspace_id: id, enabled: await readRevealPolicy(reads, id) });
      },
    }),
    defineRoute({
      method: 'PUT',
      url: '/api/v1/credentials/reveal-policy',
      operationId: 'setRevealPolicy',
      summary: 'Say whether people of the workspace may be shown values',
      description: 'Off unless the OWNER, signed in, turns it on. Journalled.',
      tags,
      authority: {
        access: 'member',
        action: 'manage',
        minRole: 'OWNER',
        scope: 'credentials:write',
        interactive: true,
      },
      body: policyBody,
      responses: { 200: policyAnswer },
      errors: ['interactive_required'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { id } = ctx.workspace;
          const { enabled } = ctx.body;
          await setRevealPolicy(tx, id, enabled, { userId: ctx.principal.userId, actor: ctx.actor });
          return ok({ workspace_id: id, enabled });
        }),
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/credentials/:credentialId/reveal',
      operationId: 'revealCredential',
      summary: 'Show a person a value, once it is journalled that they are',
      description:
        'To a person who signed in, with the capability `credentials:reveal`, where the workspace allows it. SEALED ' +
        'is shown to nobody; RESTRICTED and tiers 3 and 4 to OWNER and ADMIN; a MANAGER sees what is of their crews. ' +
        'At most ten in ten minutes: 429. Each call shows and journals it anew, whatever its Idempotency-Key.',
      tags,
      authority: { ...create, scope: 'credentials:write', interactive: true },
      params: credentialParams,
      body: revealBody,
      secretMembers: ['value'],
      responses: { 200: revealAnswer },
      errors: ['wrong_state', 'interactive_required', 'rate_limited'],
      handler: async (ctx) => {
        const workspaceId = ctx.workspace.id;
        const { credentialId } = ctx.params;
        const { field } = ctx.body;
        const part = field === undefined ? SECRET_FIELD.value : sealedFieldOf(field);
        const wanted = { credentialId, part, reason: scrubText(ctx.body.reason, []) };
        const by = { userId: ctx.principal.userId ?? '', actor: ctx.actor };
        const { credential, journalEntryId, revealedAt } = await database.transaction(
          { workspaceIds: [workspaceId], requestId: ctx.requestId },
          (tx) => permitReveal(tx, wanted, by),
        );
        const value =
          field === undefined
            ? (await openCredential(reads, keyRing, workspaceId, credentialId))?.value
            : await openCredentialField(reads, keyRing, { workspaceId, credentialId, key: field });
        return ok({
          credential_id: credentialId,
          name: credential.name,
          type: credential.type,
          sensitivity: credential.sensitivity,
          value: value ?? nothingToReveal(part),
          revealed_at: revealedAt,
          journal_entry_id: journalEntryId,
        });
      },
    }),
  ];
}
