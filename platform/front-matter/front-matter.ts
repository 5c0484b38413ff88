import { parseDocument } from 'yaml';

export interface FrontMatter {
  /** Members of the YAML between the lines of dashes; none where there is none. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const LONGEST_CHARACTERS = 32_768;
const DASHES = /^---[ \t]*\n([^]*?)^---[ \t]*(?:\n|$)/m;

/**
 * A document and what stands above it. YAML of the JSON kind: no tags, no anchors that others repeat, names once each.
 * Null where what stands above is no such YAML, or is very long.
 */
export function readFrontMatter(document: string): FrontMatter | null {
  const text = document.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const found = text.startsWith('---') ? DASHES.exec(text) : null;
  if (found === null || found.index !== 0) return text.startsWith('---') ? null : { members: {}, body: text };
  const yaml = found[1]!;
  if (yaml.length > LONGEST_CHARACTERS) return null;
  const parsed = parseDocument(yaml, { schema: 'core', uniqueKeys: true, customTags: [], logLevel: 'error' });
  if (parsed.errors.length > 0) return null;
  try {
    const members: unknown = parsed.toJS({ maxAliasCount: 0 });
    if (members === null) return { members: {}, body: text.slice(found[0].length) };
    if (typeof members !== 'object' || Array.isArray(members)) return null;
    return { members: members as Record<string, unknown>, body: text.slice(found[0].length) };
  } catch {
    return null;
  }
}
