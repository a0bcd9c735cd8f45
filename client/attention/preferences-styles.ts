/** Styles of the view for preferences; they go into the bell's own sheet. */
export const preferencesCss = `
[part='settings-button'] { grid-column: 4; display: grid; place-items: center; flex: none; width: 30px; height: 30px; padding: 0; border-radius: 7px; color: var(--_muted); }
[part='settings-button']:hover, [part='settings-button'][aria-expanded='true'] { color: var(--_text); background: var(--_hover); }
[part='settings-button'] > svg { width: 18px; height: 18px; }
[part='settings'] { display: grid; gap: 10px; min-height: 0; padding: 14px 16px 16px; overflow-y: auto; overscroll-behavior: contain; }
/* In place of the list and all that belongs to it. */
[part='settings']:not([hidden]) ~ * { display: none !important; }
[part='settings'] h3 { margin: 0; font-size: 1em; font-weight: 650; }
[part='settings'] label { display: flex; align-items: center; justify-content: space-between; gap: 12px; min-height: 28px; }
[part='settings'] label.check { justify-content: start; gap: 9px; cursor: pointer; overflow-wrap: anywhere; }
[part='settings'] label.time { padding-inline-start: 25px; }
[part='settings'] input[type='checkbox'] { flex: none; width: 16px; height: 16px; margin: 0; accent-color: var(--_accent); }
[part='settings'] :is(select, input[type='time']) { padding: 4px 6px; border: 1px solid var(--_border); border-radius: 7px; font: inherit;
  color: inherit; background: var(--_surface); }
[part='settings'] fieldset { margin: 0; padding: 0; border: 0; }
[part='settings'] legend { padding: 0; color: var(--_muted); }
[part='settings-note'] { color: var(--_critical); }
[part='settings-note']:empty { display: none; }
[part='settings-done'] { justify-self: end; padding: 6px 14px; border: 1px solid var(--_border); border-radius: 7px; color: var(--_accent); font-weight: 600; }
[part='settings-done']:hover { background: var(--_hover); }
`;
