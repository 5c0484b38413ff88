import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

/** Rows that people may name in place of their id, wherever a request has a member that means one. */
export interface SpokenNames {
  /** Members of paths, queries and bodies that mean such a row. */
  readonly member: RegExp;
  /** What a name looks like; no id does. */
  readonly name: RegExp;
  /** Ids by name, of the rows that the workspace has. */
  idsOf(workspaceId: string, names: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

type Part = 'params' | 'query' | 'body';

/** A member of a request that may be named instead: where it lies, `*` for each item of a list. */
export interface NamedMember {
  readonly part: Part;
  readonly path: readonly string[];
}

const EACH = '*';
/** How deep bodies are looked into; none has a member that means a row further down. */
const MOST_LEVELS = 6;

/** Those of a route, by its schemas: found once, so that a request without a name costs a look at each. */
export function namedMembers(
  route: { readonly [Key in Part]?: z.ZodType | undefined },
  names: Pick<SpokenNames, 'member'>,
): readonly NamedMember[] {
  return (['params', 'query', 'body'] as const).flatMap((part) =>
    pathsOf(route[part])
      .filter((path) => names.member.test(path.at(-1)!))
      .map((path) => ({ part, path })),
  );
}

/**
 * Puts ids in the place of names in a validated request. A name that nothing has stays: whoever looks for it finds
 * nothing, as with an id that nothing has.
 */
export async function replaceNames(
  request: FastifyRequest,
  members: readonly NamedMember[],
  names: SpokenNames,
  workspaceId: string,
): Promise<void> {
  const found = members.flatMap(({ part, path }) => {
    const key = path.at(-1)!;
    return holdersOf(request[part], path.slice(0, -1)).flatMap((holder) => {
      const said = holder[key];
      return typeof said === 'string' && names.name.test(said) ? [{ holder, key, said }] : [];
    });
  });
  if (found.length === 0) return;
  const ids = await names.idsOf(workspaceId, [...new Set(found.map(({ said }) => said))]);
  for (const { holder, key, said } of found) holder[key] = ids.get(said) ?? said;
}

/** The objects that a path leads to, in the order of the request. */
function holdersOf(value: unknown, path: readonly string[]): readonly Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const [first, ...rest] = path;
  if (first === undefined) return [value as Record<string, unknown>];
  if (first !== EACH) return holdersOf((value as Record<string, unknown>)[first], rest);
  return Array.isArray(value) ? value.flatMap((item) => holdersOf(item, rest)) : [];
}

function pathsOf(schema: z.ZodType | undefined, levels = MOST_LEVELS): readonly (readonly string[])[] {
  if (levels === 0) return [];
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([key, member]) => [
      [key],
      ...pathsOf(member as z.ZodType, levels - 1).map((path) => [key, ...path]),
    ]);
  }
  if (schema instanceof z.ZodArray) {
    return pathsOf(schema.element as z.ZodType, levels - 1).map((path) => [EACH, ...path]);
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return pathsOf(schema.unwrap() as z.ZodType, levels);
  }
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => pathsOf(option as z.ZodType, levels));
  if (schema instanceof z.ZodPipe) return pathsOf(schema.in as z.ZodType, levels);
  return [];
}
