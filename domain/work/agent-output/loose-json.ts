/** Reading of JSON whose shape nobody promises: every accessor takes anything and never throws. */
export type LooseObject = Readonly<Record<string, unknown>>;

/** The object a line holds; null for anything else, malformed lines included. */
export function parseObject(line: string): LooseObject | null {
  if (!line.startsWith('{')) return null;
  try {
    return objectOf(JSON.parse(line));
  } catch {
    return null;
  }
}

export function objectOf(value: unknown): LooseObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as LooseObject) : null;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Text that is also short and printable, as names and ids are. */
export function nameOf(value: unknown): string | null {
  return typeof value === 'string' && /^[\w.:/@-]{1,128}$/.test(value) ? value : null;
}

const MOST = 1_000_000_000_000;

/** A whole count from 0 to a million million; anything else is 0. */
export function countOf(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.min(MOST, Math.round(value)) : 0;
}

/** US dollars as millionths; null where there is no number. */
export function microsOf(dollars: unknown): number | null {
  return typeof dollars === 'number' && dollars >= 0 ? Math.min(MOST, Math.round(dollars * 1_000_000)) : null;
}

/** A process's exit code; null for anything else. */
export function exitCodeOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255 ? value : null;
}

/** A moment that an event names, in milliseconds; null where it names none. */
export function momentOf(value: unknown): number | null {
  const ms = typeof value === 'string' ? Date.parse(value) : value;
  return typeof ms === 'number' && ms >= 0 && ms <= MOST * 10 ? ms : null;
}
