import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came: headers, an empty line, the text. */
  readonly raw: string;
  /** The text with its transfer encoding undone. */
  readonly text: string;
}

export interface MailServer {
  readonly port: number;
  readonly mails: ReceivedMail[];
  /** The reply to the next recipients, until it is taken back with null. */
  refuse(reply: { readonly code: number } | null): void;
  /** The newest mail to this address, once there is one. */
  newestTo(address: string): Promise<ReceivedMail>;
  close(): Promise<void>;
}

const PATIENCE_MS = 15_000;

function decoded(raw: string): string {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  if (/content-transfer-encoding: base64/i.test(head)) return Buffer.from(body, 'base64').toString();
  if (!/content-transfer-encoding: quoted-printable/i.test(head)) return body;
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

/** A mail server on loopback that keeps what it is given. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  let reply: { readonly code: number } | null = null;
  let arrived = Promise.withResolvers<void>();
  const server = new SMTPServer({
    authOptional: true,
    ...options,
    onRcptTo(_address, _session, callback) {
      callback(reply === null ? null : Object.assign(new Error('no'), { responseCode: reply.code }));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString();
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw,
          text: decoded(raw),
        });
        arrived.resolve();
        arrived = Promise.withResolvers();
        callback();
      });
    },
  });
  // A client that breaks off is no fault of the test's.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    refuse(next) {
      reply = next;
    },
    async newestTo(address) {
      const end = Date.now() + PATIENCE_MS;
      for (;;) {
        const mail = mails.findLast(({ to }) => to.includes(address));
        if (mail !== undefined) return mail;
        const timeout = Promise.withResolvers<void>();
        const timer = setTimeout(timeout.resolve, Math.max(0, end - Date.now()));
        await Promise.race([arrived.promise, timeout.promise]);
        clearTimeout(timer);
        if (Date.now() >= end) throw new Error(`no mail to ${address} came`);
      }
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
