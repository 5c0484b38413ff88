/** An answer of git's that holds more than its reader wants. */
export class PackTooLargeError extends Error {}
