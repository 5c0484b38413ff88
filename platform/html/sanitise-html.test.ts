import { expect, test } from 'vitest';
import { cleanHtml } from './clean-html.ts';
import { sanitiseHtml, tidyHtml } from './sanitise-html.ts';

test('what runs, sends or fetches is taken out and told; documents stay', () => {
  const page =
    '<h1 style="color: red; background-image: url(https://a.example/x)" onclick="go()">Report</h1>' +
    '<script>steal()</script><form action="/x"><input name="q"></form><iframe src="https://a.example"></iframe>' +
    '<table><tr><td colspan="2">1</td></tr></table><a href="javascript:go()">a</a><a href="https://a.example">b</a>' +
    '<img src="https://a.example/p.png" alt="far"><img src="data:image/png;base64,iVBORw0KGgo=" alt="near">' +
    '<svg onload="go()"><path d="M0"/></svg><meta http-equiv="refresh" content="0;url=https://a.example">';
  const { html, removed } = sanitiseHtml(page);
  expect(html).toContain('<h1 style="color:red">Report</h1>');
  expect(html).toContain('<td colspan="2">1</td>');
  expect(html).toContain('src="data:image/png;base64,iVBORw0KGgo="');
  expect(html).toContain('href="https://a.example"');
  expect(html).not.toMatch(/script|steal|onclick|onload|form|input|iframe|javascript|url\(|p\.png|meta|svg/i);
  const told = new Map(removed.map(({ what, name, count }) => [`${what} ${name}`, count]));
  expect(Object.fromEntries(told)).toMatchObject({
    'element script': 1,
    'element form': 1,
    'element iframe': 1,
    'attribute h1 onclick': 1,
    'attribute a href': 1,
    'attribute img src': 1,
    'style background-image': 1,
  });
  expect(sanitiseHtml(html)).toEqual({ html, removed: [] });
});

test('an image that is too large goes, and so does a style that hides an address', () => {
  const large = `<img src="data:image/png;base64,${'A'.repeat(1_500_000)}" alt="large">`;
  expect(sanitiseHtml(large).html).toBe('<img alt="large" />');
  for (const style of ['width: expression(go())', 'color: \\75rl(x)', 'background-color: image-set(x)']) {
    expect(sanitiseHtml(`<p style="${style}">a</p>`).html).toBe('<p>a</p>');
  }
  expect(sanitiseHtml('<p>1 &lt; 2<b>unclosed').html).toBe('<p>1 &lt; 2<b>unclosed</b></p>');
});

test('a tidied text has nothing that is empty', () => {
  expect(tidyHtml('<div><p> </p><div><span>&nbsp;</span></div></div>\n\n\n<p>a</p><td></td>').html).toMatch(
    /^<p>a<\/p>(<td><\/td>)?\n$/,
  );
});

test('blanks of every kind are read in one way, however many there are', () => {
  const blanks = '&nbsp; '.repeat(5_000);
  expect(tidyHtml(`<p>${blanks}</p><p>${blanks}x</p>`).html).toMatch(/^<p>[\s\u00a0]+x<\/p>\n$/u);
});

test('a line of texts is bounded, for all and for each', async () => {
  const long = `<p>${'a'.repeat(20_000)}</p>`;
  const ends = await Promise.allSettled(Array.from({ length: 6 }, () => cleanHtml(long, { share: 'two' })));
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
  expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'unavailable' } });
  expect(await cleanHtml(long, { share: 'two' })).toMatchObject({ html: long });
});

test('what is nested too deep is refused in time, beside others that are not', async () => {
  const deep = cleanHtml('<div>'.repeat(100_000), { share: 'one', longestMs: 1_500 });
  await expect(deep).rejects.toMatchObject({ code: 'invalid_request', fields: [{ path: 'html' }] });
  const long = 'a'.repeat(20_000);
  expect(await cleanHtml(`<p>${long}</p><script>b</script>`, { share: 'one' })).toMatchObject({
    html: `<p>${long}</p>`,
  });
});
