import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';

export interface ProxySettings {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  /** Hosts, comma-separated, that are reached directly; this machine always is. */
  readonly noProxy?: string;
}

/** Connections that trust the certificates given, all of them, and go through the proxies given. */
export function createOciDispatcher(options: { pem: string; proxies: ProxySettings }): Dispatcher {
  const { httpProxy = '', httpsProxy = '', noProxy = '' } = options.proxies;
  const tls = { ca: options.pem };
  if (httpProxy === '' && httpsProxy === '') return new Agent({ connect: tls });
  return new EnvHttpProxyAgent({
    // Given even where they are empty, as it would look into the environment itself.
    httpProxy,
    httpsProxy,
    noProxy: [noProxy, 'localhost', '127.0.0.1', '::1'].filter((host) => host !== '').join(','),
    connect: tls,
    requestTls: tls,
    proxyTls: tls,
  });
}
