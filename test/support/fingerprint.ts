import pg from 'pg';
import type { TestApi } from './test-api.ts';

/** Everything there is, as one figure: rows and what they hold. Tokens aside: that one was used is written down. */
export async function fingerprint(api: Pick<TestApi, 'testDatabase'>): Promise<string> {
  const client = new pg.Client(api.testDatabase.ownerUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(`
      SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
        AND NOT relispartition AND relname <> 'access_tokens' ORDER BY relname`);
    const each = rows.map(
      ({ name }) =>
        `SELECT '${name} ' || count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)), 0) AS line FROM ${name} t`,
    );
    const lines = await client.query<{ line: string }>(each.join(' UNION ALL '));
    return lines.rows.map(({ line }) => line).join('\n');
  } finally {
    await client.end();
  }
}
