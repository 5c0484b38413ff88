/** Whose decision an approval is. */
export type RequiredAuthority = 'create' | 'manage' | 'operator';
