import type { OpenApiDocument, Schema } from './open-api-document.ts';

/** `taken`: what callers send; `given`: what they are answered. */
export type Direction = 'taken' | 'given';

/** The two documents whose schemas are compared, which references are looked up in. */
export interface Comparison {
  readonly direction: Direction;
  readonly before: OpenApiDocument;
  readonly after: OpenApiDocument;
}

/** A schema by keyword, with neither a reference nor alternatives at its top. */
type Plain = Readonly<Record<string, unknown>>;

const LOWER_BOUNDS = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const UPPER_BOUNDS = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
const CONDITIONS = ['pattern', 'format', 'multipleOf', 'uniqueItems', 'not'];

/**
 * How `after` says less than `before`, a line each, beginning with `at`. A schema that is taken narrows when something
 * that was accepted would be refused or passed over: a type, value or alternative less, a tighter bound, a condition, a
 * member gone or newly required. One that is given narrows when something a caller relies on may be missing: a member
 * gone or no longer always there, a type (null, too) that was never given before. A pattern, a format or an `allOf`
 * that reads differently is reported too, as nobody can tell whether it says less.
 */
export function narrowedSchema(
  before: Schema | undefined,
  after: Schema | undefined,
  at: string,
  comparison: Comparison,
): string[] {
  return compare(before ?? true, after ?? true, at, { ...comparison, met: new Set() });
}

interface Walk extends Comparison {
  /** Pairs of references that are being compared: schemas may refer to themselves. */
  readonly met: ReadonlySet<string>;
}

function compare(before: Schema, after: Schema, at: string, walk: Walk): string[] {
  // Where all is taken, or nothing was promised, nothing can narrow.
  if ((walk.direction === 'taken' ? after : before) === true) return [];
  const pair = JSON.stringify([referenceOf(before), referenceOf(after)]);
  if (walk.met.has(pair)) return [];
  const isReference = referenceOf(before) !== undefined || referenceOf(after) !== undefined;
  const inner = isReference ? { ...walk, met: new Set([...walk.met, pair]) } : walk;
  const was = alternatives(before, walk.before);
  const is = alternatives(after, walk.after);
  if (was.length === 1 && is.length === 1) return comparePlain(was[0]!, is[0]!, at, inner);
  return [
    ...was.flatMap((alternative) => compareAlternative(alternative, is, at, inner)),
    ...(walk.direction === 'given' ? newTypes(was, is, at) : []),
  ];
}

/** Something in `is` must still be all that the alternative was; the one that comes nearest tells what it lacks. */
function compareAlternative(was: Plain, is: readonly Plain[], at: string, walk: Walk): string[] {
  const found = is.map((alternative) => comparePlain(was, alternative, at, walk));
  if (found.some((lines) => lines.length === 0)) return [];
  const alike = found.filter((_, index) => is[index]!.type === was.type);
  if (alike.length === 1) return alike[0]!;
  if (walk.direction === 'taken') return [`${at}: no longer takes ${describe(was)}`];
  // A type that is not given any more, such as null, surprises nobody.
  return alike.length === 0 ? [] : [`${at}: no longer is ${describe(was)}`];
}

function newTypes(was: readonly Plain[], is: readonly Plain[], at: string): string[] {
  const known = new Set(was.map(({ type }) => type));
  if (known.has(undefined)) return [];
  const types = new Set(is.map(({ type }) => type));
  return [...types]
    .filter((type) => !known.has(type) && !(type === 'integer' && known.has('number')))
    .map((type) => `${at}: may now be ${typeName(type)}`);
}

function comparePlain(was: Plain, is: Plain, at: string, walk: Walk): string[] {
  const types = compareTypes(was.type, is.type, at, walk.direction);
  if (types.length > 0) return types;
  return [
    ...(text(was.allOf) === text(is.allOf) ? [] : [`${at}: allOf reads differently`]),
    ...(walk.direction === 'taken' ? compareConditions(was, is, at) : []),
    ...compareMembers(was, is, at, walk),
    ...compareItems(was, is, at, walk),
  ];
}

function compareTypes(was: unknown, is: unknown, at: string, direction: Direction): string[] {
  const [narrow, wide] = direction === 'taken' ? [was, is] : [is, was];
  if (wide === undefined || narrow === wide || (narrow === 'integer' && wide === 'number')) return [];
  return [`${at}: ${direction === 'taken' ? 'takes' : 'is'} ${typeName(is)}, was ${typeName(was)}`];
}

function typeName(type: unknown): string {
  return typeof type === 'string' ? type : 'anything';
}

