/** An operation that is to go, for those who call it to see. */
export interface Deprecated {
  /** Since when it should not be used any more. */
  readonly since: Date;
  /** When it will be gone; left out while that is open. */
  readonly sunset?: Date;
  /** Path of what says what to use instead. */
  readonly link: string;
}

/** `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and the link that says what to use instead. */
export function deprecationHeaders({ since, sunset, link }: Deprecated): Record<string, string> {
  return {
    deprecation: `@${Math.floor(since.getTime() / 1_000)}`,
    ...(sunset === undefined ? {} : { sunset: sunset.toUTCString() }),
    link: `<${link}>; rel="deprecation"`,
  };
}
