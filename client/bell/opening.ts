import { placeBeside } from './place.js';

/** How often "3 minutes ago" is looked at while the panel is open. Unit: ms. */
const clockMs = 20_000;

export interface OpeningHandlers {
  /** It is about to be measured: what it shows is to be in it. */
  onOpening: () => void;
  onOpen: () => void;
  onClose: () => void;
  /** Time has passed. */
  onTick: () => void;
}

/** Opens and closes the panel at the bell's button, keeps it beside that, and sees to where the focus goes. */
export class Opening {
  private clock: ReturnType<typeof setInterval> | undefined;
  private readonly reposition = (): void => placeBeside(this.panel, this.button);

  constructor(
    private readonly bell: Element,
    private readonly button: HTMLButtonElement,
    private readonly panel: HTMLElement,
    private readonly handlers: OpeningHandlers,
  ) {
    button.popoverTargetElement = panel;
    button.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowDown') return;
      event.preventDefault();
      this.open();
    });
    panel.addEventListener('beforetoggle', ({ newState }) => {
      button.setAttribute('aria-expanded', String(newState === 'open'));
    });
    panel.addEventListener('toggle', (event) => this.onToggle(event.newState === 'open'));
    panel.addEventListener('keydown', (event) => {
      // The browser closes it; where focus goes then is not the same everywhere.
      if (event.key === 'Escape') this.close();
    });
  }

  get isOpen(): boolean {
    return this.panel.matches(':popover-open');
  }

  open(): void {
    if (this.bell.isConnected && !this.isOpen) this.panel.showPopover();
  }

  /** Focus goes back to the bell if it was within. */
  close(): void {
    if (!this.isOpen) return;
    // What the page has put into a slot counts: it is not of the shadow tree, where `activeElement` would be looked for.
    const within = this.bell.matches(':focus-within');
    this.panel.hidePopover();
    if (within) this.button.focus();
  }

  /** The bell leaves its page. */
  stop(): void {
    this.close();
    clearInterval(this.clock);
  }

  private onToggle(open: boolean): void {
    clearInterval(this.clock);
    if (open) {
      this.handlers.onOpening();
      this.reposition();
      this.handlers.onOpen();
      this.clock = setInterval(() => this.handlers.onTick(), clockMs);
      window.addEventListener('resize', this.reposition);
      window.addEventListener('scroll', this.reposition, { capture: true, passive: true });
    } else {
      this.handlers.onClose();
      window.removeEventListener('resize', this.reposition);
      window.removeEventListener('scroll', this.reposition, { capture: true });
    }
  }
}
