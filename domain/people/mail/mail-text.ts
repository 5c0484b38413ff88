import type { MailKind, MailWords } from './mail.ts';

export interface MailText {
  readonly subject: string;
  readonly text: string;
}

const LONGEST_NAME = 60;

/**
 * A name as it may stand in a mail: one line without what begins a header, an address or a link, so that nobody sends
 * a message of their own through a name.
 */
export function plainName(name: string): string {
  const plain = name
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[<>@:/\\"]+/g, ' ')
    // What reads like a host's name becomes a link in many readers of mail.
    .replace(/\.(?=\S)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length <= LONGEST_NAME ? plain : `${plain.slice(0, LONGEST_NAME - 1)}…`;
}

/** What a mail of a kind says. `link` is where it leads, with its token. */
export function mailText(kind: MailKind, words: MailWords, link: string): MailText {
  const workspace = plainName(words.workspace ?? '') || 'a workspace';
  const inviter = plainName(words.inviter ?? '') || 'Somebody';
  switch (kind) {
    case 'verify_email':
      return {
        subject: 'Confirm your e-mail address',
        text: lines(
          'Somebody signed up to Crewship with this address. If it was you, confirm it here within a day:',
          link,
          'If it was not you, do nothing: without this step nobody can sign in with your address.',
        ),
      };
    case 'account_exists':
      return {
        subject: 'You have an account already',
        text: lines(
          'Somebody, perhaps you, tried to sign up to Crewship with this address. It has an account, and nothing was ' +
            'changed. If you do not know its password, choose a new one here:',
          link,
        ),
      };
    case 'reset_password':
      return {
        subject: 'Choose a new password',
        text: lines(
          'Somebody asked for a new password of your Crewship account. If it was you, choose one here within 30 ' +
            'minutes:',
          link,
          'If it was not you, do nothing: your password stays as it is.',
        ),
      };
    case 'password_changed':
      return {
        subject: 'Your password was changed',
        text: lines(
          'The password of your Crewship account was changed, and you were signed out elsewhere. If it was not ' +
            'you, choose ' +
            'a new one at once:',
          link,
        ),
      };
    case 'invitation':
      return {
        subject: `Invitation to ${workspace}`,
        text: lines(
          `${inviter} invites you to the Crewship workspace "${workspace}" ` +
            `as ${words.role ?? 'MEMBER'}. To join, open ` +
            'this within seven days:',
          link,
          'If you do not know them, do nothing.',
        ),
      };
    case 'set_up_account':
      return {
        subject: `Your account in ${workspace}`,
        text: lines(
          `${inviter} made a Crewship account for you in the workspace "${workspace}" as ${words.role ?? 'MEMBER'}. ` +
            'Choose your password here within seven days:',
          link,
          'If you do not know them, do nothing.',
        ),
      };
  }
}

function lines(...paragraphs: readonly string[]): string {
  return `${paragraphs.join('\n\n')}\n`;
}

/** Where mails of a kind lead, below the instance's public address. */
const MAIL_PATHS: Readonly<Record<MailKind, string>> = {
  verify_email: '/verify',
  account_exists: '/forgot',
  reset_password: '/reset',
  password_changed: '/forgot',
  invitation: '/invite',
  set_up_account: '/reset',
};

/** The address that a mail shows; only CREWSHIP_PUBLIC_URL decides what it begins with. */
export function mailLink(publicUrl: string, kind: MailKind, token: string | null): string {
  const link = new URL(MAIL_PATHS[kind], new URL(publicUrl).origin);
  if (token !== null) link.searchParams.set('token', token);
  return link.href;
}
