/**
 * Stands for what a declaration only hands on to its handlers. Its members may be named, being as unusable; calling,
 * listing or converting it throws an error that names it.
 */
export function unusable<Value>(name: string): Value {
  const refuse = (): never => {
    throw new Error(`${name} is used while routes are declared: only handlers have it`);
  };
  return new Proxy(refuse, {
    get: (_, key) => (typeof key === 'symbol' ? refuse() : unusable(`${name}.${key}`)),
    set: refuse,
    has: refuse,
    ownKeys: refuse,
    apply: refuse,
    construct: refuse,
  }) as unknown as Value;
}
