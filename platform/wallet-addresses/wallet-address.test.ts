import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseWalletAddress, toChecksumAddress } from './wallet-address.ts';

/** The examples of EIP-55. */
const WRITTEN = [
  '0x52908400098527886E0F7030069857D2E4169EE7',
  '0x8617E340B3D01FA5F11F306F4090FD50E238070D',
  '0xde709f2102306220921060314715629080e2fb77',
  '0x27b1fdb04752bbc536007a920d24acb045561c26',
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
  '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
  '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
];

test('addresses are written as EIP-55 writes them', () => {
  for (const written of WRITTEN) {
    expect(toChecksumAddress(written.toLowerCase())).toBe(written);
    expect(parseWalletAddress(written)).toBe(written.toLowerCase());
  }
});

test('letters of one case say nothing of the checksum, of both cases all of it', () => {
  const [, , , , written] = WRITTEN as [string, string, string, string, string];
  expect(parseWalletAddress(written.toLowerCase())).toBe(written.toLowerCase());
  expect(parseWalletAddress(`0x${written.slice(2).toUpperCase()}`)).toBe(written.toLowerCase());
  for (const wrong of [
    `${written.slice(0, -1)}D`,
    written.replace('aA', 'Aa'),
    written.slice(0, -1),
    `${written}0`,
    '',
  ]) {
    expect(parseWalletAddress(wrong), wrong).toBeNull();
  }
});

test('a capital that is not the checksum’s is found wherever it is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.nat(39), (bytes, at) => {
      const address = `0x${Buffer.from(bytes).toString('hex')}`;
      const written = toChecksumAddress(address);
      expect(parseWalletAddress(written)).toBe(address);
      const letter = written[at + 2]!;
      const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
      const slipped = written.slice(0, at + 2) + other + written.slice(at + 3);
      const digits = slipped.slice(2);
      fc.pre(slipped !== written && digits !== digits.toLowerCase() && digits !== digits.toUpperCase());
      expect(parseWalletAddress(slipped)).toBeNull();
    }),
    { numRuns: 200 },
  );
});
