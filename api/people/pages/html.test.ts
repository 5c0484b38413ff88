import { expect, test } from 'vitest';
import { html } from './html.ts';

test('what stands in a page is text, whatever it holds', () => {
  const name = `"><script>alert('x')</script>&`;
  expect(html`<p title="${name}">${name}</p>`.text).toBe(
    '<p title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;">' +
      '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;</p>',
  );
  expect(html`<ul>${[html`<li>${'a<b'}</li>`, html`<li>${2}</li>`]}${null}</ul>`.text).toBe(
    '<ul><li>a&lt;b</li><li>2</li></ul>',
  );
});
