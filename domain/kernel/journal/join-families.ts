/** All of a union at once, found without a step for each: there are more families than such steps are allowed. */
type All<Union> = (Union extends unknown ? (all: Union) => void : never) extends (all: infer Every) => void
  ? Every
  : never;

type Joined<Families extends readonly object[]> = number extends Families['length']
  ? Families[number]
  : All<Families[number]>;

/** What families declare by name, as one record. Throws when two declare the same name: it would be either's. */
export function joinFamilies<const Families extends readonly object[]>(...families: Families): Joined<Families> {
  const joined: Record<string, unknown> = {};
  for (const [name, declared] of families.flatMap((family) => Object.entries(family))) {
    if (Object.hasOwn(joined, name)) throw new Error(`${name} is declared twice`);
    joined[name] = declared;
  }
  return joined as Joined<Families>;
}
