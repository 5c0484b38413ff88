import pg from 'pg';
import type { TestApi } from './test-api.ts';

export interface Fingerprints {
  /** Everything there is, as one figure: rows and what they hold. Tokens aside: that one was used is written down. */
  take(): Promise<string>;
  close(): Promise<void>;
}

export async function openFingerprints(api: Pick<TestApi, 'testDatabase'>): Promise<Fingerprints> {
  const client = new pg.Client(api.testDatabase.ownerUrl);
  await client.connect();
  const { rows } = await client.query<{ name: string }>(`
    SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
      AND NOT relispartition AND relname <> 'access_tokens' ORDER BY relname`);
  const text = rows
    .map(
      ({ name }) =>
        `SELECT '${name} ' || count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)), 0) AS line FROM ${name} t`,
    )
    .join(' UNION ALL ');
  return {
    async take() {
      const lines = await client.query<{ line: string }>({ name: 'fingerprint', text });
      // A union has no order of its own: Postgres takes the larger tables first once it reads them in parallel.
      return lines.rows
        .map(({ line }) => line)
        .toSorted()
        .join('\n');
    },
    close: () => client.end(),
  };
}
