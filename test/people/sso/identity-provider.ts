import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { PUBLIC_URL } from '../accounts/mailbox.ts';

export const CLIENT_ID = 'crewship';
export const CLIENT_SECRET = 'a secret between the two';

/** Somebody whom the provider knows. */
export interface Account {
  readonly sub: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
}

export interface IdentityProvider {
  readonly issuer: string;
  /** Who signs in there next. */
  signsIn: Account;
  /** Follows a browser through the provider; where it is sent back to. */
  follow(url: string): Promise<string>;
  close(): Promise<void>;
}

/** An OpenID Connect provider on loopback, at which whoever is asked for signs in at once. */
export async function startIdentityProvider(callbackUrl: string): Promise<IdentityProvider> {
  const accounts = new Map<string, Account>();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let signsIn: Account = { sub: 'nobody' };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [callbackUrl],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    cookies: { keys: ['only in tests'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { url: () => '/interaction' },
    findAccount: (_ctx: unknown, sub: string) => ({ accountId: sub, claims: () => accounts.get(sub) }),
    async loadExistingGrant(ctx: { oidc: { session: { accountId: string }; client: { clientId: string } } }) {
      const grant = new provider.Grant({
        accountId: ctx.oidc.session.accountId,
        clientId: ctx.oidc.client.clientId,
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  const serve = provider.callback();
  async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    accounts.set(signsIn.sub, signsIn);
    await provider.interactionDetails(request, response);
    await provider.interactionFinished(request, response, { login: { accountId: signsIn.sub } });
  }
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction') !== true) serve(request, response);
    else interact(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });

  return {
    issuer,
    get signsIn() {
      return signsIn;
    },
    set signsIn(account) {
      signsIn = account;
    },
    async follow(url) {
      const cookies = new Map<string, string>();
      let next = url;
      for (let hops = 0; hops < 10 && !next.startsWith(PUBLIC_URL); hops += 1) {
        const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
        const response = await fetch(next, { redirect: 'manual', headers: { cookie } });
        for (const written of response.headers.getSetCookie()) {
          const [pair] = written.split(';');
          const at = pair!.indexOf('=');
          cookies.set(pair!.slice(0, at), pair!.slice(at + 1));
        }
        const location = response.headers.get('location');
        if (location === null) throw new Error(`${response.status} ${await response.text()}`);
        next = new URL(location, next).href;
      }
      return next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
