import { createHash } from 'node:crypto';
import zlib from 'node:zlib';
import { PackTooLargeError } from './pack-too-large-error.ts';

export interface GitObject {
  readonly type: 'commit' | 'tree' | 'blob' | 'tag';
  readonly data: Buffer;
}

export interface PackLimits {
  readonly maxObjects: number;
  readonly maxObjectBytes: number;
  /** Of all objects, unpacked. */
  readonly maxBytes: number;
}

const TYPES = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' } as const;
const OFFSET_DELTA = 6;
const REFERENCE_DELTA = 7;
const HEADER_BYTES = 12;
const HASH_BYTES = 20;

interface Found extends GitObject {
  readonly oid: string;
}

/**
 * The objects of a pack by their ids, in memory alone. Objects are unpacked up to the limits, at once: the
 * thread does nothing else meanwhile. Throws {@link PackTooLargeError} beyond, and another error for what is no pack
 * that stands by itself.
 */
export function readPack(pack: Buffer, limits: PackLimits): ReadonlyMap<string, GitObject> {
  if (pack.length < HEADER_BYTES + HASH_BYTES || pack.toString('latin1', 0, 4) !== 'PACK') {
    throw new TypeError('not a pack');
  }
  const count = pack.readUInt32BE(8);
  if (count > limits.maxObjects) throw new PackTooLargeError(`more than ${limits.maxObjects} objects`);
  const byOffset = new Map<number, Found>();
  const byId = new Map<string, Found>();
  let left = limits.maxBytes;
  const spend = (bytes: number) => {
    left -= bytes;
    if (bytes > limits.maxObjectBytes || left < 0) throw new PackTooLargeError('larger than is read');
  };
  let at = HEADER_BYTES;
  for (let index = 0; index < count; index += 1) {
    const start = at;
    const head = readHead(pack, at);
    at = head.end;
    spend(head.size);
    let base: Found | undefined;
    if (head.type === OFFSET_DELTA) {
      const { distance, end } = readDistance(pack, at);
      at = end;
      base = byOffset.get(start - distance);
    } else if (head.type === REFERENCE_DELTA) {
      base = byId.get(pack.toString('hex', at, at + HASH_BYTES));
      at += HASH_BYTES;
    }
    const { data, used } = inflate(pack, at, head.size);
    at += used;
    let object: GitObject;
    if (head.type === OFFSET_DELTA || head.type === REFERENCE_DELTA) {
      // Git writes what others build on before them, but for packs that need objects of the reader's.
      if (base === undefined) throw new TypeError('a base is missing');
      object = { type: base.type, data: applyDelta(base.data, data, spend) };
    } else {
      const type = TYPES[head.type as keyof typeof TYPES];
      if (type === undefined) throw new TypeError('not an object');
      object = { type, data };
    }
    const oid = createHash('sha1').update(`${object.type} ${object.data.length}\0`).update(object.data).digest('hex');
    const found = { ...object, oid };
    byOffset.set(start, found);
    byId.set(oid, found);
  }
  return byId;
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new TypeError('cut off');
  return byte;
}

function readHead(pack: Buffer, from: number): { type: number; size: number; end: number } {
  let at = from;
  let byte = byteAt(pack, at);
  const type = (byte >> 4) & 7;
  let size = byte & 15;
  for (let factor = 16; byte & 128; factor *= 128) {
    byte = byteAt(pack, (at += 1));
    size += (byte & 127) * factor;
    if (size > Number.MAX_SAFE_INTEGER / 256) throw new TypeError('not a size');
  }
  return { type, size, end: at + 1 };
}

function readDistance(pack: Buffer, from: number): { distance: number; end: number } {
  let at = from;
  let byte = byteAt(pack, at);
  let distance = byte & 127;
  while (byte & 128) {
    byte = byteAt(pack, (at += 1));
    distance = (distance + 1) * 128 + (byte & 127);
    if (distance > pack.length) throw new TypeError('not an offset');
  }
  return { distance, end: at + 1 };
}

function inflate(pack: Buffer, at: number, size: number): { data: Buffer; used: number } {
  const options = { info: true, maxOutputLength: Math.max(size, 1) };
  const { buffer, engine } = zlib.inflateSync(pack.subarray(at), options) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  if (buffer.length !== size) throw new TypeError('another size than was said');
  return { data: buffer, used: engine.bytesWritten };
}

/** A number of a delta's head, seven bits a byte. */
function readSize(delta: Buffer, from: number): { size: number; end: number } {
  let at = from;
  let size = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = byteAt(delta, at);
    at += 1;
    size += (byte & 127) * factor;
    if (size > Number.MAX_SAFE_INTEGER / 256) throw new TypeError('not a size');
    if ((byte & 128) === 0) return { size, end: at };
  }
}

/** The bytes that a copy's instruction names, of those that its flags say are there. */
function readNumber(delta: Buffer, from: number, flags: number, bytes: number): { value: number; end: number } {
  let at = from;
  let value = 0;
  for (let index = 0; index < bytes; index += 1) {
    if ((flags & (1 << index)) === 0) continue;
    value += byteAt(delta, at) * 256 ** index;
    at += 1;
  }
  return { value, end: at };
}

const COPIED_AT_MOST = 65_536;

function applyDelta(base: Buffer, delta: Buffer, spend: (bytes: number) => void): Buffer {
  const from = readSize(delta, 0);
  const to = readSize(delta, from.end);
  if (from.size !== base.length) throw new TypeError('a delta of another object');
  spend(to.size);
  const result = Buffer.alloc(to.size);
  let at = to.end;
  let written = 0;
  while (at < delta.length) {
    const code = byteAt(delta, at);
    at += 1;
    let piece: Buffer;
    if (code & 128) {
      const offset = readNumber(delta, at, code & 15, 4);
      const length = readNumber(delta, offset.end, (code >> 4) & 7, 3);
      at = length.end;
      const size = length.value === 0 ? COPIED_AT_MOST : length.value;
      if (offset.value + size > base.length) throw new TypeError('a copy of what is not there');
      piece = base.subarray(offset.value, offset.value + size);
    } else {
      if (code === 0 || at + code > delta.length) throw new TypeError('not an instruction');
      piece = delta.subarray(at, at + code);
      at += code;
    }
    if (written + piece.length > result.length) throw new TypeError('longer than was said');
    piece.copy(result, written);
    written += piece.length;
  }
  if (written !== result.length) throw new TypeError('shorter than was said');
  return result;
}
