import { expect, test } from 'vitest';
import { fileNameOf, folderPath, numberedName, titleOfName } from './knowledge-file.ts';

test('a file is named by the last part of its path, and by nothing that names none', () => {
  expect(fileNameOf('C:\\reports\\March.pdf')).toBe('March.pdf');
  expect(fileNameOf('../../etc/passwd')).toBe('passwd');
  expect(fileNameOf('a\0\nb.txt')).toBe('ab.txt');
  for (const none of ['', '  ', 'reports/', '..', 'a/.']) expect(fileNameOf(none)).toBeNull();
  expect(fileNameOf(`${'x'.repeat(300)}.pdf`)).toMatch(/^x{251}\.pdf$/);
});

test('a folder is the same however its path is written, and leads nowhere else', () => {
  for (const same of ['reports/2026', '/reports/2026/', 'reports // 2026']) {
    expect(folderPath(same)).toBe('reports/2026');
  }
  expect(folderPath('')).toBe('');
  expect(folderPath('e\u0301')).toBe('\u00e9');
  for (const none of ['a/../b', '.', 'a\nb', 'x'.repeat(501)]) expect(folderPath(none)).toBeNull();
});

test('another of a name has a number before what says its kind', () => {
  expect(numberedName('report.pdf', 2)).toBe('report (2).pdf');
  expect(numberedName('.env', 3)).toBe('.env (3)');
  expect(numberedName('x'.repeat(255), 12)).toHaveLength(255);
  expect(titleOfName('report.v2.pdf')).toBe('report.v2');
  expect(titleOfName('.env')).toBe('.env');
});
