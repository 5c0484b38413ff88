import { expect, test } from 'vitest';
import { createRegistryPlaces } from './registry-places.ts';

const ADDRESSES: Readonly<Record<string, string>> = {
  'registry.example': '93.184.215.14',
  'inside.example': '10.0.0.7',
  'metadata.example': '169.254.169.254',
  'loop.example': '127.0.0.1',
};

const places = createRegistryPlaces({
  mirrors: { 'ghcr.io': 'mirror.inside:5000' },
  listed: [{ host: 'listed.inside', port: 8443 }],
  plainHttp: ['plain.inside:5001'],
  resolve: async (host) => {
    const address = ADDRESSES[host];
    const code = host === 'later.example' ? 'EAI_AGAIN' : 'ENOTFOUND';
    if (address === undefined) throw Object.assign(new Error(code), { code });
    return [{ address, family: 4 as const }];
  },
});

test('registries are asked at public addresses with TLS, and where the operator says', async () => {
  for (const host of ['registry.example', 'registry.example:443', 'docker.io', '93.184.215.14'])
    expect(await places.admits(host), host).toBe('yes');
  for (const host of ['mirror.inside:5000', 'listed.inside:8443', 'plain.inside:5001'])
    expect(await places.admits(host), host).toBe('yes');
});

test('no reference leads to this machine, its network or another port', async () => {
  const refused = [
    ...['registry.example:80', 'registry.example:22', 'registry.example:0', 'registry.example:70000'],
    ...['inside.example', 'metadata.example', 'loop.example', 'nobody.example'],
    ...['localhost', 'localhost:5000', '127.0.0.1', '127.0.0.1:443', '10.0.0.7', '169.254.169.254'],
    ...['mirror.inside', 'listed.inside', 'listed.inside:443', 'plain.inside'],
  ];
  for (const host of refused) expect(await places.admits(host), host).toBe('no');
});

test('a name that cannot be looked up now is no refusal for good', async () => {
  expect(await places.admits('later.example')).toBe('not now');
});
