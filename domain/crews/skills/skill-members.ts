import { invalidField } from '../../kernel/errors/crewship-error.ts';
import { NEW_SKILL_DEFAULTS, SKILL_CATEGORIES, type SkillCategory, type SkillFields } from './skill.ts';

/** As the database keeps it. */
const storable = (text: string) => text.toWellFormed().replaceAll('\0', '');

type Members = Readonly<Record<string, unknown>>;

/**
 * The fields that a SKILL.md's members stand for: those of the open format at the top, others there or in `metadata`.
 * What nobody knows is left out; what is known and of a wrong shape is refused. Throws `invalid_request`, naming
 * `content` and the member.
 */
export function fieldsOfMembers(members: Members, body: string): SkillFields & { readonly slug: string | undefined } {
  const metadata =
    typeof members.metadata === 'object' && members.metadata !== null ? (members.metadata as Members) : {};
  const given = (name: string): unknown => members[name] ?? metadata[name];
  const text = (name: string, maxLength: number): string | null => {
    const value = given(name);
    if (value === undefined || value === null || value === '') return null;
    const said = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
    if (typeof said !== 'string') throw refused(name, 'must be a text');
    const trimmed = storable(said).trim();
    if (trimmed.length > maxLength) throw refused(name, `must have at most ${maxLength} characters`);
    return trimmed === '' ? null : trimmed;
  };
  const words = (name: string, maxItems: number, maxLength: number): string[] => {
    const value = given(name);
    if (value === undefined || value === null) return [];
    const list: unknown[] = typeof value === 'string' ? value.split(/[,\s]+/) : Array.isArray(value) ? value : [null];
    const items = list
      .map((item) => (typeof item === 'string' ? storable(item).trim() : null))
      .filter((item) => item !== '');
    if (items.length > maxItems) throw refused(name, `must have at most ${maxItems} items`);
    for (const item of items) {
      if (item === null || item.length > maxLength)
        throw refused(name, `must be texts of at most ${maxLength} characters`);
    }
    return items as string[];
  };
  const name = text('name', 100);
  const description = text('description', 1_024);
  if (name === null) throw refused('name', 'must be given');
  if (description === null) throw refused('description', 'must be given');
  const content = storable(body).trim();
  if (content === '') throw invalidField('content', 'must have instructions');
  if (given('mcp') !== undefined || given('mcp_server') !== undefined || given('mcp_servers') !== undefined) {
    throw refused('mcp', 'is not taken: no server is started for a skill');
  }
  const homepage = text('homepage', 2_048);
  const variables = words('credential_requirements', 50, 100);
  return {
    ...NEW_SKILL_DEFAULTS,
    slug: text('slug', 50) ?? (/^[a-z0-9][a-z0-9_-]{1,49}$/.test(name) ? name : undefined),
    name,
    description,
    content,
    display_name: text('display_name', 100),
    category: categoryOf(text('category', 50)),
    tags: [...new Set(words('tags', 30, 50).map((tag) => tag.toLowerCase()))],
    icon: text('icon', 100),
    author: text('author', 200),
    vendor: text('vendor', 100),
    homepage: homepage !== null && /^https?:\/\//.test(homepage) && URL.canParse(homepage) ? homepage : null,
    license: text('license', 200),
    release: text('version', 64),
    dependencies: words('dependencies', 50, 50),
    allowed_tools: words('allowed-tools', 100, 200),
    allowed_domains: words('allowed_domains', 100, 253),
    credential_requirements: variables.filter((variable) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)),
  };
}

function refused(member: string, rule: string) {
  return invalidField('content', `\`${member}\` ${rule}`);
}

function categoryOf(text: string | null): SkillCategory {
  const wanted = text?.toUpperCase();
  return SKILL_CATEGORIES.find((category) => category === wanted) ?? 'CUSTOM';
}
