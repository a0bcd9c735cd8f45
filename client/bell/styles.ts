import { preferencesCss } from '../attention/preferences-styles.js';

/**
 * Every colour and size that a page may set is a custom property with its default beside it (docs/bell.md). Light or
 * dark follows the page's own `color-scheme`, or the `theme` attribute. Text has a contrast of at least 4.5 to 1.
 */
const css = `
:host {
  --_accent: var(--belfry-accent, light-dark(#1d4fd7, #8ab4ff));
  --_surface: var(--belfry-surface, light-dark(#ffffff, #1b1e26));
  --_text: var(--belfry-text, light-dark(#1a1e28, #e9ebf1));
  --_muted: var(--belfry-muted, light-dark(#59616f, #a5adbd));
  --_border: var(--belfry-border, light-dark(#dfe3ea, #343945));
  --_hover: var(--belfry-hover, light-dark(#f3f5f9, #252934));
  --_unread: var(--belfry-unread-background, light-dark(#eef3ff, #222b40));
  --_info: var(--belfry-info, light-dark(#1d5fd1, #82b4ff));
  --_success: var(--belfry-success, light-dark(#14743a, #63d392));
  --_warning: var(--belfry-warning, light-dark(#8f5400, #f3b944));
  --_critical: var(--belfry-critical, light-dark(#c0152c, #ff8a96));
  --_radius: var(--belfry-radius, 12px);
  display: inline-block;
  position: relative;
  line-height: 1.4;
}
:host([hidden]), [hidden] { display: none !important; }
:host([theme='light']) { color-scheme: light; }
:host([theme='dark']) { color-scheme: dark; }
* { box-sizing: border-box; }
button { font: inherit; color: inherit; background: none; border: 0; cursor: pointer; }
svg { display: block; width: 1em; height: 1em; fill: none; stroke: currentColor; stroke-width: 1.8;
  stroke-linecap: round; stroke-linejoin: round; }
p, h2 { margin: 0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible { outline: 2px solid var(--_accent); outline-offset: 2px; }

[part='button'] {
  position: relative; display: grid; place-items: center;
  width: var(--belfry-size, 40px); height: var(--belfry-size, 40px); padding: 0; border-radius: 50%;
}
[part='button']:hover, [part='button'][aria-expanded='true'] { background: color-mix(in srgb, currentColor 12%, transparent); }
[part='button'] > slot > svg, ::slotted([slot='icon']) { width: 58%; height: 58%; }
[part='button']:is(.offline, .signed-out, .stopped) > slot > svg { opacity: .55; stroke-dasharray: 3 3; }
[part='button']:is(.offline, .signed-out, .stopped) > slot::slotted(*) { opacity: .55; }
/* Nothing of how the page's header writes: capitals, spacing, shadows. Colour, font and the rest are set below. */
[part='panel'], [part='toast'], [part='acknowledge'], [part='badge'] {
  letter-spacing: normal; word-spacing: normal; text-transform: none; text-indent: 0; text-align: start; text-shadow: none; white-space: normal;
  word-break: normal; hyphens: manual; writing-mode: horizontal-tb; cursor: auto; pointer-events: auto; -webkit-user-select: text; user-select: text;
  -webkit-text-fill-color: currentColor; -webkit-text-stroke: 0;
}
[part='badge'] {
  cursor: inherit; user-select: none; -webkit-user-select: none;
  position: absolute; inset-block-start: -2px; inset-inline-end: -3px; min-width: 19px; height: 19px; padding: 0 5px;
  border-radius: 10px; font: 700 11px/19px var(--belfry-font, system-ui, sans-serif); text-align: center;
  font-variant-numeric: tabular-nums; white-space: nowrap;
  color: var(--belfry-badge-color, #ffffff); background: var(--belfry-badge-background, #c8102e);
}
[part='dot'] {
  position: absolute; inset-block-end: 5px; inset-inline-end: 5px; width: 9px; height: 9px; border-radius: 50%;
  background: var(--belfry-dot, light-dark(#1d5fd1, #82b4ff)); border: 1.5px solid var(--_surface);
}

[part='panel'], [part='toast'], [part='acknowledge'] {
  position: fixed; inset: auto; margin: 0; padding: 0; color: var(--_text); background: var(--_surface);
  border: 1px solid var(--_border); border-radius: var(--_radius);
  box-shadow: 0 12px 36px light-dark(rgb(20 26 40 / .18), rgb(0 0 0 / .55));
  font: var(--belfry-font-size, 14px)/1.4 var(--belfry-font, system-ui, sans-serif);
}
[part='panel'] { width: min(var(--belfry-panel-width, 400px), calc(100vw - 16px)); overflow: hidden; }
[part='panel']:popover-open { display: flex; flex-direction: column; }
[part='panel']:focus { outline: none; }
[part='mark-all'] > svg { width: 1.2em; height: 1.2em; }
/* How the connection does stands under the heading: in one line the controls would have no room in a narrow panel. */
[part='header'] { display: grid; grid-template-columns: 1fr auto minmax(0, auto) auto; align-items: center; gap: 0 4px; padding: 9px 10px 8px 16px;
  border-block-end: 1px solid var(--_border); }
[part='header'] > button { grid-row: 1 / span 2; }
[part='mark-all'] { grid-column: 3; }
[part='heading'] { grid-area: 1 / 1; font-size: 1.15em; font-weight: 650; }
[part='status'] { grid-area: 2 / 1; display: inline-flex; align-items: center; gap: 6px; color: var(--_muted); font-size: .86em; }
[part='status']::before { content: ''; flex: none; width: 8px; height: 8px; border-radius: 50%; border: 2px solid var(--_muted); }
[part='status'].live::before { border-color: var(--_success); background: var(--_success); }
[part='status'].offline::before { border-color: var(--_warning); border-radius: 0; }
[part='mark-all'], [part='load-older'], [part='retry'] {
  display: inline-flex; align-items: center; gap: 5px; padding: 5px 9px; border-radius: 7px;
  color: var(--_accent); font-weight: 550; white-space: nowrap;
}
[part='mark-all'] > svg { flex: none; }
[part='mark-all'] > span { overflow: hidden; text-overflow: ellipsis; }
:is([part='mark-all'], [part='load-older'], [part='retry']):hover:not([aria-disabled='true']) { background: var(--_hover); }
[aria-disabled='true'] { color: var(--_muted); cursor: default; opacity: .75; }
[part='tabs'] { display: flex; gap: 2px; padding: 0 10px; overflow-x: auto; border-block-end: 1px solid var(--_border); scrollbar-width: none; }
[part~='tab'] { flex: none; display: inline-flex; align-items: center; gap: 6px; padding: 8px 8px 7px; color: var(--_muted);
  border-block-end: 2px solid transparent; white-space: nowrap; font-size: .93em; }
[part~='tab']:hover { color: var(--_text); }
[part~='tab-chosen'] { color: var(--_text); font-weight: 600; border-block-end-color: var(--_accent); }
[part~='tab']:focus-visible, [part='filter-toggle']:focus-visible { outline-offset: -2px; }
[part='tab-count'] { min-width: 18px; padding: 0 5px; border-radius: 9px; background: var(--_hover); font-size: .84em; line-height: 18px;
  text-align: center; font-variant-numeric: tabular-nums; }
[part='filter-toggle'] { grid-column: 2; display: grid; place-items: center; width: 30px; height: 30px; padding: 0; border-radius: 7px; color: var(--_muted); }
[part='filter-toggle'] > svg { width: 17px; height: 17px; }
[part='filter-toggle']:hover, [part='filter-toggle'][aria-expanded='true'] { background: var(--_hover); color: var(--_text); }
[part='filters'] { display: grid; grid-template-columns: repeat(3, auto); gap: 6px; padding: 10px 14px; border-block-end: 1px solid var(--_border); }
[part='search'] { grid-column: 1 / -1; }
[part='filters'] > * { min-width: 0; padding: 6px; font: inherit; color: inherit; background: var(--_surface);
  border: 1px solid var(--_border); border-radius: 7px; text-overflow: ellipsis; unicode-bidi: plaintext; }
[part='filters'] option { background: var(--_surface); color: var(--_text); }
[part='selection'], [part='undo'] { display: flex; align-items: center; gap: 4px; padding: 7px 10px 7px 16px; background: var(--_hover); }
[part='selection'] { border-block-end: 1px solid var(--_border); }
[part='undo'] { border-block-start: 1px solid var(--_border); }
[part='selection-count'], [part='undo-text'] { flex: 1; }
[part='selection-count'] { white-space: nowrap; }
:is([part^='selection-'], [part='undo-button']):is(button) { padding: 5px 9px; border-radius: 7px; color: var(--_accent); font-weight: 550; }
:is([part^='selection-'], [part='undo-button']):is(button):hover { background: var(--_surface); }
[part='menu'], [part='help'] { position: fixed; inset: auto; margin: 0; padding: 5px; color: var(--_text); background: var(--_surface);
  border: 1px solid var(--_border); border-radius: 10px; box-shadow: 0 10px 28px light-dark(rgb(20 26 40 / .2), rgb(0 0 0 / .55)); }
[part='menu']:popover-open { display: flex; flex-direction: column; min-width: 190px; }
[part='menu-item'] { padding: 7px 10px; border-radius: 6px; text-align: start; }
[part='menu-item']:hover, [part='menu-item']:focus { background: var(--_hover); }
[part='help'] { inset: 0; margin: auto; width: max-content; max-width: calc(100vw - 16px); height: max-content; padding: 14px 18px; }
[part='help-heading'] { margin: 0 0 8px; font-size: 1.05em; }
[part='help'] dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 14px; margin: 0; }
[part='help'] dd { margin: 0; }
[part='help'] kbd { display: inline-block; min-width: 22px; margin-inline-end: 4px; padding: 1px 6px; text-align: center; font: inherit; font-size: .9em;
  border: 1px solid var(--_border); border-block-end-width: 2px; border-radius: 5px; }
[part='notice'] { padding: 9px 16px; color: var(--_critical); border-block-end: 1px solid var(--_border); }
[part='panel'] > :not([part='body'], [popover]) { flex: none; }
[part='body'] { overflow-y: auto; overflow-anchor: none; overscroll-behavior: contain; min-height: 0; }
[part='page-footer'] { padding: 10px 16px; border-block-start: 1px solid var(--_border); }
[part='footer'] { display: flex; justify-content: center; }
[part='load-older'] { margin: 8px; }
[part='footer'].busy [part='load-older']::before { content: ''; width: 12px; height: 12px; border-radius: 50%;
  border: 2px solid var(--_border); border-block-start-color: var(--_accent); }

.row { position: relative; display: flex; gap: 11px; padding: 12px 12px 12px 16px; border-block-end: 1px solid var(--_border); }
/* Without a height of its own: the list below does not move when it comes. */
[part='newer'] { position: sticky; inset-block-start: 38px; z-index: 3; display: block; height: 28px; margin: 0 auto -28px; padding: 0 14px;
  border-radius: 14px; font-weight: 600; color: var(--_surface); background: var(--_accent); box-shadow: 0 2px 8px rgb(0 0 0 / .25); }
[part='day'] { position: sticky; inset-block-start: 0; z-index: 2; padding: 6px 16px; font-size: .86em; font-weight: 600;
  color: var(--_muted); background: var(--_surface); border-block-end: 1px solid var(--_border); }
.row { scroll-margin-block-start: 34px; }
.row:hover { background: var(--_hover); }
.row.unread { background: var(--_unread); }
.row:focus-visible { outline-offset: -2px; }
.info [part='severity'] { color: var(--_info); }
.success [part='severity'] { color: var(--_success); }
.warning [part='severity'] { color: var(--_warning); }
.critical [part='severity'] { color: var(--_critical); }
[part='severity'] > svg { width: 20px; height: 20px; }
.content { flex: 1; min-width: 0; overflow-wrap: anywhere; }
/* Text reads in the direction that it is written in, whatever the page's; it stays at the row's own side. */
.content > *, [part='panel'] :is([part='status'], [part='notice'], [part$='-text'], [part='selection-count'], [part='hint'], [part='empty'] p, button > span:not([part]), dd) {
  unicode-bidi: plaintext; text-align: -webkit-match-parent; text-align: match-parent; }
[part='toast'], [part='newer'], [part='load-older'] { unicode-bidi: plaintext; }
.headline { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 4; overflow: hidden; }
.unread .headline { font-weight: 650; }
[part='title'] { color: inherit; text-decoration: none; }
a[part='title']::after { content: ''; position: absolute; inset: 0; }
a[part='title']:hover, .row:hover a[part='title'] { text-decoration: underline; text-underline-offset: 3px; }
[part='text'] { margin-block-start: 2px; color: var(--_text); white-space: pre-line;
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 4; overflow: hidden; }
[part='changes'] { display: flex; flex-direction: column; margin-block-start: 4px; }
[part='change-column'] { color: var(--_muted); font-size: .86em; }
[part='change-old'] { color: var(--_muted); }
/* A value of the other direction keeps that to itself. */
[part^='change-'] { unicode-bidi: plaintext; }
.arrow { display: inline-block; white-space: pre; }
[part='change']:dir(rtl) > .arrow { scale: -1 1; }
[part='change-new'] { font-weight: 600; text-decoration: none; }
[part='escalated'], [part='mine'] { padding: 0 7px; border: 1px solid; border-radius: 9px; font-weight: 600; white-space: nowrap; }
[part='escalated'] { color: var(--_critical); }
[part='mine'] { color: var(--_accent); }
[part='meta'] { margin-block-start: 3px; color: var(--_muted); font-size: .86em; }
.controls { position: relative; z-index: 1; flex: none; display: flex; align-items: start; }
[part='more'] { display: grid; place-items: center; width: 28px; height: 28px; padding: 0; border-radius: 7px; color: var(--_muted); }
[part='more'] > svg { width: 18px; height: 18px; stroke-width: 3; }
[part='more']:hover { background: color-mix(in srgb, currentColor 12%, transparent); color: var(--_text); }
/* In the place of the severity where one might want it. */
[part='select'] { position: absolute; z-index: 1; inset-block-start: 14px; inset-inline-start: 17px; width: 18px; height: 18px; margin: 0;
  accent-color: var(--_accent); opacity: 0; }
.row:is(:hover, :focus-within, .selected) [part='select'] { opacity: 1; }
.row:is(:hover, :focus-within, .selected) [part='severity'] { visibility: hidden; }
.row.selected { background: color-mix(in srgb, var(--_accent) 14%, var(--_surface)); }
[part='toggle'] { position: relative; z-index: 1; flex: none; width: 28px; height: 28px; padding: 0; border-radius: 50%;
  display: grid; place-items: center; }
[part='toggle']:hover { background: color-mix(in srgb, currentColor 12%, transparent); }
[part='toggle']::before { content: ''; width: 10px; height: 10px; border-radius: 50%; border: 2px solid var(--_muted); }
.unread [part='toggle']::before { border-color: var(--_accent); background: var(--_accent); }

[part='stale'] { display: flex; align-items: center; gap: 8px; padding: 6px 10px 6px 16px; color: var(--_muted); background: var(--_hover);
  border-block-end: 1px solid var(--_border); border-inline-start: 3px solid var(--_warning); }
[part='stale-text'] { flex: 1; }
[part='stale-retry'] { flex: none; padding: 5px 9px; border-radius: 7px; color: var(--_accent); font-weight: 550; }

[part='empty'] { display: grid; justify-items: center; gap: 4px; padding: 44px 24px; text-align: center; }
[part='empty'] > svg { width: 36px; height: 36px; margin-block-end: 8px; color: var(--_muted); }
[part='empty'] > div > p { font-weight: 600; }
[part='empty']:not(.plain[data-own]) > div > slot, [part='empty'].plain[data-own] > :is(svg, [part='hint']), [part='empty'].plain[data-own] > div > p { display: none; }
[part='hint'] { color: var(--_muted); }
/* Rows that are still to come; what is said of them is for screen readers. */
[part='skeleton'], .waiting > svg, .waiting > [part='hint'] { display: none; }
[part='empty'].waiting { position: relative; gap: 0; padding: 0; justify-items: stretch; }
.waiting > [role='status'] { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.waiting > [part='skeleton'] { display: block; height: 72px; border-block-end: 1px solid var(--_border);
  background: linear-gradient(var(--_border) 0 0) no-repeat 47px 16px / 62% 12px, linear-gradient(var(--_border) 0 0) no-repeat 47px 42px / 34% 10px; }
.waiting > [part='skeleton']:dir(rtl) { background-position: calc(100% - 47px) 16px, calc(100% - 47px) 42px; }
[part='retry'] { margin-block-start: 10px; border: 1px solid var(--_border); }
[part='acknowledge'] { inset: 16px auto auto 50%; translate: -50% 0; margin: 0; width: max-content; max-width: min(560px, calc(100vw - 16px));
  padding: 12px 12px 12px 16px; border-inline-start: 6px solid var(--_critical); overflow-wrap: anywhere; }
[part='acknowledge']:popover-open { display: flex; align-items: center; gap: 16px; }
[part='acknowledge-text'] { flex: 1; font-weight: 650; }
[part='acknowledge-button'] { padding: 6px 12px; border-radius: 7px; border: 1px solid var(--_critical); color: var(--_critical);
  font-weight: 600; }
[part='toast'] { max-width: min(340px, calc(100vw - 16px)); padding: 11px 15px; overflow-wrap: anywhere;
  border-inline-start: 4px solid var(--_accent); pointer-events: none; }

@media (prefers-reduced-motion: no-preference) {
  [part='panel']:popover-open, [part='toast']:popover-open, [part='acknowledge']:popover-open { animation: appear 140ms ease-out; }
  .waiting > [part='skeleton'] { animation: breathe 1.4s ease-in-out infinite; }
  [part='footer'].busy [part='load-older']::before { animation: turn 900ms linear infinite; }
  @keyframes turn { to { rotate: 1turn; } }
  @keyframes appear { from { opacity: 0; translate: 0 -6px; } }
  @media (max-width: 480px) {
    [part='panel']:popover-open { animation-name: rise; }
    @keyframes rise { from { opacity: 0; translate: 0 40px; } }
  }
  @keyframes breathe { 50% { opacity: .3; } }
}
/* A small screen has no room beside the bell: the panel comes up from the bottom edge, in the thumb's reach.
   On a layer of its own: else Chromium leaves what it covered while it grew. */
@media (max-width: 480px) {
  [part='panel'] { inset: auto 0 0 !important; width: 100%; max-height: 85vh !important; max-height: 85dvh !important;
    border-width: 1px 0 0; border-end-start-radius: 0; border-end-end-radius: 0; padding-block-end: env(safe-area-inset-bottom); will-change: opacity; }
  [part='panel']::backdrop { background: rgb(0 0 0 / .4); }
  [part='tabs'] { gap: 0; padding-inline: 8px; }
  [part='selection'] { gap: 0; }
  /* A finger has no hover, and is wider than a pointer. */
  [part='toggle'], [part='more'], [part='filter-toggle'] { min-width: 36px; min-height: 36px; }
}
/* Of what is on paper nobody can open it. */
@media print { :host { display: none; } }
@media (forced-colors: active) {
  [part='badge'] { border: 1px solid; line-height: 17px; }
  [part='dot'], .unread [part='toggle']::before { background: Highlight; border-color: Highlight; forced-color-adjust: none; }
  .row.unread { border-inline-start: 4px solid Highlight; }
  /* Lines that are transparent otherwise would be seen, and grounds that differ are not. */
  [part~='tab'] { border-block-end-color: Canvas; }
  [part~='tab-chosen'] { border-block-end-color: Highlight; }
  .row.selected:not(:focus-visible) { outline: 2px dashed Highlight; outline-offset: -3px; }
  .row:hover, [part='menu-item']:hover, [part='button'][aria-expanded='true'] { outline: 1px solid; outline-offset: -2px; }
  [aria-disabled='true'] { color: GrayText; opacity: 1; }
}
`;

let sheet: CSSStyleSheet | undefined;

/** One sheet for all bells of a page. Constructed, so that it needs no `unsafe-inline` in a page's security policy. */
export function bellStyles(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css + preferencesCss);
  }
  return sheet;
}
