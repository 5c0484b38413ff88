const MAX_DEPTH = 32;

/**
 * The same value as Postgres can store it: without NUL characters and lone surrogates, and not nested deeper than 32.
 * Throws a RangeError for deeper ones. Only for what JSON.parse returns.
 */
export function storableJson(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new RangeError('nested too deep');
  if (typeof value === 'string') return value.replaceAll('\0', '').toWellFormed();
  if (Array.isArray(value)) return value.map((item) => storableJson(item, depth + 1));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([key, item]) => [storableJson(key, depth) as string, storableJson(item, depth + 1)]),
    );
  }
  return value;
}
