import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import pg from 'pg';

/** Parts of the dump: a heading, and a query whose only column is one line each, in a stable order. */
const SECTIONS: readonly { readonly heading: string; readonly query: string }[] = [
  {
    heading: 'tables',
    query: `
      SELECT format('%s%s%s%s', c.relname, CASE c.relkind WHEN 'p' THEN ' (partitioned)' ELSE '' END,
        CASE WHEN c.relrowsecurity THEN ', row security' ELSE '' END,
        CASE WHEN c.relforcerowsecurity THEN ' forced' ELSE '' END) AS line
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname`,
  },
  {
    heading: 'columns',
    query: `
      SELECT format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
        CASE WHEN a.attidentity <> '' THEN ' identity' WHEN d.adbin IS NOT NULL
          THEN ' default ' || pg_get_expr(d.adbin, d.adrelid) ELSE '' END) AS line
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY c.relname, a.attnum`,
  },
  {
    heading: 'constraints',
    query: `
      SELECT format('%s %s: %s', c.relname, k.conname, pg_get_constraintdef(k.oid)) AS line
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
      WHERE c.relnamespace = 'public'::regnamespace AND k.contype <> 'n' ORDER BY c.relname, k.conname`,
  },
  {
    heading: 'indexes',
    query: `SELECT indexdef AS line FROM pg_indexes WHERE schemaname = 'public' ORDER BY tablename, indexname`,
  },
  {
    heading: 'policies',
    query: `
      SELECT format('%s %s for %s to %s using %s with check %s', tablename, policyname, cmd,
        array_to_string(roles, ','), coalesce(qual, '-'), coalesce(with_check, '-')) AS line
      FROM pg_policies WHERE schemaname = 'public' ORDER BY tablename, policyname`,
  },
  {
    heading: 'grants',
    query: `
      SELECT format('%s to %s: %s', table_name, grantee, string_agg(privilege_type, ', ' ORDER BY privilege_type))
        AS line
      FROM information_schema.role_table_grants
      WHERE table_schema = 'public' AND grantee LIKE 'crewship\\_%' GROUP BY table_name, grantee
      ORDER BY table_name COLLATE "C", grantee COLLATE "C"`,
  },
  {
    heading: 'column grants',
    query: `
      SELECT format('%s to %s: %s (%s)', table_name, grantee, privilege_type,
        string_agg(column_name, ', ' ORDER BY column_name COLLATE "C")) AS line
      FROM information_schema.column_privileges p
      WHERE table_schema = 'public' AND grantee LIKE 'crewship\\_%' AND NOT EXISTS (
        SELECT 1 FROM information_schema.role_table_grants g WHERE g.table_schema = p.table_schema
          AND g.table_name = p.table_name AND g.grantee = p.grantee AND g.privilege_type = p.privilege_type)
      GROUP BY table_name, grantee, privilege_type
      ORDER BY table_name COLLATE "C", grantee COLLATE "C", privilege_type COLLATE "C"`,
  },
  {
    heading: 'functions',
    query: `
      SELECT format('%s(%s) returns %s, %s%s, owner %s, executable by %s', p.proname,
        pg_get_function_arguments(p.oid), pg_get_function_result(p.oid),
        CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
        CASE WHEN p.prosecdef THEN ', security definer' ELSE '' END,
        CASE WHEN r.rolname LIKE 'crewship\\_%' THEN r.rolname ELSE 'the installer' END,
        CASE WHEN p.proacl IS NULL THEN 'anyone' ELSE (
          SELECT string_agg(CASE a.grantee WHEN 0 THEN 'anyone' ELSE a.grantee::regrole::text END, ', '
            ORDER BY a.grantee::regrole::text COLLATE "C")
          FROM aclexplode(p.proacl) a WHERE a.grantee = 0 OR a.grantee::regrole::text LIKE 'crewship\\_%') END) AS line
      FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
      WHERE p.pronamespace = 'public'::regnamespace ORDER BY p.proname, 1`,
  },
];

const FUNCTIONS = `
  SELECT p.proname AS name, pg_get_functiondef(p.oid) AS definition
  FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace ORDER BY p.proname`;

const SCHEMA_FILE = 'schema.txt';
const FUNCTIONS_FOLDER = 'functions';

/** The text of each file of a dump, by its path from this folder. */
export type SchemaDump = Readonly<Record<string, string>>;

/**
 * The schema of a migrated database as text: `schema.txt` with its tables, columns, constraints, indexes, policies,
 * grants and the signatures of its functions, and `functions/<name>.sql` with each function as it is now. Names of
 * logins and of the installer do not appear, so any installation gives the same.
 */
export async function dumpSchema(ownerUrl: string): Promise<SchemaDump> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'crewship-schema-dump' });
  await client.connect();
  try {
    const parts: string[] = [];
    for (const { heading, query } of SECTIONS) {
      const { rows } = await client.query<{ line: string }>(query);
      parts.push(`# ${heading}\n${rows.map((row) => row.line.replace(/\s+/g, ' ')).join('\n')}\n`);
    }
    const dump: Record<string, string> = { [SCHEMA_FILE]: parts.join('\n') };
    for (const { name, definition } of (await client.query<{ name: string; definition: string }>(FUNCTIONS)).rows) {
      const file = functionFile(name);
      if (dump[file] !== undefined) throw new Error(`${name} has two signatures, and one file`);
      dump[file] = `${definition.replace(/[ \t]+$/gm, '').trim()};\n`;
    }
    return dump;
  } finally {
    await client.end();
  }
}

/** The dump that is committed in a folder, this one by default. */
export function readCommittedDump(folder = import.meta.dirname): SchemaDump {
  const files = [SCHEMA_FILE, ...functionFilesIn(folder)];
  return Object.fromEntries(files.map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]));
}

/** Makes a folder hold the dump: files of functions that are gone go too. */
export function writeDump(dump: SchemaDump, folder = import.meta.dirname): void {
  mkdirSync(path.join(folder, FUNCTIONS_FOLDER), { recursive: true });
  for (const file of functionFilesIn(folder)) if (dump[file] === undefined) rmSync(path.join(folder, file));
  for (const [file, text] of Object.entries(dump)) writeFileSync(path.join(folder, file), text);
}

function functionFile(name: string): string {
  return `${FUNCTIONS_FOLDER}/${name}.sql`;
}

function functionFilesIn(folder: string): string[] {
  return readdirSync(path.join(folder, FUNCTIONS_FOLDER)).map((file) => `${FUNCTIONS_FOLDER}/${file}`);
}

const isEntryPoint = process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href;
if (isEntryPoint) {
  const url = process.argv[2];
  if (url === undefined) throw new Error('usage: node db/schema-dump.ts <owner URL of a migrated database>');
  writeDump(await dumpSchema(url));
}
