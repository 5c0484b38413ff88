import type { ReviewCall } from '../../../commands/work/reviews/decide-review.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { ReviewReader } from '../../../db/work/reviews/review-sight.ts';
import type { Principal } from '../../../domain/kernel/access/authority.ts';

export interface ReviewDeps {
  readonly database: Pick<Database, 'reads' | 'transaction'>;
}

interface Call {
  readonly workspace: { readonly id: string };
  readonly principal: Principal;
}

export const readReviews = { access: 'member', action: 'read', scope: 'review:read' } as const;
/** Who may decide an item follows from the item, whatever their role above MEMBER. */
export const writeReviews = { access: 'member', action: 'participate', scope: 'review:write' } as const;

/** Whose eyes a request sees reviews with. */
export function readerOf({ workspace, principal }: Call): ReviewReader {
  return { workspaceId: workspace.id, userId: principal.userId! };
}

export function reviewCall(ctx: Call & { readonly params: { readonly reviewItemId: string } }): ReviewCall {
  return { ...readerOf(ctx), itemId: ctx.params.reviewItemId };
}
