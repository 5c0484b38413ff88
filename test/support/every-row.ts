import type pg from 'pg';

/** Every row of every table as text; `owner` sees all of them. */
export async function everyRow(owner: pg.Client): Promise<string> {
  const { rows } = await owner.query<{ name: string }>(`
    SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
      AND NOT relispartition`);
  let text = '';
  for (const { name } of rows) {
    const all = await owner.query<{ text: string | null }>(`SELECT string_agg(t::text, E'\\n') AS text FROM ${name} t`);
    text += all.rows[0]!.text ?? '';
  }
  return text;
}
