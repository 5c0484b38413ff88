import { createSqlTag } from 'slonik';
import { statementName } from './statement-names.ts';

const tag = createSqlTag();

/** Sizes of pages and batches that are asked for again and again. */
const USUAL_LIMITS = new Set([1, 10, 11, 20, 21, 25, 26, 50, 51, 64, 100, 101, 200, 201, 500, 1_000]);

/**
 * Query tag of all stores. Column types are fixed by the schema and the type parsers, so rows are named by the caller
 * (`tx.any<Row>(sql`…`)`) instead of being parsed a second time.
 */
export const sql = Object.assign(tag.unsafe, {
  fragment: tag.fragment,
  join: tag.join,
  array: tag.array,
  unnest: tag.unnest,
  identifier: tag.identifier,
  binary: tag.binary,
  /**
   * `LIMIT …`. A usual number is part of the text: Postgres cannot plan well for a limit it does not know, so a
   * prepared statement with a parameter there was planned at each call, which was two thirds of what a page of the
   * journal took it (1,460 → 455 µs). Others stay parameters, as there is room for so many prepared texts only.
   */
  limit: (count: number | null) =>
    count !== null && USUAL_LIMITS.has(count)
      ? tag.fragment`LIMIT ${tag.literalValue(String(count))}`
      : tag.fragment`LIMIT ${count}`,
  /** A jsonb parameter; undefined members are dropped. */
  jsonb: (value: unknown) => tag.fragment`${JSON.stringify(value)}::jsonb`,
  /**
   * Rows for `json_to_recordset`. Read once and thrown away, they are better not made into jsonb first, and a member
   * that is undefined is a null that nobody wrote and parsed: together they were an eighth of what appending a journal
   * entry took Postgres (51 → 44 µs).
   */
  rows: (rows: readonly object[]) => tag.fragment`${JSON.stringify(rows)}::json`,
});

/** What the tag makes: text with numbered placeholders and its values. */
export type Query = ReturnType<typeof tag.unsafe>;
export type Fragment = ReturnType<typeof tag.fragment> | ReturnType<typeof tag.join>;

/** The query as a prepared statement of the connection that runs it. Needs direct or session-pooled connections. */
export function named(query: Query): Query {
  const name = statementName(query.sql);
  return name === undefined ? query : { ...query, name };
}
