import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import { type Project, type ProjectRole, refuseArchived } from '../../../domain/work/projects/project.ts';
import { type ReadinessFacts, refuseUnready } from '../../../domain/work/tokens/ledger-rules.ts';
import type { TokenContract, TokenRequest } from '../../../domain/work/tokens/token.ts';
import type { tokenEntries } from '../../../domain/work/tokens/token-entries.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { findTokenIn, readSurroundingsIn } from '../../../db/work/tokens/tokens-store.ts';
import { holdProject, type ProjectCall, projectFrame } from '../projects/hold-project.ts';

/** A token whose project is held: nothing of it changes before the commit. */
export interface HeldToken {
  readonly project: Project;
  readonly contract: TokenContract;
}

/**
 * Holds a project with a token that is ready, for somebody with a role in it. `forRequest`: somebody has to approve
 * what follows. Throws `not_found`, `forbidden`, `wrong_state` in the archive, `LedgerRefused`.
 */
export async function holdToken(
  tx: Tx,
  call: ProjectCall,
  needed: { readonly role: ProjectRole; readonly forRequest: boolean },
  actor: Actor,
): Promise<HeldToken> {
  const project = await holdProject(tx, call, needed.role, actor);
  refuseArchived(project);
  const contract = await findTokenIn(tx, project.id);
  const facts: ReadinessFacts = { contract, ...(await readSurroundingsIn(tx, project.id)), isArchived: false };
  refuseUnready(facts, needed.forRequest);
  return { project, contract: facts.contract };
}

/** `token.*`, about the project, so that whoever may not see it reads none of them. */
export function journalToken(
  tx: Tx,
  request: Pick<TokenRequest, 'id' | 'project_id' | 'workspace_id'>,
  entry: EntryParts<Exclude<keyof typeof tokenEntries, 'wallet.changed'>>,
  actor: Actor,
): void {
  tx.journal({
    ...projectFrame({ id: request.project_id, workspace_id: request.workspace_id }, actor),
    severity: 'notice',
    summary: entry.type.replace('.', ' '),
    ...entry,
  });
}
