import { expect, test } from 'vitest';
import { parseSmtpUrl } from './smtp-settings.ts';

test('an address names server, credentials and how it is kept from being read on the way', () => {
  expect(parseSmtpUrl('smtps://ada%40x.example:p%2Fw@mail.example')).toEqual({
    host: 'mail.example',
    port: 465,
    isTls: true,
    needsStartTls: false,
    auth: { user: 'ada@x.example', pass: 'p/w' },
  });
  expect(parseSmtpUrl('smtp://mail.example')).toMatchObject({
    port: 587,
    isTls: false,
    needsStartTls: true,
    auth: null,
  });
  for (const text of [
    'smtp://127.0.0.1:2525',
    'smtp://localhost',
    'smtp://[::1]:25',
    'smtp://mail.example?starttls=off',
  ])
    expect(parseSmtpUrl(text), text).toMatchObject({ needsStartTls: false });
  // A name that only begins like this machine's.
  expect(parseSmtpUrl('smtp://127.0.0.1.evil.example')).toMatchObject({ needsStartTls: true });
});

test('what is no such address is refused', () => {
  for (const text of [
    '',
    'mail.example',
    'http://mail.example',
    'smtp:',
    'smtp://mail.example/x',
    'smtp://h?tls=no',
    'smtp://u:%zz@h',
  ])
    expect(parseSmtpUrl(text), text).toBeNull();
});
