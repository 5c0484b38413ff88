/** What campaigns add to addresses; the page is the same without. */
const CAMPAIGN = /^(utm_[a-z]+|gclid|fbclid|msclkid|mc_[a-z]+)$/;
const MOST_CHARACTERS = 2_048;

/** The address by which a page is known: one page is fetched once. Null: none that can be fetched. */
export function pageUrl(text: string): string | null {
  if (text.length > MOST_CHARACTERS || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return null;
  url.hash = '';
  for (const name of [...url.searchParams.keys()]) if (CAMPAIGN.test(name)) url.searchParams.delete(name);
  return url.href.length > MOST_CHARACTERS ? null : url.href;
}

/** Whether a page is of one of these domains, or of one below it. Of none: of any. */
export function isOfDomains(url: string, domains: readonly string[]): boolean {
  const { hostname } = new URL(url);
  return domains.length === 0 || domains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
}
