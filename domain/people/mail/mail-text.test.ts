import { expect, test } from 'vitest';
import { MAIL_KINDS, mailPauseSeconds } from './mail.ts';
import { mailLink, mailText, plainName } from './mail-text.ts';

test('a name is one line that neither begins a header nor becomes a link', () => {
  for (const [name, plain] of [
    ['Ada Lovelace', 'Ada Lovelace'],
    ['Ada\r\nBcc: eve@evil.example', 'Ada Bcc eve evil example'],
    ['Ada\u2028\u202eX', 'Ada X'],
    ['win at https://evil.example/x', 'win at https evil example x'],
    ['"Ada" <eve@evil.example>', 'Ada eve evil example'],
    ['x'.repeat(100), `${'x'.repeat(59)}…`],
    ['Acme Inc.', 'Acme Inc.'],
  ]) {
    expect(plainName(name!)).toBe(plain);
  }
});

test('a subject is one line whatever people call themselves', () => {
  for (const kind of MAIL_KINDS) {
    const words = { workspace: 'A\r\nBcc: x@y.example\r\n\r\nhello', inviter: 'E\nve', role: 'MEMBER' };
    const { subject, text } = mailText(kind, words, 'https://crewship.example/x?token=t');
    expect(subject).not.toMatch(/[\r\n]/);
    expect(text).toContain('https://crewship.example/x?token=t');
    expect(text).not.toContain('x@y.example');
  }
});

test('links begin with the public origin and hold the token', () => {
  expect(mailLink('https://crewship.example/base', 'reset_password', 'ab')).toBe(
    'https://crewship.example/reset?token=ab',
  );
  expect(mailLink('https://crewship.example', 'account_exists', null)).toBe('https://crewship.example/forgot');
});

test('the pause between tries grows, up to an hour', () => {
  expect([1, 2, 3, 9, 10].map(mailPauseSeconds)).toEqual([15, 30, 60, 3_600, 3_600]);
});
