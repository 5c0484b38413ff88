import { expect, test } from 'vitest';
import { fileNameOf, freeNameBeside, numberedName, titleOfName } from './knowledge-file.ts';

test('a file is named by the last part of its path, and by nothing that names none', () => {
  expect(fileNameOf('C:\\reports\\March.pdf')).toBe('March.pdf');
  expect(fileNameOf('../../etc/passwd')).toBe('passwd');
  expect(fileNameOf('a\0\nb.txt')).toBe('ab.txt');
  for (const none of ['', '  ', 'reports/', '..', 'a/.']) expect(fileNameOf(none)).toBeNull();
  expect(fileNameOf(`${'x'.repeat(300)}.pdf`)).toMatch(/^x{251}\.pdf$/);
});

test('another of a name has a number before what says its kind', () => {
  expect(numberedName('report.pdf', 2)).toBe('report (2).pdf');
  expect(numberedName('.env', 3)).toBe('.env (3)');
  expect(numberedName('x'.repeat(255), 12)).toHaveLength(255);
  const long = `a.${'x'.repeat(253)}`;
  expect([2, 3].map((number) => numberedName(long, number).slice(-4))).toEqual([' (2)', ' (3)']);
  expect(numberedName(long, 2)).toHaveLength(255);
  expect(freeNameBeside('a.md', new Set())).toBe('a.md');
  expect(freeNameBeside('a.md', new Set(['a.md', 'a (2).md', 'a (4).md']))).toBe('a (3).md');
  expect(titleOfName('report.v2.pdf')).toBe('report.v2');
  expect(titleOfName('.env')).toBe('.env');
});
