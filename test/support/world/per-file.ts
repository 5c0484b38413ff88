import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

/** What a world is made of; one with `close` or `stop` is told so when its tests are done. */
type Part = object & { close?(): unknown; stop?(): unknown };

export interface PartOptions {
  /** Why this can't be made here; undefined when it can. Tests that need it skip themselves. */
  readonly unless?: string | undefined;
  readonly timeoutMs?: number;
}

/**
 * Makes a part of the world before the tests of a file and closes it after them; parts made later close earlier.
 * Returns a stand-in that can be passed on and closed over at once and has the part's members once the tests run.
 */
export function perFile<Value extends Part>(
  make: () => Value | Promise<Value>,
  { unless, timeoutMs }: PartOptions = {},
): Value {
  let part: Value | undefined;
  beforeAll(async () => {
    if (unless === undefined) part = await make();
  }, timeoutMs);
  afterAll(() => closePart(part), timeoutMs);
  return standIn(() => part);
}

/** Like {@link perFile}, with a part of its own for each test. */
export function perTest<Value extends Part>(make: () => Value | Promise<Value>): Value {
  let part: Value | undefined;
  beforeEach(async () => {
    part = await make();
  });
  afterEach(() => closePart(part));
  return standIn(() => part);
}

/** Something that is there later, under a name that is there now. */
export function standIn<Value extends object>(find: () => Value | undefined): Value {
  const found = (): Value => {
    const value = find();
    if (value === undefined) throw new Error('this part of the world is made by a hook, which has not run');
    return value;
  };
  return new Proxy({} as Value, {
    get(_target, name) {
      const value = found();
      const member: unknown = Reflect.get(value, name, value);
      return typeof member === 'function' ? (member.bind(value) as unknown) : member;
    },
    set: (_target, name, member) => Reflect.set(found(), name, member),
    has: (_target, name) => Reflect.has(found(), name),
    ownKeys: () => Reflect.ownKeys(found()),
    getOwnPropertyDescriptor(_target, name) {
      const descriptor = Reflect.getOwnPropertyDescriptor(found(), name);
      // The engine takes no other word for a property that the target itself has not.
      return descriptor && { ...descriptor, configurable: true };
    },
    getPrototypeOf: () => Reflect.getPrototypeOf(found()),
  });
}

async function closePart(part: Part | undefined): Promise<void> {
  if (part?.close !== undefined) await part.close();
  else await part?.stop?.();
}
