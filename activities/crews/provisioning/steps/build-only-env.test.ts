import { expect, test } from 'vitest';
import { buildOnlyEnv } from './build-container.ts';

test('what runs in a build learns where a proxy is, and no password', () => {
  const env = buildOnlyEnv({
    caBundle: { file: '/ca', pem: '', hasOperators: false },
    proxyEnv: {
      HTTP_PROXY: 'http://us:s3cret@proxy.example:3128',
      HTTPS_PROXY: 'us:s3cret@proxy.example:3128',
      NO_PROXY: '.lan,10.0.0.0/8',
    },
  });
  expect(env).toEqual({
    HTTP_PROXY: 'http://proxy.example:3128',
    http_proxy: 'http://proxy.example:3128',
    HTTPS_PROXY: 'proxy.example:3128',
    https_proxy: 'proxy.example:3128',
    NO_PROXY: '.lan,10.0.0.0/8',
    no_proxy: '.lan,10.0.0.0/8',
  });
});
