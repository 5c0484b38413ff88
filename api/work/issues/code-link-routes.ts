import { z } from 'zod';
import { noteCredentialUse } from '../../../commands/vault/credentials/note-credential-use.ts';
import {
  holdLinkable,
  linkCode,
  noteSyncError,
  refreshCodeLink,
  unlinkCode,
} from '../../../commands/work/issues/code-links.ts';
import { lockIssue } from '../../../commands/work/issues/issue-rows.ts';
import { findHostToken, getCodeLink, listCodeLinks } from '../../../db/work/issues/code-links-store.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  CODE_LINK_KINDS,
  CODE_LINK_STATES,
  CODE_PROVIDERS,
  type CodeLinkTarget,
  codeLinkTarget,
  codeLinkUrl,
  SYNC_ERRORS,
} from '../../../domain/work/issues/code-link.ts';
import type { PublicIssue } from '../../../domain/work/issues/issue.ts';
import type { CodeHosts, RemoteAnswer } from '../../../platform/code-hosts/code-hosts.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { type IssueDeps, issueOfCrew, readIssues, refOf, writeIssues } from './on-issue.ts';
import { crewIssueParams, pagedQuery } from './public-issue-schemas.ts';

const CODE_LINKS = '/api/v1/crews/:crewId/issues/:issueRef/code-links';
const codeLinkParams = crewIssueParams.extend({ codeLinkId: idField });
const newCodeLinkBody = z
  .strictObject({ url: z.string().min(1).max(2_048).describe('of a pull request or a merge request') })
  .meta({ example: { url: 'https://github.com/acme/shop/pull/12' } });
const codeLinkAnswer = z.object({
  id: z.string(),
  provider: z.enum(CODE_PROVIDERS),
  host: z.string(),
  owner: z.string().describe('of GitLab all groups above the repository'),
  repo: z.string(),
  number: z.int(),
  kind: z.enum(CODE_LINK_KINDS),
  url: z.string(),
  title: z.string(),
  state: z.enum(CODE_LINK_STATES),
  author: z.string().nullable(),
  source_branch: z.string().nullable(),
  target_branch: z.string().nullable(),
  remote_merged_at: timeField.nullable(),
  credential_id: z.string().nullable().describe('with whose rights it was read last'),
  last_synced_at: timeField.describe('when its host said how it stands'),
  last_sync_error: z.enum(SYNC_ERRORS).nullable().describe('why it did not since then'),
});

