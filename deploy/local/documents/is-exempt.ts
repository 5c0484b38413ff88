const HEADING = 'Removed or narrowed';

/**
 * Whether the changelog says that the operation was narrowed since it read `earlier`: by a line that was not there,
 * with the operation's id in backticks. A line that told of an earlier narrowing does not cover the next.
 */
export function isExempt(operationId: string, changelog: string, earlier: string): boolean {
  const known = new Set(exemptionLines(earlier));
  return exemptionLines(changelog).some((line) => line.includes(`\`${operationId}\``) && !known.has(line));
}

/** Lines of a changelog under its headings `Removed or narrowed`. */
function exemptionLines(changelog: string): string[] {
  let isUnder = false;
  return changelog.split('\n').filter((line) => {
    if (line.startsWith('#')) isUnder = line.replace(/^#+/, '').trim() === HEADING;
    return isUnder && line.trim() !== '' && !line.startsWith('#');
  });
}
