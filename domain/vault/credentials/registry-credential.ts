import { invalidField } from '../../kernel/errors/crewship-error.ts';
import type { Credential } from './credential.ts';

/** `provider` of credentials that images and features are read with. Case does not matter. */
export const REGISTRY_PROVIDER = 'REGISTRY';

const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62}){0,32}(?::[0-9]{1,5})?$/;

type Fields = Pick<Credential, 'type' | 'provider' | 'account_label' | 'scope'>;

function isRegistryCredential({ provider }: Pick<Fields, 'provider'>): boolean {
  return provider.toUpperCase() === REGISTRY_PROVIDER;
}

/**
 * A registry's credential is a user and a password, names its registry's host in `account_label`, and is its
 * workspace's: crews with equal configurations share an image. Throws `invalid_request`.
 */
export function checkRegistryCredential(credential: Fields): void {
  if (!isRegistryCredential(credential)) return;
  if (credential.type !== 'USERPASS') throw invalidField('type', 'must be USERPASS for a registry');
  if (!HOST.test(credential.account_label ?? '')) {
    throw invalidField('account_label', 'must be the registry’s host, such as ghcr.io or registry.example:5000');
  }
  if (credential.scope !== 'WORKSPACE') throw invalidField('scope', 'must be WORKSPACE for a registry');
}

/**
 * Where a password is sent is chosen when it is stored: whoever may edit a credential must not have it sent elsewhere.
 * Throws `invalid_request`.
 */
export function checkRegistryChange(current: Fields, next: Fields): void {
  if (isRegistryCredential(current) !== isRegistryCredential(next)) {
    throw invalidField('provider', 'of a registry’s credential stays: store another credential');
  }
  if (isRegistryCredential(current) && current.account_label !== next.account_label) {
    throw invalidField('account_label', 'of a registry’s credential stays: store another credential');
  }
  if (isRegistryCredential(current) && current.scope !== next.scope) {
    throw invalidField('scope', 'of a registry’s credential stays');
  }
}
