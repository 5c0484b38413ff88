import { keccak_256 } from '@noble/hashes/sha3.js';

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/**
 * How an address is written so that a slip shows: EIP-55, a letter is a capital where the digit of the address's hash
 * is 8 or more. Takes lower case.
 */
export function toChecksumAddress(address: string): string {
  const digits = address.slice(2);
  const hash = Buffer.from(keccak_256(new TextEncoder().encode(digits))).toString('hex');
  const written = Array.from(digits, (digit, at) =>
    Number.parseInt(hash[at]!, 16) >= 8 ? digit.toUpperCase() : digit,
  );
  return `0x${written.join('')}`;
}

/**
 * An address in lower case; null for text that is none. One in letters of both cases has to carry its checksum, one in
 * letters of one case carries none.
 */
export function parseWalletAddress(text: string): string | null {
  if (!ADDRESS.test(text)) return null;
  const lower = text.toLowerCase();
  const digits = text.slice(2);
  const isMixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase();
  return !isMixed || toChecksumAddress(lower) === text ? lower : null;
}
