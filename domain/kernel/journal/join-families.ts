type Joined<Families extends readonly object[]> = Families extends readonly [
  infer First,
  ...infer Rest extends readonly object[],
]
  ? First & Joined<Rest>
  : Families extends readonly []
    ? unknown
    : Families[number];

/** What families declare by name, as one record. Throws when two declare the same name: it would be either's. */
export function joinFamilies<const Families extends readonly object[]>(...families: Families): Joined<Families> {
  const joined: Record<string, unknown> = {};
  for (const [name, declared] of families.flatMap((family) => Object.entries(family))) {
    if (Object.hasOwn(joined, name)) throw new Error(`${name} is declared twice`);
    joined[name] = declared;
  }
  return joined as Joined<Families>;
}
