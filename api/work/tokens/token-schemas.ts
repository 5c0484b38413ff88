import { z } from 'zod';
import { READINESS_CHECKS } from '../../../domain/work/tokens/ledger-rules.ts';
import {
  TOKEN_OPERATIONS,
  TOKEN_REQUEST_STATUSES,
  type TokenEntry,
  type TokenRequest,
  type Wallet,
  WALLET_OWNERS,
  WALLET_STATUSES,
} from '../../../domain/work/tokens/token.ts';
import { parseWalletAddress, toChecksumAddress } from '../../../platform/wallet-addresses/wallet-address.ts';
import {
  clearableField,
  csvField,
  idField,
  momentField,
  nameField,
  refField,
  timeField,
} from '../../http/kernel/fields.ts';
import { listOf, pageQuery } from '../../http/kernel/pagination.ts';
import { projectParams, workspaceQuery } from '../projects/project-schemas.ts';
import { amountField, tokenizationAnswer } from '../projects/tokenization-schemas.ts';

const NO_ADDRESS = `0x${'0'.repeat(40)}`;

/** In lower case from here on. */
export const addressField = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'must match ^0x[0-9a-fA-F]{40}$')
  .refine((text) => parseWalletAddress(text) !== null, 'has letters of both cases that are not its checksum (EIP-55)')
  .transform((text) => text.toLowerCase())
  .refine((address) => address !== NO_ADDRESS, 'is nobody’s')
  .describe('an address as EIP-55 writes it, or in letters of one case');

export const tokenParams = projectParams;
/** What is no address is told to who may see the project. */
export const walletParams = z.object({ projectId: refField, walletAddress: idField.describe('an address') });
export const tokenRequestParams = z.object({ projectId: refField, tokenRequestId: idField });

export const readQuery = z.object(workspaceQuery);
export const walletsQuery = z.object({
  ...workspaceQuery,
  status: csvField(z.enum(WALLET_STATUSES)).optional().describe('in these states, comma-separated'),
  ...pageQuery({ defaultLimit: 50 }),
});
export const tokenRequestsQuery = z.object({
  ...workspaceQuery,
  status: csvField(z.enum(TOKEN_REQUEST_STATUSES)).optional().describe('in these states, comma-separated'),
  type: csvField(z.enum(TOKEN_OPERATIONS)).optional().describe('of these kinds, comma-separated'),
  ...pageQuery({ defaultLimit: 50 }),
});
export const entriesQuery = z.object({
  ...workspaceQuery,
  after_seq: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).describe('only those after it'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100).describe('most items to return'),
});

export const walletBody = z.strictObject({
  label: clearableField(100).optional(),
  owner_type: z.enum(WALLET_OWNERS).optional().describe('default external; one wallet is the treasury'),
  owner_id: idField.nullable().optional().describe('of a user or an agent of the workspace'),
  status: z.enum(WALLET_STATUSES).optional().describe('default active'),
  treasury: z.boolean().optional().describe('true: the same as `owner_type` treasury'),
});

const EXAMPLE = { amount: '1000', reason: 'As planned' };
const FROM = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const TO = '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359';

const movedFields = { amount: amountField, reason: nameField(1, 1_000) };

export const newTokenRequestBody = z
  .strictObject({
    type: z.enum(TOKEN_OPERATIONS),
    ...movedFields,
    from_address: addressField.nullable().optional().describe('of a transfer or a burn'),
    to_address: addressField.nullable().optional().describe('of a mint or a transfer'),
    expires_at: momentField.nullable().optional().describe('until when it can be decided'),
  })
  .superRefine(({ type, from_address: from, to_address: to }, context) => {
    const issue = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    for (const [path, address, isNeeded] of [
      ['from_address', from ?? null, type !== 'mint'],
      ['to_address', to ?? null, type !== 'burn'],
    ] as const) {
      if (isNeeded && address === null) issue(path, `is needed for a ${type}`);
      if (!isNeeded && address !== null) issue(path, `a ${type} has none`);
    }
    if (from != null && from === to) issue('to_address', 'must be another wallet');
  })
  .meta({ example: { ...EXAMPLE, type: 'mint', to_address: TO } });

export const mintBody = z
  .strictObject({ to_address: addressField, ...movedFields })
  .meta({ example: { ...EXAMPLE, to_address: TO } });
export const burnBody = z
  .strictObject({ from_address: addressField, ...movedFields })
  .meta({ example: { ...EXAMPLE, from_address: FROM } });
