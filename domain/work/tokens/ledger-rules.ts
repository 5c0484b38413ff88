import { CrewshipError } from '../../kernel/errors/crewship-error.ts';
import { MOST_UNITS, type Movement, type TokenContract, type Wallet } from './token.ts';

const REFUSALS = {
  not_ready: 'the project has no token that is ready',
  paused: 'the token is paused',
  wallet_frozen: 'a wallet is frozen',
  insufficient_balance: 'the wallet has fewer units than that',
  cap_exceeded: 'there would be more units than the token may have',
} as const;
export type LedgerRefusal = keyof typeof REFUSALS;

/** The ledger does not book this, and has changed nothing. */
export class LedgerRefused extends CrewshipError {
  readonly reason: LedgerRefusal;

  constructor(reason: LedgerRefusal, detail: string = REFUSALS[reason]) {
    super('conflict', detail, { extensions: { reason } });
    this.reason = reason;
  }
}

/** Refuses what a ledger in this state cannot book. The wallets are those of the movement. */
export function refuseMovement(
  contract: Pick<TokenContract, 'paused' | 'total_supply' | 'max_supply'>,
  wallets: { readonly from: Wallet | null; readonly to: Wallet | null },
  { amount }: Pick<Movement, 'amount'>,
): void {
  if (contract.paused) throw new LedgerRefused('paused');
  if ([wallets.from, wallets.to].some((wallet) => wallet?.status === 'frozen'))
    throw new LedgerRefused('wallet_frozen');
  const units = BigInt(amount);
  if (wallets.from !== null && BigInt(wallets.from.balance) < units) throw new LedgerRefused('insufficient_balance');
  if (wallets.from !== null) return;
  const most = contract.max_supply === null ? MOST_UNITS : BigInt(contract.max_supply);
  if (BigInt(contract.total_supply) + units > most) throw new LedgerRefused('cap_exceeded');
}

/** What a token needs before anything is asked of it. */
export const READINESS_CHECKS = [
  'token_configured',
  'treasury_wallet',
  'approvers',
  'project_active',
  'below_cap',
] as const;
export type ReadinessCheck = (typeof READINESS_CHECKS)[number];

export interface ReadinessFacts {
  readonly contract: TokenContract | null;
  readonly hasTreasury: boolean;
  /** People who may approve: owners of the project; no more than two are counted. */
  readonly approvers: number;
  readonly isArchived: boolean;
}

export interface Readiness {
  readonly id: ReadinessCheck;
  readonly ok: boolean;
  readonly detail: string;
}

/** How far a token is from being used, check by check. */
export function judgeReadiness({ contract, hasTreasury, approvers, isArchived }: ReadinessFacts): Readiness[] {
  const needed = contract?.four_eyes === true ? 2 : 1;
  const cap = contract?.max_supply ?? null;
  const isBelow = contract !== null && (cap === null || BigInt(contract.total_supply) < BigInt(cap));
  const checks: [ReadinessCheck, boolean, string, string][] = [
    ['token_configured', contract !== null, 'the token is configured', 'PATCH the project with `tokenization`'],
    ['treasury_wallet', hasTreasury, 'there is a treasury', 'no wallet has the owner_type treasury'],
    [
      ...(['approvers', approvers >= needed, 'there are people to approve'] as const),
      `${needed} of the project’s owners are needed to approve`,
    ],
    ['project_active', !isArchived, 'the project is active', 'the project is in the archive'],
    ['below_cap', isBelow, 'more units can be made', 'no more units can be made'],
  ];
  return checks.map(([id, isFine, fine, missing]) => ({ id, ok: isFine, detail: isFine ? fine : missing }));
}

/**
 * Refuses what is asked of a token that is not ready. `isRequest`: somebody has to approve it. A token at its cap is
 * ready for all but making more.
 */
export function refuseUnready(
  facts: ReadinessFacts,
  isRequest: boolean,
): asserts facts is ReadinessFacts & {
  readonly contract: TokenContract;
} {
  const missing = judgeReadiness(facts).find(
    ({ id, ok }) => !ok && id !== 'below_cap' && (isRequest || id !== 'approvers'),
  );
  if (missing !== undefined) throw new LedgerRefused('not_ready', `the token is not ready: ${missing.detail}`);
}
