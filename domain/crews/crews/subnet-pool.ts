/** Room for one container and the bridge. */
const PREFIX_LENGTH = 28;
const SIZE = 2 ** (32 - PREFIX_LENGTH);

interface AddressRange {
  readonly first: number;
  readonly last: number;
}

/** The addresses of an IPv4 network in CIDR form; null for anything else. */
function rangeOf(cidr: string): AddressRange | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  if (match === null) return null;
  const [a, b, c, d, length] = match.slice(1).map(Number) as [number, number, number, number, number];
  if (length > 32 || [a, b, c, d].some((byte) => byte > 255)) return null;
  const size = 2 ** (32 - length);
  const first = Math.floor((((a * 256 + b) * 256 + c) * 256 + d) / size) * size;
  return { first, last: first + size - 1 };
}

function textOf(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** Whether a pool can be divided: an IPv4 network of at least one subnet. */
export function isSubnetPool(cidr: string): boolean {
  const range = rangeOf(cidr);
  return range !== null && range.last - range.first + 1 >= SIZE;
}

/**
 * Subnets of a pool that meet none of those taken, `seed` saying where to begin: crews that start at once begin apart.
 * Empty when the pool is used up.
 */
export function* freeSubnets(pool: string, taken: readonly string[], seed: number): Generator<string> {
  const range = rangeOf(pool);
  if (range === null) throw new TypeError('not an IPv4 network');
  const others = taken.map(rangeOf).filter((other) => other !== null);
  const count = Math.floor((range.last - range.first + 1) / SIZE);
  for (let step = 0; step < count; step += 1) {
    const first = range.first + ((seed + step) % count) * SIZE;
    const last = first + SIZE - 1;
    if (others.some((other) => first <= other.last && other.first <= last)) continue;
    yield `${textOf(first)}/${PREFIX_LENGTH}`;
  }
}
