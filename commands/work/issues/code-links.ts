import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  type CodeLink,
  type CodeLinkTarget,
  MAX_CODE_LINKS,
  type RemoteRequest,
  type SyncError,
} from '../../../domain/work/issues/code-link.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { getCodeLinkIn } from '../../../db/work/issues/code-links-store.ts';
import { addActivity, type IssueRef, type IssueRow, journalIssue, lockIssue } from './issue-rows.ts';

export type LinkingRef = IssueRef & { readonly userId: string };

/**
 * An issue, held, to which this may be linked: what is asked before a host is, and again when it has answered. Throws
 * `not_found`, `forbidden`, `conflict` with `reason` already_linked, `limit_reached`.
 */
export async function holdLinkable(tx: Tx, ref: LinkingRef, target: CodeLinkTarget): Promise<IssueRow> {
  const issue = await lockIssue(tx, ref);
  const { same, total } = await tx.one<{ same: boolean; total: number }>(sql`
    SELECT count(*)::integer AS total, coalesce(bool_or(host = ${target.host} AND lower(owner) = lower(${target.owner})
      AND lower(repo) = lower(${target.repo}) AND number = ${target.number}), false) AS same
    FROM issue_code_links WHERE issue_id = ${issue.id}`);
  if (same) {
    throw new CrewshipError('conflict', 'it is linked to the issue already', {
      extensions: { reason: 'already_linked' },
    });
  }
  if (total >= MAX_CODE_LINKS) throw new CrewshipError('limit_reached', `an issue has at most ${MAX_CODE_LINKS} links`);
  return issue;
}

/** Throws as {@link holdLinkable}. */
export async function linkCode(
  tx: Tx,
  ref: LinkingRef,
  link: {
    readonly target: CodeLinkTarget;
    readonly url: string;
    readonly request: RemoteRequest;
    readonly credentialId: string;
  },
  actor: Actor,
): Promise<CodeLink> {
  const { target, request } = link;
  const issue = await holdLinkable(tx, ref, target);
  const id = newId();
  await tx.execute(sql`
    INSERT INTO issue_code_links (id, workspace_id, issue_id, provider, host, owner, repo, number, kind, url, title,
      state, author, source_branch, target_branch, remote_merged_at, credential_id, created_by)
    VALUES (${id}, ${issue.workspace_id}, ${issue.id}, ${target.provider}, ${target.host}, ${target.owner},
      ${target.repo}, ${target.number}, ${target.kind}, ${link.url}, ${request.title}, ${request.state},
      ${request.author}, ${request.source_branch}, ${request.target_branch}, ${request.remote_merged_at}::timestamptz,
      ${link.credentialId}, ${ref.userId})`);
  note(tx, issue, actor, 'issue.code_linked', { id, provider: target.provider });
  await addActivity(tx, issue, actor, 'code_link_added', { link_id: id, provider: target.provider });
  return getCodeLinkIn(tx, issue.id, id);
}

/** How the host says that it stands now. Throws `not_found`, `forbidden`. */
export async function refreshCodeLink(
  tx: Tx,
  ref: LinkingRef,
  linkId: string,
  found: { readonly request: RemoteRequest; readonly credentialId: string },
): Promise<CodeLink> {
  const issue = await lockIssue(tx, ref);
  const { request } = found;
  await tx.execute(sql`
    UPDATE issue_code_links SET title = ${request.title}, state = ${request.state}, author = ${request.author},
      source_branch = ${request.source_branch}, target_branch = ${request.target_branch},
      remote_merged_at = ${request.remote_merged_at}::timestamptz, credential_id = ${found.credentialId},
      last_synced_at = now(), last_sync_error = NULL
    WHERE id = ${linkId} AND issue_id = ${issue.id}`);
  return getCodeLinkIn(tx, issue.id, linkId);
}

/** The host did not say: what it said before stays. */
export async function noteSyncError(tx: Tx, ref: LinkingRef, linkId: string, error: SyncError): Promise<void> {
  const issue = await lockIssue(tx, ref);
  await tx.execute(sql`
    UPDATE issue_code_links SET last_sync_error = ${error} WHERE id = ${linkId} AND issue_id = ${issue.id}`);
}

/** Throws `not_found`, `forbidden`. */
export async function unlinkCode(tx: Tx, ref: LinkingRef, linkId: string, actor: Actor): Promise<void> {
  const issue = await lockIssue(tx, ref);
  const gone = await tx.maybeOne<Pick<CodeLink, 'provider'>>(sql`
    DELETE FROM issue_code_links WHERE id = ${linkId} AND issue_id = ${issue.id} RETURNING provider`);
  if (gone === null) throw notFound('code link');
  note(tx, issue, actor, 'issue.code_unlinked', { id: linkId, provider: gone.provider });
  await addActivity(tx, issue, actor, 'code_link_removed', { link_id: linkId, provider: gone.provider });
}

function note(
  tx: Tx,
  issue: IssueRow,
  actor: Actor,
  type: 'issue.code_linked' | 'issue.code_unlinked',
  { id, provider }: Pick<CodeLink, 'id' | 'provider'>,
): void {
  journalIssue(tx, issue, actor, { type, payload: { identifier: issue.identifier, link_id: id, provider } });
}
