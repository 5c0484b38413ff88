import { operationKey } from './open-api-document.ts';

export interface ContractRow {
  /** The heading that it stands under. */
  readonly family: string;
  readonly method: string;
  readonly path: string;
}

/** Served without a declared route: the socket and the two that show the declarations. */
export const SERVED_UNDECLARED = ['GET /ws', 'GET /openapi.json', 'GET /docs'];

/**
 * Rows of `docs/contract-rows.txt`: `METHOD path` a line, under headings that begin with `# `. Throws for any other
 * line, and for a row that stands there twice.
 */
export function readContractRows(text: string): ContractRow[] {
  let family = '';
  const rows: ContractRow[] = [];
  const seen = new Set<string>();
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) family = line.slice(2);
    if (line === '' || line.startsWith('# ')) continue;
    const [, method, path] = /^(GET|POST|PUT|PATCH|DELETE) (\/\S*)$/.exec(line) ?? [];
    if (method === undefined || path === undefined) throw new Error(`not a method and a path: ${line}`);
    const key = operationKey(method, path);
    if (seen.has(key)) throw new Error(`stands there twice: ${line}`);
    seen.add(key);
    rows.push({ family, method, path });
  }
  return rows;
}

/** Rows whose method and path are not among `served`, the keys of operations. */
export function missingRows(rows: readonly ContractRow[], served: ReadonlySet<string>): ContractRow[] {
  return rows.filter(({ method, path }) => !served.has(operationKey(method, path)));
}
