import type { Severity } from '../core/wire.js';

const svg = 'http://www.w3.org/2000/svg';

/** Outlines on a 24 × 24 grid. Each severity has a shape of its own: colour alone says nothing to many. */
const paths = {
  bell: 'M6 9.5a6 6 0 0 1 12 0c0 6 2.5 7.5 2.5 7.5h-17S6 15.5 6 9.5M10 20.5a2.2 2.2 0 0 0 4 0',
  info: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 11v5.5M12 7.5v.2',
  success: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M8 12.3l2.8 2.8L16 9.5',
  warning: 'M12 3.5L2.8 20h18.4ZM12 10v4.5M12 17.2v.2',
  critical: 'M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3ZM12 7.5v5.5M12 16.2v.2',
  done: 'M5 12.5l4.5 4.5L19 7.5',
  more: 'M5 12v.2M12 12v.2M19 12v.2',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5L20.5 20.5',
  gear: 'M4 7h9M17 7h3M15 4.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5M4 17h3M11 17h9M9 14.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5',
} satisfies Record<Severity | 'bell' | 'done' | 'more' | 'search' | 'gear', string>;

export type Icon = keyof typeof paths;

/** A drawing in the text's colour, silent to screen readers. */
export function icon(name: Icon): SVGSVGElement {
  const drawing = document.createElementNS(svg, 'svg');
  drawing.setAttribute('viewBox', '0 0 24 24');
  drawing.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(svg, 'path');
  path.setAttribute('d', paths[name]);
  drawing.append(path);
  return drawing;
}
