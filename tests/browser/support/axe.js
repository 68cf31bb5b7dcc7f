// What a machine can find wrong on a screen: accessibility, sideways scrolling, targets that are too small for a thumb.

import { readFileSync } from 'node:fs';
import { require } from './people.js';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** One line for each fault, with the element it is in. What an open menu or dialog covers is not looked at. */
export async function faults(page) {
  // Through the debugger, since the page's own policy rightly forbids strange scripts.
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(AXE);
  return page.evaluate(async (tags) => {
    const found = [];
    const front = document.querySelector('dialog[open], .topbar:has(.menu-list)') ?? document;
    const result = await window.axe.run(front, { runOnly: tags, resultTypes: ['violations'] });
    for (const { id, help, nodes } of result.violations) {
      for (const node of nodes) {
        const why = [...node.any, ...node.all, ...node.none].map((check) => check.message).join(' ');
        found.push(`${id}: ${help}: ${node.target.join(' ')}: ${node.html.slice(0, 160)} (${why})`);
      }
    }
    const name = (element) =>
      `${element.tagName.toLowerCase()}.${[...element.classList].join('.')} “${(element.ariaLabel ?? element.textContent ?? '').trim().slice(0, 40)}”`;
    const root = document.scrollingElement;
    const width = root.clientWidth;
    if (root.scrollWidth > width) {
      const wide = [...document.body.querySelectorAll('*')].filter(
        (element) => element.getBoundingClientRect().right > width + 0.01 && !element.closest('.sr, .sprite'),
      );
      found.push(`scrolls sideways: ${root.scrollWidth} > ${width}: ${wide.slice(-3).map(name).join(', ')}`);
    }
    if (width < 720) {
      for (const element of document.querySelectorAll('button, select, input, textarea, a.btn, summary, [role=tab]')) {
        const box = (
          element.matches('[type=radio], [type=checkbox]') ? element.closest('label') : element
        )?.getBoundingClientRect();
        if (!box || box.width < 2 || element.closest('.sr') || !element.checkVisibility({ visibilityProperty: true }))
          continue;
        // A word in a line of text is as tall as the line.
        if (element.matches('.linkish')) continue;
        if (box.height < 43.5) found.push(`too small for a thumb: ${Math.round(box.height)} px high: ${name(element)}`);
      }
    }
    return found;
  }, TAGS);
}
