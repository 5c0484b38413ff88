import { sendMail } from '../../../commands/people/mail/send-mail.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { dueMails } from '../../../db/people/mail/due-mails.ts';
import { createMailTransport } from '../../../platform/mail/mail-transport.ts';
import { TEST_KEY_RING } from '../../support/test-key-ring.ts';
import { type ReceivedMail, startMailServer } from '../../support/world/mail-server.ts';

export const PUBLIC_URL = 'https://crewship.example';

/** What people find in their mail. */
export interface Mailbox {
  /** Sends what waits, over SMTP, and shows what came to an address, oldest first. */
  of(address: string): Promise<readonly ReceivedMail[]>;
  /** The path and token of the newest mail's link to an address. */
  link(address: string): Promise<{ readonly path: string; readonly token: string }>;
  close(): Promise<void>;
}

export async function openMailbox(database: Pick<Database, 'systemTransaction' | 'systemReads'>): Promise<Mailbox> {
  const server = await startMailServer();
  const settings = { host: '127.0.0.1', port: server.port, isTls: false, needsStartTls: false, auth: null };
  const transport = createMailTransport(settings, 'crewship@crewship.example');
  const sender = { db: database, keyRing: TEST_KEY_RING, transport, publicUrl: PUBLIC_URL };
  async function of(address: string): Promise<readonly ReceivedMail[]> {
    for await (const page of dueMails(database.systemReads)) for (const { id } of page) await sendMail(sender, id);
    return server.mails.filter(({ to }) => to.includes(address));
  }
  return {
    of,
    async link(address) {
      const newest = (await of(address)).at(-1);
      const [found] = newest?.text.match(/https:\/\/\S+/) ?? [];
      if (found === undefined) throw new Error(`no link came to ${address}`);
      const url = new URL(found);
      return { path: url.pathname, token: url.searchParams.get('token') ?? '' };
    },
    close: () => server.close(),
  };
}
