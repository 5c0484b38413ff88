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

/** A member of a request that may be named instead. */
export interface NamedMember {
  readonly part: Part;
  readonly key: string;
}

/** Those of a route, by its schemas: found once, so that a request without a name costs a look at each. */
export function namedMembers(
  route: { readonly [Key in Part]?: z.ZodType | undefined },
  names: Pick<SpokenNames, 'member'>,
): readonly NamedMember[] {
  return (['params', 'query', 'body'] as const).flatMap((part) =>
    keysOf(route[part])
      .filter((key) => names.member.test(key))
      .map((key) => ({ part, key })),
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
  const found = members.flatMap(({ part, key }) => {
    const holder = request[part] as Record<string, unknown> | null | undefined;
    const said = holder?.[key];
    return typeof said === 'string' && names.name.test(said) ? [{ holder: holder!, key, said }] : [];
  });
  if (found.length === 0) return;
  const ids = await names.idsOf(workspaceId, [...new Set(found.map(({ said }) => said))]);
  for (const { holder, key, said } of found) holder[key] = ids.get(said) ?? said;
}

function keysOf(schema: z.ZodType | undefined): readonly string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return keysOf(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => keysOf(option as z.ZodType));
  if (schema instanceof z.ZodPipe) return keysOf(schema.in as z.ZodType);
  return [];
}
