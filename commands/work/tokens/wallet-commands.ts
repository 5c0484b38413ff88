import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { refuseArchived } from '../../../domain/work/projects/project.ts';
import type { Wallet } from '../../../domain/work/tokens/token.ts';
import { isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { findWalletsIn } from '../../../db/work/tokens/tokens-store.ts';
import { holdProject, type ProjectCall, projectFrame } from '../projects/hold-project.ts';

/** Most wallets of a project: a check of its ledger has all balances at hand. */
const MAX_WALLETS = 10_000;

type WalletFields = Pick<Wallet, 'label' | 'owner_type' | 'owner_id' | 'status'>;

const NEW_WALLET: WalletFields = { label: null, owner_type: 'external', owner_id: null, status: 'active' };

/**
 * Makes a wallet, or changes what is given of one. Throws `not_found`, `forbidden`, `wrong_state` in the archive,
 * `invalid_request` for an owner who is not in the workspace, `conflict` for a second treasury, `limit_reached`.
 */
export async function putWallet(
  tx: Tx,
  call: ProjectCall & {
    readonly address: string;
    readonly given: Partial<WalletFields>;
    /** Whether it is to be the treasury; undefined: as the kind of its owner says. */
    readonly treasury: boolean | undefined;
  },
  actor: Actor,
): Promise<{ readonly wallet: Wallet; readonly isNew: boolean }> {
  const project = await holdProject(tx, call, 'owner', actor);
  refuseArchived(project);
  const { address } = call;
  const before = (await findWalletsIn(tx, project.id, [address])).get(address) ?? null;
  const old: WalletFields = before ?? NEW_WALLET;
  const given = withTreasury(old, call.given, call.treasury);
  const next = { ...old, ...given };
  // Whose it was goes with what kind of owner that was.
  if (given.owner_type !== undefined && given.owner_type !== old.owner_type && given.owner_id === undefined)
    next.owner_id = null;
  const changed = (Object.keys(NEW_WALLET) as (keyof WalletFields)[]).filter((name) => next[name] !== old[name]);
  if (before !== null && changed.length === 0) return { wallet: before, isNew: false };
  await refuseForeignOwner(tx, project.workspace_id, next);
  if (before === null) await refuseOverfull(tx, project.id);
  await tx
    .execute(sql`
      INSERT INTO token_wallets (workspace_id, project_id, address, label, owner_type, owner_id, status)
      VALUES (${project.workspace_id}, ${project.id}, ${address}, ${next.label}, ${next.owner_type}, ${next.owner_id},
        ${next.status})
      ON CONFLICT (project_id, address) DO UPDATE SET label = excluded.label, owner_type = excluded.owner_type,
        owner_id = excluded.owner_id, status = excluded.status, updated_at = now()`)
    .catch((error: unknown) => {
      if (!isUniqueViolation(error, 'token_wallets_treasury')) throw error;
      const detail = 'the project has a treasury already';
      throw new CrewshipError('conflict', detail, { extensions: { reason: 'second_treasury' }, cause: error });
    });
  tx.journal({
    ...projectFrame(project, actor),
    severity: 'notice',
    type: 'wallet.changed',
    summary: before === null ? 'wallet added' : 'wallet changed',
    payload: { address, created: before === null, changed_fields: changed },
  });
  const wallet = (await findWalletsIn(tx, project.id, [address])).get(address)!;
  return { wallet, isNew: before === null };
}

function withTreasury(
  old: WalletFields,
  given: Partial<WalletFields>,
  treasury: boolean | undefined,
): Partial<WalletFields> {
  if (treasury === undefined) return given;
  if (given.owner_type !== undefined) {
    if (treasury === (given.owner_type === 'treasury')) return given;
    throw invalidField('treasury', 'says the same as owner_type, or is left out');
  }
  if (treasury) return { ...given, owner_type: 'treasury' };
  return old.owner_type === 'treasury' ? { ...given, owner_type: 'external' } : given;
}

async function refuseForeignOwner(
  tx: Tx,
  workspaceId: string,
  { owner_type: type, owner_id: id }: WalletFields,
): Promise<void> {
  const isSomebodys = type === 'user' || type === 'agent';
  if (isSomebodys !== (id !== null)) throw invalidField('owner_id', 'goes with the owner_type user or agent');
  if (!isSomebodys) return;
  const found = await tx.maybeOne(
    type === 'agent'
      ? sql`SELECT 1 FROM agents WHERE id = ${id} AND workspace_id = ${workspaceId} AND deleted_at IS NULL`
      : sql`SELECT 1 FROM memberships WHERE user_id = ${id} AND workspace_id = ${workspaceId}`,
  );
  if (found === null) throw invalidField('owner_id', `names no ${type} of this workspace`);
}

async function refuseOverfull(tx: Tx, projectId: string): Promise<void> {
  const { wallets } = await tx.one<{ wallets: number }>(sql`
    SELECT count(*) AS wallets FROM token_wallets WHERE project_id = ${projectId}`);
  if (wallets >= MAX_WALLETS) throw new CrewshipError('limit_reached', `a project has at most ${MAX_WALLETS} wallets`);
}
