/** JSON Schema by keyword, as it stands in our documents. */
type Schema = { readonly [keyword: string]: unknown } | boolean;
type Schemas = Readonly<Record<string, Schema>>;

/**
 * `taken`: what callers send, with what they must send; `given`: what they are answered, with all that may be in it.
 */
export type Direction = 'taken' | 'given';

/** Members of a body of which none is required. */
const OPTIONAL_MEMBERS = 2;
const MOMENT = '2026-01-15T09:30:00.000Z';
/** In this order, for patterns that the name of a member says nothing of. */
const TEXTS = [
  'example',
  MOMENT,
  '2026-01-15',
  '10',
  'EXAMPLE',
  'agents:read',
  'run.started',
  'crewship-cache:0123456789ab',
  'https://example.com/',
];
/** What members of such names hold; the first that fits is taken. */
const NAMED: readonly (readonly [RegExp, string])[] = [
  [/(_at|At|^ts|^since|^until)$/, MOMENT],
  [/email/, 'ada@example.com'],
  [/(^|_)slug$/, 'first-crew'],
  [/(^|_)(full_name|username)$/, 'Ada Lovelace'],
  [/^title$/, 'Count the errors'],
  [/(^|_)name$/, 'First crew'],
  [/(^|_)url$/, 'https://example.com/'],
  [/_usd(_|$)/, '0.250000'],
  [/(_hash|sha256)$/, '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'],
  [/(^|_)password$/, 'correct horse battery'],
  [/^(detail|description|summary|reason|comment|message|resolution|question)$/, 'What there is to say, in words.'],
];

/**
 * A document that a schema takes, the same at every call: its own example where it has one, else values by the names of
 * members. Undefined when nothing here fits one of its patterns.
 */
export function exampleOf(schema: Schema, schemas: Schemas, direction: Direction): unknown {
  return build(schema, 'example', { schemas, direction, above: [] });
}

interface Walk {
  readonly schemas: Schemas;
  readonly direction: Direction;
  /** References on the way here: a schema may refer to itself. */
  readonly above: readonly string[];
}

function build(schema: Schema, name: string, walk: Walk): unknown {
  if (typeof schema === 'boolean') return schema ? {} : undefined;
  if (typeof schema.$ref === 'string') return buildReferred(schema.$ref, name, walk);
  if (schema.example !== undefined) return schema.example;
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (schema.default !== undefined && walk.direction === 'taken') return schema.default;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(alternatives)) return firstOf(alternatives as Schema[], name, walk);
  if (Array.isArray(schema.allOf)) {
    return Object.assign({}, ...(schema.allOf as Schema[]).map((one) => build(one, name, walk)));
  }
  if (Array.isArray(schema.type)) {
    const types = schema.type as readonly unknown[];
    return firstOf(
      types.map((type) => ({ ...schema, type })),
      name,
      walk,
    );
  }
  switch (schema.type) {
    case 'object':
      return buildObject(schema, walk);
    case 'array':
      return buildArray(schema, name, walk);
    case 'string':
      return buildText(schema, name);
    case 'integer':
    case 'number':
      return Math.min(Number(schema.maximum ?? Infinity), Math.max(Number(schema.minimum ?? 1), 1));
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return {};
  }
}

function buildReferred(reference: string, name: string, walk: Walk): unknown {
  const schema = walk.schemas[reference.replace('#/components/schemas/', '')];
  if (schema === undefined || walk.above.includes(reference)) return undefined;
  return build(schema, name, { ...walk, above: [...walk.above, reference] });
}

/** Null says the least, so it comes last. */
function firstOf(alternatives: readonly Schema[], name: string, walk: Walk): unknown {
  const made = alternatives.map((one) => build(one, name, walk));
  return made.find((value) => value !== undefined && value !== null) ?? made.find((value) => value !== undefined);
}

function buildObject(schema: Exclude<Schema, boolean>, walk: Walk): unknown {
  const members = Object.entries((schema.properties ?? {}) as Schemas);
  const required = (schema.required ?? []) as readonly string[];
  const wanted = walk.direction === 'given' ? members : members.filter(([name]) => required.includes(name));
  const shown = wanted.length > 0 ? wanted : members.slice(0, OPTIONAL_MEMBERS);
  const made = shown.map(([name, member]) => [name, build(member, name, walk)] as const);
  const lacks = made.some(([name, value]) => value === undefined && required.includes(name));
  return lacks ? undefined : Object.fromEntries(made.filter(([, value]) => value !== undefined));
}

function buildArray(schema: Exclude<Schema, boolean>, name: string, walk: Walk): unknown {
  const item = build((schema.items ?? true) as Schema, name.replace(/s$/, ''), walk);
  return item === undefined || schema.maxItems === 0 ? [] : [item];
}

function buildText(schema: Exclude<Schema, boolean>, name: string): string | undefined {
  if (schema.format === 'date-time') return MOMENT;
  const minLength = Number(schema.minLength ?? 0);
  const maxLength = Number(schema.maxLength ?? Infinity);
  const pattern = typeof schema.pattern === 'string' ? new RegExp(schema.pattern) : /^/;
  const named = NAMED.filter(([like]) => like.test(name)).map(([, text]) => text);
  const id = /(^|_)ids?$|I[Dd]s?$/.test(name) ? [idOf(name)] : [];
  return [...id, ...named, ...TEXTS, idOf(name)]
    .map((text) => text.padEnd(minLength, '-'))
    .find((text) => text.length <= maxLength && pattern.test(text));
}

const ID_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** An id of our form, another one for each name. */
function idOf(name: string): string {
  let state = 2_166_136_261;
  const characters = Array.from({ length: 24 }, (_, index) => {
    state = Math.imul(state ^ (name.charCodeAt(index % name.length) + index), 16_777_619) >>> 0;
    return ID_CHARACTERS[state % ID_CHARACTERS.length];
  });
  return `c${characters.join('')}`;
}
