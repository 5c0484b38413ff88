import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** Remembers that a person has begun; once is as good as often. */
export async function completeOnboarding(
  tx: Tx,
  person: { readonly userId: string; readonly workspaceId?: string; readonly telemetryOptIn?: boolean },
): Promise<void> {
  await tx.execute(sql`
    UPDATE users SET onboarded_at = coalesce(onboarded_at, now()), updated_at = now(),
      home_workspace_id = coalesce(home_workspace_id, ${person.workspaceId ?? null}),
      telemetry_opt_in = coalesce(${person.telemetryOptIn ?? null}::boolean, telemetry_opt_in)
    WHERE id = ${person.userId}`);
}
