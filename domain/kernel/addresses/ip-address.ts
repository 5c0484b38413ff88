/** The bytes of an address, 4 or 16; null for any other text. Only the canonical dotted form of IPv4, no zones. */
export function parseIp(text: string): Uint8Array | null {
  return parseIpv4(text) ?? parseIpv6(text);
}

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return null;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Uint8Array | null {
  if (!text.includes(':') || text.length > 45) return null;
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half, index) => groupsOf(half, index === halves.length - 1));
  if (head == null || tail === null) return null;
  const missing = 16 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 2) return null;
  return Uint8Array.from([...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])]);
}

function groupsOf(text: string, mayEndDotted: boolean): number[] | null {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    const dotted = mayEndDotted && index === groups.length - 1 ? parseIpv4(group) : null;
    if (dotted !== null) bytes.push(...dotted);
    else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 255);
    } else return null;
  }
  return bytes;
}

/** Addresses that begin alike: `10.0.0.0/8`, or one address. */
export interface IpNetwork {
  readonly bytes: Uint8Array;
  readonly prefixBits: number;
}

/** Null for a text that is neither an address nor a network. */
export function parseNetwork(text: string): IpNetwork | null {
  const [address = '', prefix, ...more] = text.split('/');
  const bytes = parseIp(address);
  if (bytes === null || more.length > 0) return null;
  const bits = bytes.length * 8;
  if (prefix === undefined) return { bytes, prefixBits: bits };
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) return null;
  return { bytes, prefixBits: Number(prefix) };
}

export function isInNetwork(address: Uint8Array, network: IpNetwork): boolean {
  if (address.length !== network.bytes.length) return false;
  for (let bit = 0; bit < network.prefixBits; bit += 8) {
    const index = bit >> 3;
    const mask = (0xff00 >> Math.min(8, network.prefixBits - bit)) & 0xff;
    if ((address[index]! & mask) !== (network.bytes[index]! & mask)) return false;
  }
  return true;
}

/** The address as `parseIp` reads it; of sixteen bytes all groups are written out. */
function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => (bytes[index * 2]! << 8) | bytes[index * 2 + 1]!);
  return groups.map((group) => group.toString(16)).join(':');
}

export function networkText({ bytes, prefixBits }: IpNetwork): string {
  return `${ipText(bytes)}/${prefixBits}`;
}
