import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ReadinessFacts } from '../../../domain/work/tokens/ledger-rules.ts';
import type {
  TokenContract,
  TokenOperation,
  TokenRequest,
  TokenRequestStatus,
  Wallet,
  WalletStatus,
} from '../../../domain/work/tokens/token.ts';
import { ascending, listOrder, newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Query, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const WALLETS = listOrder(ascending('time', sql.fragment`created_at`), ascending('text', sql.fragment`address`));
const REQUESTS = newestFirst('token_requests');

/** A project whose token it is. */
export interface OfProject {
  readonly id: string;
  readonly workspace_id: string;
}

const contractColumns = sql.fragment`
  project_id, workspace_id, name, symbol, decimals, max_supply, four_eyes, allow_direct, paused, total_supply, last_seq,
  last_hash`;
const walletColumns = sql.fragment`address, label, owner_type, owner_id, status, balance`;
/** One that nobody decided in time has expired, whether or not anybody wrote so. */
const statusNow = sql.fragment`
  CASE WHEN status = 'pending' AND expires_at <= clock_timestamp() THEN 'expired' ELSE status END`;
const requestColumns = sql.fragment`
  id, workspace_id, project_id, type, amount, from_address, to_address, reason, direct, four_eyes,
  ${statusNow} AS status, requested_by, expires_at, note, decided_by, decided_at, executed_by, executed_at, ledger_seq,
  error, created_at`;

/** Null: the project has no token. */
export function findToken(reads: ReadPool, project: OfProject): Promise<TokenContract | null> {
  return reads.maybeOne<TokenContract>([project.workspace_id], tokenQuery(project.id));
}

/** {@link findToken} of a project that is held. */
export function findTokenIn(tx: Tx, projectId: string): Promise<TokenContract | null> {
  return tx.maybeOne<TokenContract>(tokenQuery(projectId));
}

function tokenQuery(projectId: string): Query {
  return sql`SELECT ${contractColumns} FROM token_contracts WHERE project_id = ${projectId}`;
}

/** What decides whether a token is ready, apart from the token itself and its project. */
type Surroundings = Pick<ReadinessFacts, 'hasTreasury' | 'approvers'>;

/** Owners of the project are its own and those whom their role in the workspace makes that. */
function surroundingsQuery(projectId: string): Query {
  return sql`
    SELECT EXISTS (SELECT 1 FROM token_wallets WHERE project_id = ${projectId} AND owner_type = 'treasury')
      AS "hasTreasury", (SELECT count(*) FROM (
        SELECT m.user_id FROM memberships m JOIN projects p ON p.workspace_id = m.workspace_id
        WHERE p.id = ${projectId} AND m.disabled_at IS NULL AND (
          m.role IN ('OWNER', 'ADMIN')
          OR EXISTS (SELECT 1 FROM project_members pm
            WHERE pm.project_id = p.id AND pm.user_id = m.user_id AND pm.role = 'owner'))
        LIMIT 2) owners) AS approvers`;
}

export async function readSurroundings(reads: ReadPool, project: OfProject): Promise<Surroundings> {
  return (await reads.maybeOne<Surroundings>([project.workspace_id], surroundingsQuery(project.id)))!;
}

export function readSurroundingsIn(tx: Tx, projectId: string): Promise<Surroundings> {
  return tx.one<Surroundings>(surroundingsQuery(projectId));
}

/** How many wallets have units of it. */
export async function countHolders(reads: ReadPool, project: OfProject): Promise<number> {
  const row = await reads.maybeOne<{ holders: number }>(
    [project.workspace_id],
    sql`SELECT count(*) AS holders FROM token_wallets WHERE project_id = ${project.id} AND balance > 0`,
  );
  return row?.holders ?? 0;
}

/** Wallets of a project, oldest first. */
export function listWallets(
  reads: ReadPool,
  project: OfProject,
  statuses: readonly WalletStatus[] | undefined,
  page: PageRequest,
): Promise<Page<Wallet>> {
  const ofStatus =
    statuses === undefined ? sql.fragment`` : sql.fragment`AND status = ANY (${sql.array([...statuses], 'text')})`;
  const where = sql.fragment`project_id = ${project.id} ${ofStatus}`;
  return readPage<Wallet>(
    reads,
    [project.workspace_id],
    sql`
      SELECT ${walletColumns}, ${WALLETS.key}, count(*) OVER () AS total FROM token_wallets
      WHERE ${where} ${WALLETS.after(page)} ORDER BY ${WALLETS.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM token_wallets WHERE ${where}`,
  );
}

/** The wallets of a held project that have these addresses, by address. */
export async function findWalletsIn(
  tx: Tx,
  projectId: string,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, Wallet>> {
  const rows = await tx.any<Wallet>(sql`
    SELECT ${walletColumns} FROM token_wallets
    WHERE project_id = ${projectId} AND address = ANY (${sql.array([...addresses], 'text')})`);
  return new Map(rows.map((wallet) => [wallet.address, wallet]));
}

export interface TokenRequestFilter {
  readonly statuses: readonly TokenRequestStatus[] | undefined;
  readonly types: readonly TokenOperation[] | undefined;
}

/** What was asked of a project's token, newest first. */
export function listTokenRequests(
  reads: ReadPool,
  project: OfProject,
  filter: TokenRequestFilter,
  page: PageRequest,
): Promise<Page<TokenRequest>> {
  const conditions = [sql.fragment`project_id = ${project.id}`];
  if (filter.statuses !== undefined)
    conditions.push(sql.fragment`${statusNow} = ANY (${sql.array([...filter.statuses], 'text')})`);
  if (filter.types !== undefined) conditions.push(sql.fragment`type = ANY (${sql.array([...filter.types], 'text')})`);
  const where = sql.join(conditions, sql.fragment` AND `);
  return readPage<TokenRequest>(
    reads,
    [project.workspace_id],
    sql`
      SELECT ${requestColumns}, ${REQUESTS.key}, count(*) OVER () AS total FROM token_requests
      WHERE ${where} ${REQUESTS.after(page)} ORDER BY ${REQUESTS.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM token_requests WHERE ${where}`,
  );
}

/** One of a held project's. Throws `not_found`. */
export async function getTokenRequestIn(tx: Tx, projectId: string, id: string): Promise<TokenRequest> {
  const row = await tx.maybeOne<TokenRequest>(sql`
    SELECT ${requestColumns} FROM token_requests WHERE id = ${id} AND project_id = ${projectId}`);
  if (row === null) throw notFound('token request');
  return row;
}
