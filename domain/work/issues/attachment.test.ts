import { expect, test } from 'vitest';
import { ATTACHMENT_EXTENSIONS, attachmentName, attachmentType } from './attachment.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

test('a name is what a file is saved under, and leads nowhere', () => {
  expect(['../../a.txt', 'C:\\dir\\b.txt', ' c\u202Etxt.exe\n', 'Übersicht.csv'].map(attachmentName)).toEqual([
    ...['a.txt', 'b.txt', 'ctxt.exe', 'Übersicht.csv'],
  ]);
  for (const name of ['', '..', 'dir/', '\u0000']) expect(attachmentName(name), name).toBeNull();
  expect(attachmentName(`${'x'.repeat(300)}.txt`)).toHaveLength(255);
});

test('a file is what its name says if its first bytes agree, and nothing that a browser would run', () => {
  expect(attachmentType('a.PNG', bytes('\x89PNG\r\n\x1a\n…'))).toBe('image/png');
  expect(attachmentType('a.png', bytes('<script>'))).toBeNull();
  expect(attachmentType('a.txt', bytes('MZ\0\0'))).toBeNull();
  expect(attachmentType('a.txt', bytes(''))).toBe('text/plain; charset=utf-8');
  for (const name of ['a.html', 'a.svg', 'a.exe', 'a', 'a.constructor', '.txt.js']) {
    expect(attachmentType(name, bytes('text')), name).toBeNull();
  }
  for (const extension of ATTACHMENT_EXTENSIONS) expect(extension).not.toMatch(/html|svg|xml|js$/);
});
