const LINE_LENGTH = 120;
const INDENT = '  ';

/** The value with the members of every object sorted by name; arrays keep their order. */
export function sortMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortMembers);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([key, member]) => [key, sortMembers(member)]));
}

/** JSON whose text depends on the value alone. What fits on a line stays on one: a diff then shows whole members. */
export function stableJson(value: unknown): string {
  return `${print(sortMembers(value), '', 0)}\n`;
}

/** `used`: characters that stand before the value on its line. */
function print(value: unknown, indent: string, used: number): string {
  const line = onOneLine(value);
  if (typeof value !== 'object' || value === null || used + line.length < LINE_LENGTH) return line;
  const inner = `${indent}${INDENT}`;
  const lines = Array.isArray(value)
    ? value.map((item) => inner + print(item, inner, inner.length))
    : Object.entries(value).map(([key, member]) => {
        const start = `${inner}${JSON.stringify(key)}: `;
        return start + print(member, inner, start.length);
      });
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}

function onOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${onOneLine(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}
