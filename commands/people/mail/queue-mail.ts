import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { MAIL_TOKEN_FIELD, type MailKind, MAILS_PER_HOUR, type MailWords } from '../../../domain/people/mail/mail.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { newId } from '../../../platform/ids/ids.ts';

/** Mails that belong to no workspace are sealed and announced under this name. */
const INSTANCE = 'instance';

export interface NewMail {
  readonly kind: MailKind;
  /** Lower case. */
  readonly recipient: string;
  readonly words?: MailWords;
  /** Of its link; null when its link is nobody's secret. */
  readonly token: string | null;
  /** Null: the instance's. That of the transaction, where it has one. */
  readonly workspaceId: string | null;
  /** It is not sent any more when what it says is over. */
  readonly validSeconds: number;
}

/**
 * Writes a mail with the transaction that it tells of, and wakes whoever sends. Its token is sealed for its row: what
 * goes through queues is the row's id.
 */
export async function queueMail(tx: Tx, ring: Pick<KeyRing, 'seal'>, mail: NewMail): Promise<void> {
  const id = newId();
  const context = { workspaceId: mail.workspaceId ?? INSTANCE, ownerId: id, field: MAIL_TOKEN_FIELD };
  const sealed = mail.token === null ? null : ring.seal(mail.token, context);
  await tx.execute(sql`
    INSERT INTO mails (id, workspace_id, kind, recipient, words, sealed_token, expires_at)
    VALUES (${id}, ${mail.workspaceId}, ${mail.kind}, ${mail.recipient}, ${sql.jsonb({ ...mail.words })}, ${sealed},
      now() + make_interval(secs => ${mail.validSeconds}::double precision))`);
  tx.enqueue({ kind: 'wake', topic: 'mail', workspaceId: mail.workspaceId ?? INSTANCE, id });
}

/**
 * Whether an address may get another mail of this kind now: nobody fills somebody's mailbox by asking again and again.
 * A system transaction.
 */
export async function mayMail(tx: Tx, recipient: string, kind: MailKind): Promise<boolean> {
  const { recent } = await tx.one<{ recent: number }>(sql`
    SELECT count(*) AS recent FROM mails
    WHERE recipient = ${recipient} AND kind = ${kind} AND created_at > now() - interval '1 hour'`);
  return recent < MAILS_PER_HOUR;
}
