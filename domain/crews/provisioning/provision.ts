/** What callers see of a crew's provisioning (docs/contracts/provisioning.md, Status). */
export type ProvisionStatus = 'idle' | 'pending' | 'running' | 'completed' | 'failed';

/** How long a build may take from the moment its workflow begins (docs/contracts/provisioning.md, Status). */
export const BUILD_LIMIT_MS = 30 * 60_000;

/** Trailing lines of a build's output that are kept, and characters of each. */
export const LOG_TAIL_LINES = 50;
export const LOG_LINE_LENGTH = 500;

/** What ends a build. `message` is safe to show to those who wait for it. */
export type BuildVerdict =
  | { readonly kind: 'completed'; readonly imageId: string; readonly sizeBytes: number; readonly tag: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'cancelled' };

/** A crew's provisioning job, as its entries name it. */
export interface ProvisionJob {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string;
}
