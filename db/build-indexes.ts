import type pg from 'pg';

interface MissingIndex {
  readonly parent: string;
  readonly definition: string;
  readonly partition: string;
  readonly child: string;
}

/**
 * Builds what migrations have declared of partitioned tables only, `CREATE INDEX … ON ONLY`: on each partition by
 * itself, while others read and write it. Goes on where an earlier call was killed. No transaction may be open.
 */
export async function buildIndexes(client: pg.Client, log: (line: string) => void): Promise<void> {
  const { rows } = await client.query<MissingIndex>(`
    SELECT i.indexrelid::regclass::text AS parent, pg_get_indexdef(i.indexrelid) AS definition,
      p.inhrelid::regclass::text AS partition,
      quote_ident(left(part.relname || '_' || replace(own.relname, whole.relname || '_', ''), 63)) AS child
    FROM pg_index i
    JOIN pg_class own ON own.oid = i.indexrelid AND own.relkind = 'I'
    JOIN pg_class whole ON whole.oid = i.indrelid
    JOIN pg_inherits p ON p.inhparent = i.indrelid
    JOIN pg_class part ON part.oid = p.inhrelid
    WHERE NOT i.indisvalid AND NOT EXISTS (
      SELECT 1 FROM pg_inherits pi JOIN pg_index ci ON ci.indexrelid = pi.inhrelid
      WHERE pi.inhparent = i.indexrelid AND ci.indrelid = p.inhrelid)
    ORDER BY 1, 3`);
  for (const { parent, definition, partition, child } of rows) {
    // One that was being built when its builder died is there and not valid.
    await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${child}`);
    const build = definition.replace(
      /^CREATE INDEX \S+ ON ONLY \S+ /,
      `CREATE INDEX CONCURRENTLY ${child} ON ${partition} `,
    );
    await client.query(build);
    await client.query(`ALTER INDEX ${parent} ATTACH PARTITION ${child}`);
    log(`built ${child}`);
  }
}
