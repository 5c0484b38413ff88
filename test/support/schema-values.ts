import fc from 'fast-check';
import type { z } from 'zod';

/** What of a zod schema is looked at here; every kind that a route uses. */
interface Definition {
  readonly type: string;
  readonly format?: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly in?: z.ZodType;
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
}

interface Bag {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly patterns?: ReadonlySet<RegExp>;
}

function definitionOf(schema: z.ZodType): Definition {
  return schema._zod.def as unknown as Definition;
}

function bagOf(schema: z.ZodType): Bag {
  return schema._zod.bag as Bag;
}

const OMITTED = Symbol('omitted');

/**
 * A small document that the schema takes: its required members, and those of `hints`, by name, where a rule is not in
 * the schema's own words.
 */
export function exampleOf(schema: z.ZodType, hints: Readonly<Record<string, unknown>> = {}): unknown {
  const value = build(schema, hints);
  return value === OMITTED ? undefined : value;
}

function build(schema: z.ZodType, hints: Readonly<Record<string, unknown>>): unknown {
  const definition = definitionOf(schema);
  switch (definition.type) {
    case 'object': {
      const members = Object.entries(definition.shape!).map(([name, member]): [string, unknown] => {
        return [name, name in hints ? hints[name] : build(member, hints)];
      });
      return Object.fromEntries(members.filter(([, value]) => value !== OMITTED));
    }
    case 'optional':
    case 'default':
    case 'prefault':
    case 'undefined':
      return OMITTED;
    case 'nullable':
    case 'null':
      return null;
    case 'pipe':
      return build(definition.in!, hints);
    case 'union': {
      const values = definition.options!.map((option) => build(option, hints));
      return values.find((value) => value !== OMITTED) ?? OMITTED;
    }
    case 'enum':
      return Object.values(definition.entries!)[0];
    case 'literal':
      return definition.values![0];
    case 'array':
      return [];
    case 'record':
      return {};
    case 'boolean':
      return true;
    case 'number':
      return Math.max(1, bagOf(schema).minimum ?? 1);
    case 'string':
      if (definition.format === 'datetime') return '2030-01-01T00:00:00Z';
      return 'example'.padEnd(bagOf(schema).minimum ?? 0, '-');
    default:
      return null;
  }
}

/** Text that finds what careless code does with text. */
const TEXTS = [
  '',
  ' ',
  'missing-id',
  'a',
  '..',
  '../../etc/passwd',
  '%',
  "'; --",
  '\u202e',
  '💥',
  '0',
  'null',
  'NaN',
  '{}',
];

/**
 * Values of the schema's shape, of and beyond its bounds; now and then something of another shape. `pool` is text that
 * means something to the routes, ids and slugs.
 */
export function arbitraryOf(schema: z.ZodType, pool: readonly string[]): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 12, arbitrary: shaped(schema, pool) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  );
}

function shaped(schema: z.ZodType, pool: readonly string[]): fc.Arbitrary<unknown> {
  const definition = definitionOf(schema);
  const inner = () => arbitraryOf(definition.innerType!, pool);
  switch (definition.type) {
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(definition.shape!).map(([name, member]) => [name, arbitraryOf(member, pool)]),
        ),
        // Required members are mostly there, or nothing behind the schema would ever be reached.
        {
          requiredKeys: Object.entries(definition.shape!)
            .filter(([, member]) => build(member, {}) !== OMITTED)
            .map(([name]) => name),
        },
      );
    case 'optional':
    case 'default':
    case 'prefault':
      return fc.option(inner(), { nil: undefined });
    case 'nullable':
      return fc.option(inner());
    case 'pipe':
      return arbitraryOf(definition.in!, pool);
    case 'union':
      return fc.oneof(...definition.options!.map((option) => arbitraryOf(option, pool)));
    case 'enum':
      return fc.constantFrom(...Object.values(definition.entries!));
    case 'literal':
      return fc.constantFrom(...definition.values!);
    case 'array':
      return fc.array(arbitraryOf(definition.element!, pool), { maxLength: 4 });
    case 'record':
      return fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
    case 'boolean':
      return fc.boolean();
    case 'number': {
      const { minimum = -1_000, maximum = 1_000 } = bagOf(schema);
      return fc.oneof(
        fc.integer({ min: Math.ceil(minimum), max: Math.max(Math.ceil(minimum), Math.min(maximum, 1_000_000)) }),
        fc.constantFrom(minimum, maximum, minimum - 1, maximum + 1, 0.5, 1e308, -0),
      );
    }
    case 'string':
      return text(schema, definition, pool);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function text(schema: z.ZodType, definition: Definition, pool: readonly string[]): fc.Arbitrary<string> {
  if (definition.format === 'datetime') {
    return fc.constantFrom(
      '2030-01-01T00:00:00Z',
      '9999-12-31T23:59:59.999999+14:00',
      '0000-01-01T00:00:00Z',
      'tomorrow',
    );
  }
  const { minimum = 0, maximum = 200 } = bagOf(schema);
  return fc.oneof(
    fc.constantFrom(...pool),
    fc.constantFrom(...TEXTS),
    fc.string({ unit: 'grapheme', minLength: minimum, maxLength: Math.max(minimum, Math.min(maximum, 60)) }),
    fc.constant('x'.repeat(Math.min(maximum, 70_000))),
  );
}
