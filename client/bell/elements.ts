interface Options {
  part?: string;
  text?: string;
  attributes?: Record<string, string>;
}

/** Makes an element. Text goes in as text, never as markup. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { part, text, attributes = {} }: Options = {},
  ...children: Node[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (part !== undefined) element.setAttribute('part', part);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

/** Sets the text only where it differs: setting it anew would lose a selection, and be read out again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** What has the focus in the tree that the element is of. */
export function focusIn(element: Element): HTMLElement | undefined {
  return ((element.getRootNode() as ShadowRoot).activeElement as HTMLElement | null) ?? undefined;
}

/**
 * As a popover closes: of one within another browsers give the focus back to nothing. To be called before it is hidden, and only what is its
 * own is given: whoever has gone elsewhere by a click stays there.
 */
export function giveBack(popover: Element, to: HTMLElement | undefined): void {
  const focused = focusIn(popover);
  if (focused && popover.contains(focused) && to?.isConnected) to.focus();
}
