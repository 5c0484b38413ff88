import { type Fragment, sql } from './sql.ts';

/** `"a" = …, "b" = …` for UPDATE … SET. Column names come from the store, never from a caller. */
export function assignments(columns: Readonly<Record<string, Fragment>>): Fragment {
  const each = Object.entries(columns).map(([column, value]) => sql.fragment`${sql.identifier([column])} = ${value}`);
  return sql.fragment`${sql.join(each, sql.fragment`, `)}`;
}
