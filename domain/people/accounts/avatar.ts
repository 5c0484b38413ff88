/** What people may show of themselves. */
export const AVATAR_MAX_BYTES = 2_097_152;
export const AVATAR_MAX_PIXELS = 4_096;
export type AvatarType = 'image/png' | 'image/jpeg' | 'image/webp';

/** A picture says within so many bytes how large it is; what comes before that may be a camera's notes. */
export const AVATAR_HEAD_BYTES = 262_144;

export interface Picture {
  readonly type: AvatarType;
  readonly width: number;
  readonly height: number;
}

/**
 * What the first bytes of a file say that it is, whatever its name and its sender say: `more` where they are too few to
 * tell, null where it is no picture of these types.
 */
export function recognisePicture(head: Buffer): Picture | 'more' | null {
  for (const { magic, at, size } of FORMATS) {
    const known = head.subarray(at, at + magic.length);
    if (magic.startsWith(known.toString('latin1'))) {
      if (known.length < magic.length) return 'more';
      return size(head);
    }
  }
  return null;
}

const FORMATS: readonly {
  readonly magic: string;
  readonly at: number;
  size(head: Buffer): Picture | 'more' | null;
}[] = [
  { magic: '\x89PNG\r\n\x1A\n', at: 0, size: sizeOfPng },
  { magic: '\xFF\xD8\xFF', at: 0, size: sizeOfJpeg },
  { magic: 'RIFF', at: 0, size: sizeOfWebp },
];

/** The first chunk is the header. */
function sizeOfPng(head: Buffer): Picture | 'more' | null {
  if (head.length < 24) return 'more';
  if (head.toString('latin1', 12, 16) !== 'IHDR') return null;
  return { type: 'image/png', width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
}

/** Segment after segment, until a frame says its size. */
function sizeOfJpeg(head: Buffer): Picture | 'more' | null {
  let at = 2;
  for (;;) {
    // A segment may be preceded by any number of fill bytes.
    while (head[at] === 0xff && head[at + 1] === 0xff) at += 1;
    if (at + 9 > head.length) return 'more';
    const marker = head[at + 1]!;
    if (head[at] !== 0xff || marker < 0xc0) return null;
    // Start of a frame; not a table of Huffman or arithmetic codes, and not the extension.
    if (marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { type: 'image/jpeg', width: head.readUInt16BE(at + 7), height: head.readUInt16BE(at + 5) };
    }
    // Restarts, the end and the data itself have nothing before them that says how large it is.
    if (marker >= 0xd0 && marker <= 0xda) return null;
    const length = head.readUInt16BE(at + 2);
    if (length < 2) return null;
    at += 2 + length;
  }
}

function sizeOfWebp(head: Buffer): Picture | 'more' | null {
  if (head.length < 30) return 'more';
  if (head.toString('latin1', 8, 12) !== 'WEBP') return null;
  const type = 'image/webp' as const;
  switch (head.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { type, width: head.readUIntLE(24, 3) + 1, height: head.readUIntLE(27, 3) + 1 };
    case 'VP8L': {
      if (head[20] !== 0x2f) return null;
      const bits = head.readUInt32LE(21);
      return { type, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8 ':
      if (head.readUIntBE(23, 3) !== 0x9d012a) return null;
      return { type, width: head.readUInt16LE(26) & 0x3fff, height: head.readUInt16LE(28) & 0x3fff };
    default:
      return null;
  }
}
