/** Space kept to the window's edges, and between bell and panel. Unit: CSS pixels. */
const gap = 8;
/** Below this the panel goes where there is more room. Unit: CSS pixels. */
const leastHeight = 280;

/** Puts a popover beside its anchor: below if there is room, and so that it stays within the window. */
export function placeBeside(popover: HTMLElement, anchor: Element): void {
  const { innerWidth, innerHeight } = window;
  const { left, right, top, bottom } = anchor.getBoundingClientRect();
  const below = innerHeight - bottom - 2 * gap;
  const above = top - 2 * gap;
  const under = below >= leastHeight || below >= above;
  const alignRight = (left + right) / 2 > innerWidth / 2;
  const width = popover.offsetWidth;
  const wanted = alignRight ? right - width : left;
  const x = Math.max(gap, Math.min(wanted, innerWidth - width - gap));
  const { style } = popover;
  style.setProperty('left', `${x}px`);
  style.setProperty('top', under ? `${bottom + gap}px` : 'auto');
  style.setProperty('bottom', under ? 'auto' : `${innerHeight - top + gap}px`);
  style.setProperty('max-height', `${Math.max(120, under ? below : above)}px`);
}