/** Pull and merge requests of issues: docs/contracts/issues.md, Code links. */
export function createCodeLinkRoutes(
  deps: IssueDeps & { readonly keyRing: Pick<KeyRing, 'open'>; readonly codeHosts: Pick<CodeHosts, 'knows' | 'ask'> },
): Route[] {
  const { database, keyRing, codeHosts } = deps;
  const { reads } = database;
  const tags = ['Issues'];
  const errors = ['ambiguous_reference'] as const;
  const hostErrors = ['precondition_failed', 'rate_limited', 'egress_failed', ...errors] as const;

  /** How the host says that it stands, with a token that the issue's crew or workspace has. */
  async function askHost(
    issue: Pick<PublicIssue, 'workspace_id' | 'crew_id'>,
    target: CodeLinkTarget,
    actor: Actor,
  ): Promise<{ readonly answer: RemoteAnswer; readonly credentialId: string | null }> {
    const { workspace_id: workspaceId, crew_id: crewId } = issue;
    const token = await findHostToken(reads, keyRing, { workspaceId, crewId }, target.provider);
    if (token === null) return { answer: { kind: 'failed', error: 'no_credential' }, credentialId: null };
    const answer = await codeHosts.ask(target, { token: token.value, share: workspaceId });
    await noteCredentialUse(database, { workspaceId, crewId, agentId: null }, token, actor);
    return { answer, credentialId: token.id };
  }

  return [
    defineRoute({
      method: 'GET',
      url: CODE_LINKS,
      operationId: 'listCodeLinks',
      summary: 'List the pull and merge requests of an issue',
      tags,
      authority: readIssues,
      params: crewIssueParams,
      query: pagedQuery,
      responses: { 200: z.array(codeLinkAnswer) },
      errors,
      handler: async (ctx) => {
        const { id } = await issueOfCrew(deps, ctx);
        const page = await listCodeLinks(reads, ctx.workspace.id, id, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: CODE_LINKS,
      operationId: 'linkCode',
      summary: 'Link a pull or merge request to an issue',
      description:
        'Its host is asked how it stands, with a credential of its provider that the crew or the workspace has: 412 ' +
        'with `reason` no_credential without one. 502 with `reason` for what the host answers.',
      tags,
      authority: writeIssues,
      params: crewIssueParams,
      body: newCodeLinkBody,
      responses: { 201: codeLinkAnswer },
      errors: ['conflict', 'limit_reached', ...hostErrors],
      handler: async (ctx) => {
        const issue = await issueOfCrew(deps, ctx);
        const ref = refOf(issue, ctx);
        const target = codeLinkTarget(ctx.body.url);
        if (target === null || !codeHosts.knows(target)) throw unknownHost();
        const scope = { workspaceIds: [ctx.workspace.id], requestId: ctx.requestId };
        await database.transaction(scope, (tx) => holdLinkable(tx, ref, target));
        const { answer, credentialId } = await askHost(issue, target, ctx.actor);
        if (answer.kind === 'failed') throw refusalOf(answer);
        const url = codeLinkUrl(target, new URL(ctx.body.url).protocol);
        const link = { target, url, request: answer.request, credentialId: credentialId! };
        return ctx.write(async (tx) => created(await linkCode(tx, ref, link, ctx.actor)));
      },
    }),
    defineRoute({
      method: 'POST',
      url: `${CODE_LINKS}/:codeLinkId/refresh`,
      operationId: 'refreshCodeLink',
      summary: 'Ask the host how a pull or merge request stands',
      description: 'What the host does not say leaves the link as it was, with `last_sync_error`.',
      tags,
      authority: writeIssues,
      params: codeLinkParams,
      responses: { 200: codeLinkAnswer },
      errors: hostErrors,
      handler: async (ctx) => {
        const issue = await issueOfCrew(deps, ctx);
        const ref = refOf(issue, ctx);
        const link = await getCodeLink(reads, ctx.workspace.id, issue.id, ctx.params.codeLinkId);
        const scope = { workspaceIds: [ctx.workspace.id], requestId: ctx.requestId };
        // Who may not change the issue has no host asked.
        await database.transaction(scope, (tx) => lockIssue(tx, ref));
        if (!codeHosts.knows(link)) throw unknownHost();
        const { answer, credentialId } = await askHost(issue, link, ctx.actor);
        if (answer.kind === 'failed') {
          await database.transaction(scope, (tx) => noteSyncError(tx, ref, link.id, answer.error));
          throw refusalOf(answer);
        }
        const found = { request: answer.request, credentialId: credentialId! };
        return ctx.write(async (tx) => ok(await refreshCodeLink(tx, ref, link.id, found)));
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: `${CODE_LINKS}/:codeLinkId`,
      operationId: 'unlinkCode',
      summary: 'Take a pull or merge request from an issue',
      tags,
      authority: writeIssues,
      params: codeLinkParams,
      responses: { 204: z.null() },
      errors,
      handler: async (ctx) => {
        const issue = await issueOfCrew(deps, ctx);
        return ctx.write(async (tx) => {
          await unlinkCode(tx, refOf(issue, ctx), ctx.params.codeLinkId, ctx.actor);
          return noContent();
        });
      },
    }),
  ];
}

function unknownHost(): CrewshipError {
  return invalidField('url', 'must be of a pull request or a merge request of a host that the operator named');
}

function refusalOf({ error, retryAfterSeconds }: Extract<RemoteAnswer, { kind: 'failed' }>): CrewshipError {
  switch (error) {
    case 'no_credential':
      return new CrewshipError('precondition_failed', 'neither crew nor workspace has a credential of this provider', {
        extensions: { reason: error },
      });
    case 'rate_limited':
      return new CrewshipError('rate_limited', 'the host takes no more calls with this credential for a while', {
        extensions: { reason: error, retry_after_seconds: retryAfterSeconds ?? 60 },
      });
    case 'not_found':
      return invalidField('url', 'names no request that the credential may see');
    default:
      return new CrewshipError('egress_failed', `the host did not say how it stands: ${error.replaceAll('_', ' ')}`, {
        extensions: { reason: error },
      });
  }
}
