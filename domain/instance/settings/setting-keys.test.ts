import { expect, test } from 'vitest';
import { checkSetting, isSecretSetting, settingOf } from './setting-keys.ts';

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'well';
};

test('a key is dotted lower-case words, and known or custom', () => {
  for (const key of ['', 'custom', 'custom.', '.custom', 'Custom.a', 'custom.a-b', 'custom..a', '1.a', 'custom.a\n']) {
    expect(
      codeOf(() => settingOf(key)),
      JSON.stringify(key),
    ).toBe('invalid_request');
  }
  for (const key of [
    'smtp.hosts',
    'llm.api_key',
    'oauth.client_secret',
    'oauth.a.b.client_secret',
    'constructor.name',
  ]) {
    expect(
      codeOf(() => settingOf(key)),
      key,
    ).toBe('invalid_request');
  }
  expect(codeOf(() => settingOf(`custom.${'a'.repeat(122)}`))).toBe('invalid_request');
  for (const key of ['custom.a', 'custom.a.b_2.3', 'smtp.host', 'oauth.corporate.client_secret']) {
    expect(
      codeOf(() => settingOf(key)),
      key,
    ).toBe('well');
  }
});

test('whether a value is secret follows from its key’s kind, not from its name', () => {
  for (const key of ['smtp.password', 'oauth.x.client_secret', 'webhook.x.secret', 'llm.openai.api_key']) {
    expect(isSecretSetting(key), key).toBe(true);
  }
  for (const key of ['custom.password', 'smtp.username', 'oauth.x.client_id']) {
    expect(isSecretSetting(key), key).toBe(false);
  }
});

test('a value is of its key’s kind and within its limits', () => {
  const fault = (key: string, value: unknown) => codeOf(() => checkSetting(key, value as never, 'instance'));
  expect(fault('smtp.port', 587)).toBe('well');
  expect(fault('runtime.agent_min_cpus', 0.5)).toBe('well');
  expect(fault('smtp.security', 'tls')).toBe('well');
  expect(fault('custom.a', { b: [1, 'x', null] })).toBe('well');
  const deep = JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`) as unknown;
  for (const [key, value] of [
    ['smtp.port', 0],
    ['smtp.port', 1.5],
    ['smtp.port', '587'],
    ['runtime.agent_min_cpus', null],
    ['smtp.security', 'ssl'],
    ['smtp.host', 'a b'],
    ['smtp.host', ''],
    ['smtp.from', 'a@b\r\nbcc: c'],
    ['smtp.password', 'x'.repeat(1_025)],
    ['smtp.password', 'a\0b'],
    ['oauth.x.issuer', 'http://x.example'],
    ['custom.a', null],
    ['custom.a', 'x'.repeat(8_192)],
    ['custom.a', ['\0']],
    ['custom.a', deep],
  ] as const) {
    expect(fault(key, value), `${key} ${String(value).slice(0, 40)}`).toBe('invalid_request');
  }
});

test('what the product alone writes is refused, and a workspace does not set what is the instance’s', () => {
  for (const key of ['schema.version', 'instance.bootstrap_at', 'instance.first_user_id']) {
    expect(
      codeOf(() => checkSetting(key, 'x', 'instance')),
      key,
    ).toBe('forbidden');
  }
  expect(codeOf(() => checkSetting('smtp.host', 'mail.example', 'workspace'))).toBe('invalid_request');
  expect(codeOf(() => checkSetting('webhook.ci.secret', 'x', 'workspace'))).toBe('well');
});
