import { BelfryBell } from './bell/bell.js';

declare global {
  interface HTMLElementTagNameMap {
    'belfry-bell': BelfryBell;
  }
}

/** Registers `<belfry-bell>`, once however often the script is loaded. */
export function define(name = 'belfry-bell'): void {
  if (!customElements.get(name)) customElements.define(name, BelfryBell);
}
