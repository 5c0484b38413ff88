import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { MAIL_ATTEMPTS, MAIL_TOKEN_FIELD, type MailKind, mailPauseSeconds } from '../../../domain/people/mail/mail.ts';
import type { MailWords } from '../../../domain/people/mail/mail.ts';
import { mailLink, mailText } from '../../../domain/people/mail/mail-text.ts';
import { type KeyRing, SealError } from '../../../platform/crypto/key-ring.ts';
import { MailRefused, type MailTransport } from '../../../platform/mail/mail-transport.ts';

/** For so long a mail is one process's; afterwards that one is taken for dead. */
const LEASE_SECONDS = 120;

interface ClaimedMail {
  readonly id: string;
  readonly workspace_id: string | null;
  readonly kind: MailKind;
  readonly recipient: string;
  readonly words: MailWords;
  readonly sealed_token: string | null;
  readonly attempts: number;
}

export interface MailSender {
  readonly db: Pick<Database, 'systemTransaction'>;
  readonly keyRing: Pick<KeyRing, 'open'>;
  readonly transport: MailTransport;
  readonly publicUrl: string;
}

export type MailOutcome = 'sent' | 'put_off' | 'dead' | 'not_due';

/**
 * Sends one mail, if it is due and nobody else is at it. A refusal for good, or the last try, makes it dead; until then
 * it rests, longer each time. A process that dies after the server took the mail and before the row says so sends it
 * again, under the same Message-ID.
 */
export async function sendMail(sender: MailSender, id: string): Promise<MailOutcome> {
  const { db } = sender;
  const mail = await db.systemTransaction({}, (tx) => claim(tx, id));
  if (mail === null) return 'not_due';
  let token: string | null = null;
  if (mail.sealed_token !== null) {
    const context = { workspaceId: mail.workspace_id ?? 'instance', ownerId: id, field: MAIL_TOKEN_FIELD };
    try {
      token = sender.keyRing.open(mail.sealed_token, context);
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      await db.systemTransaction({}, (tx) => settle(tx, mail, 'dead', 'unsealable'));
      return 'dead';
    }
  }
  const { subject, text } = mailText(mail.kind, mail.words, mailLink(sender.publicUrl, mail.kind, token));
  try {
    await sender.transport.send({ id, to: mail.recipient, subject, text });
  } catch (error) {
    if (!(error instanceof MailRefused)) throw error;
    const isDead = error.isFinal || mail.attempts >= MAIL_ATTEMPTS;
    await db.systemTransaction({}, (tx) =>
      isDead ? settle(tx, mail, 'dead', error.code) : putOff(tx, mail, error.code),
    );
    return isDead ? 'dead' : 'put_off';
  }
  await db.systemTransaction({}, (tx) => settle(tx, mail, 'sent', null));
  return 'sent';
}

async function claim(tx: Tx, id: string): Promise<ClaimedMail | null> {
  return tx.maybeOne<ClaimedMail>(sql`
    UPDATE mails SET attempts = attempts + 1,
      next_try_at = now() + make_interval(secs => ${LEASE_SECONDS}::double precision)
    WHERE id = ${id} AND status = 'pending' AND next_try_at <= now() AND expires_at > now()
    RETURNING id, workspace_id, kind, recipient, words, sealed_token, attempts`);
}

async function putOff(tx: Tx, { id, attempts }: ClaimedMail, code: string): Promise<void> {
  await tx.execute(sql`
    UPDATE mails SET error_code = ${code},
      next_try_at = now() + make_interval(secs => ${mailPauseSeconds(attempts)}::double precision)
    WHERE id = ${id} AND status = 'pending'`);
}

async function settle(tx: Tx, mail: ClaimedMail, status: 'sent' | 'dead', code: string | null): Promise<void> {
  const changed = await tx.execute(sql`
    UPDATE mails SET status = ${status}, error_code = ${code}, sealed_token = NULL, settled_at = now()
    WHERE id = ${mail.id} AND status = 'pending'`);
  if (changed === 0) return;
  const { kind, attempts } = mail;
  const frame = {
    actor: systemActor(),
    workspaceId: mail.workspace_id,
    targetType: 'mail',
    targetId: mail.id,
  } as const;
  if (status === 'sent') {
    tx.journal({ ...frame, type: 'mail.sent', summary: `mail sent: ${kind}`, payload: { kind, attempts } });
    return;
  }
  tx.journal({
    ...frame,
    type: 'mail.dead',
    severity: 'error',
    summary: `mail is not tried any more: ${kind}`,
    payload: { kind, attempts, code: code ?? 'unknown' },
  });
}
