import { descending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

const ORDER = listOrder(descending('time', sql.fragment`parked_at`), descending('integer', sql.fragment`outbox.id`));

/** A command that was refused for good and waits for an operator. */
export interface ParkedCommand {
  readonly id: string;
  readonly workspace_id: string | null;
  readonly kind: 'workflow' | 'wake';
  readonly target: string;
  readonly error_code: string | null;
  readonly attempts: number;
  readonly request_id: string | null;
  readonly created_at: string;
  readonly parked_at: string;
}

/** All workspaces', the latest first. */
export function listParkedCommands(systemReads: ReadPool, page: PageRequest): Promise<Page<ParkedCommand>> {
  return readPage<ParkedCommand>(
    systemReads,
    [],
    sql`
      SELECT id::text AS id, workspace_id, kind, target, error_code, attempts, request_id, created_at, parked_at,
        ${ORDER.key}, count(*) OVER () AS total
      FROM outbox WHERE parked_at IS NOT NULL ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM outbox WHERE parked_at IS NOT NULL`,
  );
}
