/**
 * Stands for what a declaration only hands on to its handlers. Its members may be named, being as unusable; calling,
 * listing or converting it throws an error that names it. `known`: members that declarations are made from.
 */
export function unusable<Value>(name: string, known: Readonly<Record<string, unknown>> = {}): Value {
  const refuse = (): never => {
    throw new Error(`${name} is used while routes are declared: only handlers have it`);
  };
  return new Proxy(refuse, {
    get(_, key) {
      if (typeof key === 'symbol') return refuse();
      return Object.hasOwn(known, key) ? known[key] : unusable(`${name}.${key}`);
    },
    set: refuse,
    has: refuse,
    ownKeys: refuse,
    apply: refuse,
    construct: refuse,
  }) as unknown as Value;
}
