import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { element, renderMarkup } from './markup.js'

describe('renderMarkup', () => {
  it('writes elements, attributes and text', () => {
    const markup = element('p', { class: 'note', hidden: true, id: undefined, open: false }, '1 < 2', [
      element('br', {}),
      element('b', {}, 'x & y'),
    ])
    expect(renderMarkup(markup)).toBe('<p class="note" hidden="">1 &lt; 2<br><b>x &amp; y</b></p>')
  })

  it('rounds numbers to hundredths', () => {
    expect(renderMarkup(element('circle', { r: 1 / 3, cx: 2 }))).toBe('<circle r="0.33" cx="2"></circle>')
  })

  it('lets no text become markup, and no attribute end early', () => {
    const hostile = '"><script>alert(1)</script>'
    expect(renderMarkup(element('p', { title: hostile }, hostile))).toBe(
      '<p title="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">"&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>',
    )
  })

  it('replaces what XML does not allow', () => {
    expect(renderMarkup('a\u0000b\uD800c\u000Bd\n\u{1F600}')).toBe('a\uFFFDb\uFFFDc\uFFFDd\n\u{1F600}')
  })

  it('keeps every text apart from the tags around it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const rendered = renderMarkup(element('i', { title: text }, text))
        expect(rendered.match(/[<>]/g)).toHaveLength(4)
        expect(rendered.match(/"/g)!.length - (text.match(/"/g)?.length ?? 0)).toBe(2)
      }),
    )
  })
})
