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
  const { width } = popover.getBoundingClientRect();
  const wanted = alignRight ? right - width : left;
  const x = Math.max(gap, Math.min(wanted, innerWidth - width - gap));
  const { style } = popover;
  // Lengths are zoomed as the page is (CSS `zoom`); what is measured is so already. Browsers that do not know this measure without it.
  const { currentCSSZoom: zoom = 1 } = popover as Partial<Element>;
  const px = (length: number): string => `${length / zoom}px`;
  style.setProperty('left', px(x));
  style.setProperty('top', under ? px(bottom + gap) : 'auto');
  style.setProperty('bottom', under ? 'auto' : px(innerHeight - top + gap));
  style.setProperty('max-height', px(Math.max(120, under ? below : above)));
}
