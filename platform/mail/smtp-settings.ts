/** Where mails are handed over, as CREWSHIP_SMTP_URL says. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** `smtps`: TLS from the first byte. */
  readonly isTls: boolean;
  /** `smtp`: the connection must become TLS before anything is said. */
  readonly needsStartTls: boolean;
  readonly auth: { readonly user: string; readonly pass: string } | null;
}

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/**
 * `smtps://user:password@host[:465]` or `smtp://…[:587]`. Mails hold links that open accounts, so `smtp` must become
 * TLS (STARTTLS) unless the server is on this machine or `?starttls=off` says that the network is trusted. Null: not
 * such an address.
 */
export function parseSmtpUrl(text: string): SmtpSettings | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') return null;
  if (url.hostname === '' || !['', '/'].includes(url.pathname) || url.hash !== '') return null;
  const starttls = url.searchParams.get('starttls');
  if ([...url.searchParams.keys()].some((key) => key !== 'starttls') || (starttls !== null && starttls !== 'off'))
    return null;
  const auth = credentialsOf(url);
  if (auth === undefined) return null;
  const isTls = url.protocol === 'smtps:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isTls ? 465 : 587) : Number(url.port),
    isTls,
    needsStartTls: !isTls && starttls !== 'off' && !LOOPBACK.test(url.hostname),
    auth,
  };
}

/** Null: none. Undefined: not encoded as an address encodes them. */
function credentialsOf({ username, password }: URL): SmtpSettings['auth'] | undefined {
  if (username === '') return null;
  try {
    return { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  } catch {
    return undefined;
  }
}
