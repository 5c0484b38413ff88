import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { type ArchiveEntry, ArchiveError, packArchive, readArchive } from './tar-archive.ts';

type RawEntry = Parameters<ReturnType<typeof pack>['entry']>[0];

async function rawTar(...entries: (RawEntry & { content?: string })[]): Promise<Buffer> {
  const writer = pack();
  for (const { content, ...header } of entries) {
    if (content === undefined) writer.entry(header);
    else writer.entry(header, content);
  }
  writer.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of writer as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('what could be unpacked elsewhere, or be something else than files, is refused', async () => {
  const file = (name: string) => ({ name, content: 'x' });
  const link = (name: string, linkname: string) => ({ name, type: 'symlink' as const, linkname });
  const hostile = [
    [file('/etc/passwd')],
    [file('../outside')],
    [file('a/../../outside')],
    [file('./a/./../..//outside')],
    [link('a', '/etc')],
    [link('a', '../outside')],
    [link('a/b', '../../outside')],
    [link('a', 'b/../../outside')],
    [link('a', '')],
    [link('a', 'b'), file('a/inside')],
    [file('a'), file('a/inside')],
    [file('a'), file('a')],
    [file('a'), link('a', 'b')],
    [{ name: 'a', type: 'link' as const, linkname: 'b' }],
    [{ name: 'a', type: 'character-device' as const, devmajor: 1, devminor: 3 }],
    [{ name: 'a', type: 'block-device' as const, devmajor: 8, devminor: 0 }],
    [{ name: 'a', type: 'fifo' as const }],
  ];
  for (const entries of hostile) {
    const archive = await rawTar(...entries);
    await expect(readArchive(archive), JSON.stringify(entries)).rejects.toBeInstanceOf(ArchiveError);
    await expect(readArchive(gzipSync(archive))).rejects.toBeInstanceOf(ArchiveError);
  }
});

test('bombs end at the limits, and no archive is an error of ours', async () => {
  const limits = { entries: 10, bytes: 100_000 };
  const large = await rawTar({ name: 'zeros', content: '\0'.repeat(2_000_000) });
  await expect(readArchive(gzipSync(large), limits)).rejects.toThrow('is too large');
  await expect(readArchive(large, limits)).rejects.toThrow('is too large');
  const many = await rawTar(...Array.from({ length: 11 }, (_, index) => ({ name: `f${index}`, content: '' })));
  await expect(readArchive(many, limits)).rejects.toThrow('has too many entries');
  await expect(readArchive(Buffer.from([0x1f, 0x8b, 1, 2, 3]))).rejects.toThrow('is no gzip archive');
  await expect(readArchive(Buffer.alloc(2_048, 'x'))).rejects.toThrow(ArchiveError);
  await expect(readArchive(large.subarray(0, 1_000))).rejects.toBeInstanceOf(ArchiveError);
});

test('what is packed is what was read: paths, contents, permissions without set-id bits, links inside', async () => {
  const archive = await rawTar(
    { name: './', type: 'directory' },
    { name: './install.sh', mode: 0o4755, content: '#!/bin/sh\n' },
    { name: './lib', type: 'directory', mode: 0o755 },
    { name: './lib/link', type: 'symlink', linkname: '../install.sh' },
  );
  const entries = await readArchive(archive);
  expect(entries).toEqual([
    { kind: 'file', path: 'install.sh', mode: 0o755, content: Buffer.from('#!/bin/sh\n') },
    { kind: 'directory', path: 'lib', mode: 0o755 },
    { kind: 'link', path: 'lib/link', mode: 0o644, target: '../install.sh' },
  ]);
  expect(await readArchive(await packArchive(entries))).toEqual(
    entries.map((entry) => ({ ...entry, mode: entry.kind === 'link' ? expect.any(Number) : entry.mode })),
  );
});

test('files of any names and contents come back, or the archive is refused', async () => {
  const entry = fc.record({
    kind: fc.constant('file' as const),
    path: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 120 }),
    mode: fc.constant(0o644),
    content: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 4 }), async (entries: ArchiveEntry[]) => {
      let read: ArchiveEntry[];
      try {
        read = await readArchive(await packArchive(entries));
      } catch (error) {
        expect(error).toBeInstanceOf(ArchiveError);
        return;
      }
      for (const { path } of read) expect(`/${path}/`).not.toMatch(/\/\.{0,2}\//);
    }),
    { numRuns: 200 },
  );
});