export const transferBody = z
  .strictObject({ from_address: addressField, to_address: addressField, ...movedFields })
  .refine(({ from_address: from, to_address: to }) => from !== to, {
    path: ['to_address'],
    error: 'must be another wallet',
  })
  .meta({ example: { ...EXAMPLE, from_address: FROM, to_address: TO } });

export const approveBody = z.strictObject({ note: clearableField(1_000).optional() });
export const rejectBody = z.strictObject({ reason: nameField(1, 1_000) });

const shownAddress = z.string().describe('as EIP-55 writes it');

export const walletAnswer = z.object({
  address: shownAddress,
  label: z.string().nullable(),
  owner_type: z.enum(WALLET_OWNERS),
  owner_id: z.string().nullable(),
  treasury: z.boolean(),
  status: z.enum(WALLET_STATUSES),
  balance: z.string().describe('base units'),
});

export const tokenRequestAnswer = z.object({
  id: z.string(),
  type: z.enum(TOKEN_OPERATIONS),
  amount: z.string().describe('base units'),
  from_address: shownAddress.nullable(),
  to_address: shownAddress.nullable(),
  reason: z.string(),
  status: z.enum(TOKEN_REQUEST_STATUSES),
  direct: z.boolean().describe('asked for, approved and executed by one person in one step'),
  requested_by: z.string(),
  expires_at: timeField.nullable().describe('until when it can be decided'),
  decision: z
    .object({
      approved: z.boolean(),
      note: z.string().nullable(),
      decided_by: z.string().nullable(),
      decided_at: timeField,
    })
    .nullable(),
  executed_by: z.string().nullable(),
  executed_at: timeField.nullable(),
  ledger_seq: z.int().nullable().describe('of its entry in the ledger'),
  error: z.string().nullable().describe('why the ledger refused it'),
  created_at: timeField,
});

export const walletsAnswer = listOf(walletAnswer);
export const tokenRequestsAnswer = listOf(tokenRequestAnswer);

export const readinessAnswer = z.object({
  ready: z.boolean(),
  backend: z.literal('ledger').describe('where its units are'),
  checks: z.array(z.object({ id: z.enum(READINESS_CHECKS), ok: z.boolean(), detail: z.string() })),
  token: tokenizationAnswer.nullable(),
});

export const tokenStatusAnswer = z.object({
  name: z.string(),
  symbol: z.string(),
  decimals: z.int(),
  total_supply: z.string().describe('base units'),
  max_supply: z.string().nullable(),
  holders: z.int().describe('wallets that have units'),
  paused: z.boolean(),
  last: z.object({ seq: z.int(), hash: z.string() }).describe('head of the ledger; 0 and zeros: it has no entry'),
});

export const entriesAnswer = z.object({
  items: z.array(
    z.object({
      seq: z.int(),
      from_address: shownAddress.nullable().describe('null: the units were made'),
      to_address: shownAddress.nullable().describe('null: the units were destroyed'),
      amount: z.string(),
      request_id: z.string(),
      prev_hash: z.string(),
      hash: z.string(),
      created_at: timeField,
    }),
  ),
  next_seq: z.int().describe('`after_seq` of what comes next'),
});

export const ledgerCheckAnswer = z.object({
  ok: z.boolean(),
  entries: z.int().describe('entries that were read'),
  first_break: z.int().nullable().describe('the first that does not follow from those before it'),
  fault: z.enum(['chain', 'balances', 'supply', 'head']).nullable().describe('what is wrong'),
});

const shown = (address: string | null) => (address === null ? null : toChecksumAddress(address));

export function toWalletAnswer(wallet: Wallet): z.input<typeof walletAnswer> {
  return { ...wallet, address: toChecksumAddress(wallet.address), treasury: wallet.owner_type === 'treasury' };
}

export function toTokenRequestAnswer(request: TokenRequest): z.input<typeof tokenRequestAnswer> {
  const { note, decided_by, decided_at } = request;
  const approved = request.status !== 'rejected' && request.status !== 'cancelled';
  return {
    ...request,
    from_address: shown(request.from_address),
    to_address: shown(request.to_address),
    decision: decided_at === null ? null : { approved, note, decided_by, decided_at },
  };
}

export function toEntryAnswer(entry: TokenEntry) {
  return { ...entry, from_address: shown(entry.from_address), to_address: shown(entry.to_address) };
}