function compareConditions(was: Plain, is: Plain, at: string): string[] {
  const lines: string[] = [];
  const [values, left] = [valuesOf(was), valuesOf(is)];
  if (left !== undefined) {
    if (values === undefined) lines.push(`${at}: takes only ${left.join(', ')}`);
    for (const value of values ?? []) if (!left.includes(value)) lines.push(`${at}: no longer takes ${value}`);
  }
  for (const keyword of LOWER_BOUNDS) {
    if (Number(is[keyword] ?? -Infinity) > Number(was[keyword] ?? -Infinity)) lines.push(changed(keyword));
  }
  for (const keyword of UPPER_BOUNDS) {
    if (Number(is[keyword] ?? Infinity) < Number(was[keyword] ?? Infinity)) lines.push(changed(keyword));
  }
  for (const keyword of CONDITIONS) {
    if (is[keyword] !== undefined && text(is[keyword]) !== text(was[keyword])) lines.push(changed(keyword));
  }
  return lines;

  function changed(keyword: string): string {
    return `${at}: ${keyword} is ${text(is[keyword])}, was ${text(was[keyword])}`;
  }
}

function compareMembers(was: Plain, is: Plain, at: string, walk: Walk): string[] {
  const [members, left] = [membersOf(was), membersOf(is)];
  const [required, stillRequired] = [namesIn(was.required), namesIn(is.required)];
  const lines = Object.entries(members).flatMap(([name, member]) =>
    left[name] === undefined ? [`${at}.${name}: is gone`] : compare(member, left[name], `${at}.${name}`, walk),
  );
  if (walk.direction === 'taken') {
    lines.push(...stillRequired.filter((name) => !required.includes(name)).map((name) => `${at}.${name}: is required`));
  } else {
    const optional = required.filter((name) => left[name] !== undefined && !stillRequired.includes(name));
    lines.push(...optional.map((name) => `${at}.${name}: is no longer always there`));
  }
  return [...lines, ...compareOtherMembers(was, is, at, walk)];
}

/** Members that are not named, and their names. */
function compareOtherMembers(was: Plain, is: Plain, at: string, walk: Walk): string[] {
  const [others, left] = [schemaOf(was.additionalProperties), schemaOf(is.additionalProperties)];
  const names = compare(schemaOf(was.propertyNames), schemaOf(is.propertyNames), `${at} (names)`, walk);
  if (walk.direction === 'taken') {
    if (others === false) return names;
    if (left === false) return [...names, `${at}: refuses members that it does not name`];
  }
  return typeof others === 'object' && left !== false ? [...names, ...compare(others, left, `${at}.*`, walk)] : names;
}

function compareItems(was: Plain, is: Plain, at: string, walk: Walk): string[] {
  const [first, left] = [listOf(was.prefixItems), listOf(is.prefixItems)];
  const places = Array.from({ length: Math.max(first.length, left.length) }, (_, index) =>
    compare(first[index] ?? true, left[index] ?? true, `${at}[${index}]`, walk),
  );
  return [...places.flat(), ...compare(schemaOf(was.items), schemaOf(is.items), `${at}[]`, walk)];
}

/** What a schema may be, references followed: each of `anyOf` and `oneOf`, and each type of several. */
function alternatives(schema: Schema, document: OpenApiDocument): Plain[] {
  if (typeof schema === 'boolean') return [schema ? {} : { not: {} }];
  const reference = referenceOf(schema);
  if (reference !== undefined) {
    const target = document.components?.schemas?.[reference.slice(reference.lastIndexOf('/') + 1)];
    return target === undefined ? [{}] : alternatives(target, document);
  }
  const { anyOf, oneOf, ...rest } = schema;
  const listed = listOf(anyOf ?? oneOf);
  if (listed.length > 0) {
    return listed.flatMap((one) => alternatives(one, document)).map((one) => ({ ...rest, ...one }));
  }
  return Array.isArray(rest.type) ? rest.type.map((type: unknown) => ({ ...rest, type })) : [rest];
}

function referenceOf(schema: Schema): string | undefined {
  return typeof schema === 'object' && typeof schema.$ref === 'string' ? schema.$ref : undefined;
}

function valuesOf(schema: Plain): string[] | undefined {
  if (schema.const !== undefined) return [text(schema.const)];
  return Array.isArray(schema.enum) ? schema.enum.map(text) : undefined;
}

function membersOf(schema: Plain): Readonly<Record<string, Schema>> {
  return (schema.properties ?? {}) as Record<string, Schema>;
}

function namesIn(value: unknown): readonly string[] {
  return (value ?? []) as string[];
}

function listOf(value: unknown): readonly Schema[] {
  return (value ?? []) as Schema[];
}

function schemaOf(value: unknown): Schema {
  return (value ?? true) as Schema;
}

function describe(schema: Plain): string {
  const values = valuesOf(schema);
  if (values !== undefined) return values.join(', ');
  const names = Object.keys(membersOf(schema));
  return `${typeName(schema.type)}${names.length === 0 ? '' : ` of ${names.join(', ')}`}`;
}

function text(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}
