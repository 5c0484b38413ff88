import type { KnowledgeCaller } from '../../../commands/knowledge/namespaces/hold-namespace.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { type Onlooker, readReach, type SightIds, sightIds } from '../../../db/knowledge/namespaces/reach.ts';
import type { Principal, Role } from '../../../domain/kernel/access/authority.ts';

export interface KnowledgeDeps {
  readonly database: Pick<Database, 'reads'>;
}

interface Call {
  readonly workspace: { readonly id: string; readonly role: Role };
  readonly principal: Principal;
}

/** With whose eyes a request sees knowledge. */
export function onlookerOf({ workspace, principal }: Call): Onlooker {
  return { workspaceId: workspace.id, userId: principal.userId! };
}

/** Who writes by it. */
export function knowledgeCaller({ workspace, principal }: Call): KnowledgeCaller {
  return { workspaceId: workspace.id, userId: principal.userId!, role: workspace.role };
}

/** The ids of all that its caller sees now. */
export async function sightOf({ database }: KnowledgeDeps, ctx: Call): Promise<SightIds> {
  return sightIds(await readReach(database.reads, onlookerOf(ctx)));
}
