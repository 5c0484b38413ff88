import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Project } from '../../../domain/work/projects/project.ts';
import { LedgerRefused } from '../../../domain/work/tokens/ledger-rules.ts';
import type { TokenContract, Tokenization } from '../../../domain/work/tokens/token.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { findTokenIn } from '../../../db/work/tokens/tokens-store.ts';

export interface TokenChange {
  readonly given: Partial<Tokenization>;
  /** Whether the caller manages the workspace: who else may not lift what keeps one person from moving units. */
  readonly isManager: boolean;
}

/** What stands where nobody says otherwise; a name and a symbol are always somebody's. */
const DEFAULTS = { decimals: 18, max_supply: null, four_eyes: true, allow_direct: false, paused: false } as const;

const FIELDS = ['name', 'symbol', 'decimals', 'max_supply', 'four_eyes', 'allow_direct', 'paused'] as const;

/**
 * Says what the token of a project is, which is held by an owner. Answers the names of what changed. Throws
 * `invalid_request` without a name and a symbol, `forbidden` for an owner who lifts a guard and does not manage the
 * workspace, `conflict` for what freezes with the first entry, and for a cap below what there is.
 */
export async function configureToken(tx: Tx, project: Project, change: TokenChange): Promise<readonly string[]> {
  const before = await findTokenIn(tx, project.id);
  const next = merged(before, change.given);
  const changed = FIELDS.filter((field) => next[field] !== before?.[field]);
  if (changed.length === 0) return [];
  refuseLifting(before, next, change.isManager);
  if (before !== null) refuseInUse(before, next);
  await tx.execute(sql`
    INSERT INTO token_contracts (project_id, workspace_id, name, symbol, decimals, max_supply, four_eyes, allow_direct,
      paused)
    VALUES (${project.id}, ${project.workspace_id}, ${next.name}, ${next.symbol}, ${next.decimals},
      ${next.max_supply}::numeric, ${next.four_eyes}, ${next.allow_direct}, ${next.paused})
    ON CONFLICT (project_id) DO UPDATE SET name = excluded.name, symbol = excluded.symbol, decimals = excluded.decimals,
      max_supply = excluded.max_supply, four_eyes = excluded.four_eyes, allow_direct = excluded.allow_direct,
      paused = excluded.paused, updated_at = now()`);
  return changed.map((field) => `tokenization.${field}`);
}

function merged(before: TokenContract | null, given: Partial<Tokenization>): Tokenization {
  const next = { ...(before ?? DEFAULTS), ...given };
  const { name, symbol } = next;
  if (name === undefined) throw invalidField('tokenization.name', 'is needed for a new token');
  if (symbol === undefined) throw invalidField('tokenization.symbol', 'is needed for a new token');
  return { ...next, name, symbol };
}

/** Direct operations and the absence of a second pair of eyes let one person move units. */
function refuseLifting(before: TokenContract | null, next: Tokenization, isManager: boolean): void {
  if (isManager) return;
  const was = before ?? DEFAULTS;
  if ((next.allow_direct && !was.allow_direct) || (!next.four_eyes && was.four_eyes)) {
    throw new CrewshipError('forbidden', 'OWNER and ADMIN of the workspace set allow_direct and take back four_eyes');
  }
}

function refuseInUse(before: TokenContract, next: Tokenization): void {
  const isOther = before.symbol !== next.symbol || before.decimals !== next.decimals;
  if (before.last_seq > 0 && isOther) {
    throw new CrewshipError('conflict', 'symbol and decimals stay as they are once there is an entry', {
      extensions: { reason: 'token_in_use' },
    });
  }
  if (next.max_supply !== null && BigInt(next.max_supply) < BigInt(before.total_supply))
    throw new LedgerRefused('cap_exceeded');
}
