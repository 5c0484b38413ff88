import type { Database } from '../../../db/kernel/database.ts';
import type { Query } from '../../../db/kernel/sql.ts';

/** The rows of a workspace, past the product's commands. */
export interface WorkspaceRows {
  rows<Row>(query: Query): Promise<readonly Row[]>;
  /** How many rows it changed. */
  write(query: Query): Promise<number>;
}

export function workspaceRows(db: Database, workspaceId: string): WorkspaceRows {
  return {
    rows: (query) => db.reads.any([workspaceId], query),
    write: (query) => db.transaction({ workspaceIds: [workspaceId] }, (tx) => tx.execute(query)),
  };
}
