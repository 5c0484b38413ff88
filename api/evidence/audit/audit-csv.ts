import { Readable } from 'node:stream';
import type { AuditRow } from '../../../domain/evidence/audit/audit.ts';

const COLUMNS = [
  'created_at',
  'action',
  'entity_type',
  'entity_id',
  'summary',
  'user_id',
  'user_email',
  'user_name',
  'ip_address',
  'user_agent',
  'auth_method',
  'request_id',
  'id',
] as const satisfies readonly (keyof AuditRow)[];

/** A cell that no spreadsheet takes for a formula. */
function cell(value: string | null): string {
  if (value === null) return '';
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function line(cells: readonly (string | null)[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

/** The rows as RFC 4180 text with a header line, page by page as the reader takes them: `next` of the last row. */
export function auditCsv(next: (after: AuditRow | null, rows: number) => Promise<readonly AuditRow[]>): Readable {
  async function* lines(): AsyncGenerator<string> {
    yield line([...COLUMNS]);
    let last: AuditRow | null = null;
    for (let count = 0; ; ) {
      const rows: readonly AuditRow[] = await next(last, count);
      if (rows.length === 0) return;
      yield rows.map((row) => line(COLUMNS.map((column) => row[column]))).join('');
      count += rows.length;
      last = rows.at(-1)!;
    }
  }
  return Readable.from(lines(), { objectMode: false });
}
