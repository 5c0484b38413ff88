import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, parseConfig } from './config.ts';

const REQUIRED = {
  CREWSHIP_APP_DATABASE_URL: 'postgresql://app@127.0.0.1/crewship',
  CREWSHIP_SYSTEM_DATABASE_URL: 'postgresql://system@127.0.0.1/crewship',
};

test('settings of builds are read as what they mean', () => {
  const config = parseConfig({
    ...REQUIRED,
    CREWSHIP_REGISTRY_MIRRORS: 'ghcr.io=127.0.0.1:5000, docker.io=mirror.example',
    CREWSHIP_PLAIN_HTTP_REGISTRIES: 'registry.lan:5000',
    CREWSHIP_MISE_ALIASES: '{"prettier": "npm:prettier"}',
  });
  expect(config).toMatchObject({
    CREWSHIP_REGISTRY_MIRRORS: { 'ghcr.io': '127.0.0.1:5000', 'docker.io': 'mirror.example' },
    CREWSHIP_PLAIN_HTTP_REGISTRIES: ['registry.lan:5000'],
    CREWSHIP_MISE_ALIASES: { prettier: 'npm:prettier' },
    CREWSHIP_MISE_ENV: {},
    CREWSHIP_PULL_POLICY: 'always',
  });
});

test('places that may be called are hosts with ports', () => {
  const config = parseConfig({ ...REQUIRED, CREWSHIP_OUTBOUND_ALLOW: 'Models.LAN:8000, [fd00::1]:443,10.0.0.7:9000' });
  expect(config.CREWSHIP_OUTBOUND_ALLOW).toEqual([
    { host: 'models.lan', port: 8_000 },
    { host: 'fd00::1', port: 443 },
    { host: '10.0.0.7', port: 9_000 },
  ]);
});

test('a wrong one is named, and its value is not', () => {
  for (const [name, value] of [
    ['CREWSHIP_REGISTRY_MIRRORS', 'ghcr.io'],
    ['CREWSHIP_REGISTRY_MIRRORS', 'ghcr.io=http://s3cret'],
    ['CREWSHIP_MISE_ALIASES', '{"s3cret"'],
    ['CREWSHIP_MISE_ALIASES', '["s3cret"]'],
    ['CREWSHIP_MISE_ENV', '{"A": 1}'],
    ['CREWSHIP_MISE_ENV', '{"GITHUB_TOKEN": "s3cret"}'],
    ['CREWSHIP_MISE_ENV', '{"MISE_NODE_MIRROR_URL": "https://user:s3cret@mirror.example"}'],
    ['CREWSHIP_OUTBOUND_ALLOW', 's3cret.lan'],
    ['CREWSHIP_OUTBOUND_ALLOW', 'http://s3cret.lan:80'],
    ['CREWSHIP_SMTP_URL', 'http://user:s3cret@mail.example'],
    ['CREWSHIP_MAIL_FROM', 's3cret\r\nBcc: x@example.com'],
  ] as const) {
    let message = '';
    try {
      parseConfig({ ...REQUIRED, [name]: value });
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      ({ message } = error as ConfigError);
    }
    expect([name, message]).toEqual([name, expect.stringContaining(name)]);
    expect(message).not.toContain('s3cret');
  }
});

test('operators find every setting in docs/operations.md', () => {
  const source = readFileSync(path.join(import.meta.dirname, 'config.ts'), 'utf8');
  const settings = [...source.matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map(([, name]) => name!);
  expect(settings).toContain('CREWSHIP_LISTEN_PORT');
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
  expect(settings.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('a mail server is named with a sender and the address that links begin with', () => {
  const mail = { ...REQUIRED, CREWSHIP_SMTP_URL: 'smtp://ada:s3cret@mail.example' };
  const from = { CREWSHIP_MAIL_FROM: 'crewship@example.com' };
  expect(() => parseConfig(mail)).toThrow(/CREWSHIP_MAIL_FROM: must be set[\s\S]*CREWSHIP_PUBLIC_URL: must be set/);
  expect(() => parseConfig({ ...mail, ...from })).toThrow(/CREWSHIP_PUBLIC_URL: must be set/);
  const whole = parseConfig({ ...mail, ...from, CREWSHIP_PUBLIC_URL: 'https://crewship.example' });
  expect(whole.CREWSHIP_SMTP_URL).toMatchObject({ host: 'mail.example', auth: { user: 'ada', pass: 's3cret' } });
  expect(parseConfig(REQUIRED).CREWSHIP_SMTP_URL).toBeUndefined();
});
