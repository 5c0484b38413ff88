import { pageHeaders } from '../../http/kernel/pagination.ts';
import { internalLedger } from '../../../commands/work/tokens/internal-ledger.ts';
import { putWallet } from '../../../commands/work/tokens/wallet-commands.ts';
import { listTokenEntries, verifyLedger } from '../../../db/work/tokens/read-ledger.ts';
import { countHolders, findToken, listWallets, readSurroundings } from '../../../db/work/tokens/tokens-store.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { judgeReadiness } from '../../../domain/work/tokens/ledger-rules.ts';
import { parseField } from '../../http/kernel/validate.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { enteredProject, onProject, type ProjectDeps } from '../projects/on-project.ts';
import {
  addressField,
  entriesAnswer,
  entriesQuery,
  ledgerCheckAnswer,
  readinessAnswer,
  readQuery,
  toEntryAnswer,
  tokenParams,
  tokenStatusAnswer,
  toWalletAnswer,
  walletAnswer,
  walletBody,
  walletParams,
  walletsAnswer,
  walletsQuery,
} from './token-schemas.ts';

/** A project's token, its wallets and its ledger: docs/contracts/tokens.md. */
export function createTokenRoutes(deps: ProjectDeps): Route[] {
  const { reads } = deps.database;
  const tags = ['Tokens'];
  // What the caller may do in a project is the project's to say, whatever their role in the workspace.
  const read = { access: 'member', action: 'read', scope: 'tokens:read' } as const;
  const write = { access: 'member', action: 'read', scope: 'tokens:write' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/projects/:projectId/tokenization/status',
      operationId: 'getTokenReadiness',
      summary: 'Whether a project’s token can be used, and what it lacks',
      tags,
      authority: read,
      params: tokenParams,
      query: readQuery,
      responses: { 200: readinessAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const project = await enteredProject(deps, ctx);
        const [contract, around] = await Promise.all([findToken(reads, project), readSurroundings(reads, project)]);
        const checks = judgeReadiness({ contract, ...around, isArchived: project.archived_at !== null });
        return ok({ ready: checks.every((check) => check.ok), backend: internalLedger.name, checks, token: contract });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/projects/:projectId/tokenization/wallets',
      operationId: 'listTokenWallets',
      summary: 'List a project’s wallets, oldest first',
      tags,
      authority: read,
      params: tokenParams,
      query: walletsQuery,
      responses: { 200: walletsAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const project = await enteredProject(deps, ctx);
        const { status, limit, offset } = ctx.query;
        const page = await listWallets(reads, project, status, ctx.query);
        const body = { items: page.rows.map(toWalletAnswer), total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'PUT',
      url: '/api/v1/projects/:projectId/tokenization/wallets/:walletAddress',
      operationId: 'putTokenWallet',
      summary: 'Make a wallet, or change what is given of one',
      description: 'For owners of the project. A frozen wallet neither gives nor takes.',
      tags,
      authority: write,
      params: walletParams,
      body: walletBody,
      responses: { 200: walletAnswer, 201: walletAnswer },
      errors: ['conflict', 'wrong_state', 'limit_reached', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { treasury, ...given } = ctx.body;
        const project = await onProject(deps, ctx);
        const address = parseField(addressField, ctx.params.walletAddress, 'walletAddress');
        const call = { ...project, address };
        return ctx.write(async (tx) => {
          const put = await putWallet(tx, { ...call, given, treasury }, ctx.actor);
          return put.isNew ? created(toWalletAnswer(put.wallet)) : ok(toWalletAnswer(put.wallet));
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/projects/:projectId/tokenization/token/status',
      operationId: 'getTokenStatus',
      summary: 'A project’s token: supply, holders, head of the ledger',
      tags,
      authority: read,
      params: tokenParams,
      query: readQuery,
      responses: { 200: tokenStatusAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const project = await enteredProject(deps, ctx);
        const [token, holders] = await Promise.all([findToken(reads, project), countHolders(reads, project)]);
        if (token === null) throw notFound('token');
        return ok({ ...token, holders, last: { seq: token.last_seq, hash: token.last_hash } });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/projects/:projectId/tokenization/token/entries',
      operationId: 'listTokenEntries',
      summary: 'Read a token’s ledger in its order',
      description: 'What each entry’s hash is made of is in docs/contracts/tokens.md, so that others can compute it.',
      tags,
      authority: read,
      params: tokenParams,
      query: entriesQuery,
      responses: { 200: entriesAnswer },
      errors: ['ambiguous_reference'],
      handler: async (ctx) => {
        const project = await enteredProject(deps, ctx);
        const { after_seq: afterSeq, limit } = ctx.query;
        const entries = await listTokenEntries(reads, project, { afterSeq, limit });
        return ok({ items: entries.map(toEntryAnswer), next_seq: entries.at(-1)?.seq ?? afterSeq });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/projects/:projectId/tokenization/token/verify',
      operationId: 'verifyTokenLedger',
      summary: 'Book a token’s ledger again from its first entry, and compare',
      tags,
      authority: read,
      params: tokenParams,
      query: readQuery,
      responses: { 200: ledgerCheckAnswer },
      errors: ['ambiguous_reference'],
      isLongLived: true,
      handler: async (ctx) => ok(await verifyLedger(reads, await enteredProject(deps, ctx))),
    }),
  ];
}
