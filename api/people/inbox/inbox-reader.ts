import type { InboxReader } from '../../../db/people/inbox/inbox-store.ts';
import type { Principal, Role } from '../../../domain/kernel/access/authority.ts';

/** Who looks; whoever is no person has no receipts, and sees what is for the role. */
export function readerOf(ctx: {
  readonly principal: Principal;
  readonly workspace: { readonly id: string; readonly role: Role };
}): InboxReader {
  return { workspaceId: ctx.workspace.id, userId: ctx.principal.userId ?? '', role: ctx.workspace.role };
}
