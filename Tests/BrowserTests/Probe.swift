/// Questions to a page, in JavaScript: each gives a list of what is wrong, empty when nothing is.
enum Probe {
  /// Language, title, headings in order, unique ids, references that lead somewhere.
  static let structure = """
    (() => {
      const wrong = [];
      if (!document.documentElement.lang) wrong.push('no language');
      if (!document.title.trim()) wrong.push('no title');
      if (document.querySelectorAll('h1').length !== 1) wrong.push('not one h1');
      let level = 0;
      for (const h of document.querySelectorAll('h1,h2,h3,h4,h5,h6')) {
        const next = +h.tagName[1];
        if (next > level + 1) wrong.push(`${h.tagName} "${h.textContent}" follows h${level}`);
        if (!h.textContent.trim()) wrong.push(`${h.tagName} is empty`);
        level = next;
      }
      if (!document.querySelector('main')) wrong.push('no main');
      const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
      for (const id of ids) if (ids.filter(i => i === id).length > 1) wrong.push(`id ${id} is not unique`);
      for (const a of document.querySelectorAll('a'))
        if (!document.getElementById(a.getAttribute('href').slice(1))) wrong.push(`link ${a.getAttribute('href')} leads nowhere`);
      for (const l of document.querySelectorAll('label'))
        if (!document.getElementById(l.htmlFor)) wrong.push(`label for ${l.htmlFor}, which is not there`);
      return wrong;
    })()
    """

  /// A name for every drawing, region, control and group; heads for table cells.
  static let names = """
    (() => {
      const wrong = [];
      const name = e => e.getAttribute('aria-label') ||
        (e.getAttribute('aria-labelledby') || '').split(' ').map(id => document.getElementById(id)?.textContent || '').join(' ').trim();
      for (const e of document.querySelectorAll('svg'))
        if (e.getAttribute('role') !== 'img' || !name(e)) wrong.push('a drawing without role img or name');
      for (const e of document.querySelectorAll('[role=region],[role=group],nav,section'))
        if (!name(e)) wrong.push(`${e.tagName}.${e.className} without a name`);
      for (const e of document.querySelectorAll('input'))
        if (!e.labels.length || !e.labels[0].textContent.trim()) wrong.push(`input ${e.id} without a label`);
      for (const e of document.querySelectorAll('table')) {
        if (!e.caption) wrong.push('a table without a caption');
        for (const th of e.querySelectorAll('th')) if (!th.scope) wrong.push(`th "${th.textContent}" without scope`);
        for (const tr of e.tBodies[0].rows) if (tr.cells[0].tagName !== 'TH') wrong.push('a row without a head');
      }
      for (const e of document.querySelectorAll('.scroll,.article'))
        if (e.tabIndex !== 0) wrong.push(`${e.className} cannot be scrolled with the keyboard`);
      return wrong;
    })()
    """

  /// Contrast of every visible text with what it stands on (WCAG 2.2, 1.4.3): 4.5 to 1, for large text 3 to 1.
  static let contrast = """
    (() => {
      const wrong = new Set();
      const channels = c => c.match(/[0-9.]+/g).map(Number);
      const luminance = c => channels(c).slice(0, 3).map(v => v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
      const ground = e => {
        for (; e; e = e.parentElement) {
          const c = getComputedStyle(e).backgroundColor, p = channels(c);
          if (p.length < 4 || p[3] > 0) return c;
        }
        return 'rgb(255, 255, 255)';
      };
      let count = 0;
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let node; node = walker.nextNode();) {
        const e = node.parentElement;
        if (!node.textContent.trim() || e.closest('.hidden,title,desc') || !e.getClientRects().length) continue;
        const style = getComputedStyle(e);
        const ink = e.closest('svg') ? style.fill : style.color;
        const [a, b] = [luminance(ink), luminance(ground(e))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
        count++;
        if (ratio < (large ? 3 : 4.5)) wrong.add(`${ratio.toFixed(2)}: ${ink} on ${ground(e)}, "${node.textContent.trim().slice(0, 30)}"`);
      }
      if (count < 20) wrong.add(`only ${count} texts are visible`);
      return [...wrong];
    })()
    """

  /// Nothing wider than the screen, but what scrolls in its own box; nothing to tap smaller than 24 pixels
  /// (WCAG 2.2, 2.5.8).
  static let fit = """
    (() => {
      const wrong = [], width = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth > width)
        wrong.push(`the page is ${document.documentElement.scrollWidth} wide on a screen of ${width}`);
      for (const e of document.body.querySelectorAll('*')) {
        if (e.closest('.scroll') && !e.matches('.scroll') || e.closest('.hidden') || e.closest('svg') && e.tagName !== 'svg') continue;
        const box = e.getBoundingClientRect();
        if (box.width && (box.right > width + 0.5 || box.left < -0.5)) wrong.push(`${e.tagName}.${e.className} from ${box.left} to ${box.right}`);
      }
      for (const e of document.querySelectorAll('nav a,.layers>label'))
        if (e.getBoundingClientRect().height < 24) wrong.push(`"${e.textContent}" is ${e.getBoundingClientRect().height} high`);
      return wrong;
    })()
    """

  /// By article: the names of the layers that are visible.
  static let layers = """
    [...document.querySelectorAll('.layers')].map(e =>
      [...e.querySelectorAll('.layer')].filter(l => l.getClientRects().length).map(l => l.getAttribute('aria-label')).join('|'))
    """

  /// By precision-recall chart: the recall and precision of its circle, read off the axes' ticks.
  static let chosenPoints = """
    [...document.querySelectorAll('svg[aria-labelledby^=pr-]')].map(svg => {
      const ticks = (anchor, axis) => [...svg.querySelectorAll(`text[text-anchor=${anchor}]:not(.strong)`)]
        .map(t => [+t.textContent, +t.getAttribute(axis) - (axis === 'y' ? 4 : 0)]);
      const read = (list, at) => {
        const [a, b] = [list[0], list[list.length - 1]];
        return a[0] + (at - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
      };
      const c = svg.querySelector('circle.chosen');
      return [read(ticks('middle', 'x'), +c.getAttribute('cx')), read(ticks('end', 'y'), +c.getAttribute('cy'))]
        .map(v => v.toFixed(2)).join(' ');
    })
    """
}
