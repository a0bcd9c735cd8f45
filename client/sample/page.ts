import { make, setText } from '../bell/elements.js';
import type { BelfryBell } from '../bell/bell.js';
import type { Metrics } from '../core/wire.js';
import { busyDay } from './busy-day.js';
import { metricsStrip } from './metrics-strip.js';
import { ask, type Admin } from './shop.js';
import { themeSwitch } from './theme-switch.js';
import { Tables, type TableName } from './tables.js';

function find(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}.`);
  return element;
}

let me: Admin | undefined;
const message = find('message');
const tables = new Tables(() => me?.user ?? '');
const showMetrics = metricsStrip(find('metrics'));
const busy = busyDay(find('busy'), complain);

function complain(error: unknown): void {
  setText(message, error instanceof Error ? error.message : String(error));
  message.hidden = false;
}

/** Shows the office to who is signed in, else the way in. */
async function begin(): Promise<void> {
  me = await ask<Admin>('GET', '/sample/me');
  find('sign-in').hidden = me !== undefined;
  for (const id of ['office', 'who']) find(id).hidden = me === undefined;
  find('bell-place').replaceChildren();
  message.hidden = true;
  showMetrics(undefined);
  if (!me) {
    tables.stop();
    await offerSignIn();
    return;
  }
  setText(find('who-name'), me.name);
  setText(find('who-roles'), me.roles.join(', '));
  find('bell-place').append(bell());
  await Promise.all([tables.refresh(), busy.refresh()]);
  tables.start();
  pointFromAddress();
}

function bell(): BelfryBell {
  const element = document.createElement('belfry-bell');
  element.setAttribute('metrics', '');
  element.addEventListener('belfry-notification', () => tables.soon());
  element.addEventListener('belfry-metrics', (event) => showMetrics((event as CustomEvent<Metrics>).detail));
  element.addEventListener('belfry-status', (event) => {
    const { status } = (event as CustomEvent<{ status: string }>).detail;
    if (status !== 'live') showMetrics(undefined);
    if (status === 'signed-out') begin().catch(complain);
  });
  return element;
}

async function offerSignIn(): Promise<void> {
  const admins = (await ask<Admin[]>('GET', '/sample/admins')) ?? [];
  find('admins').replaceChildren(...admins.map(({ user, name, roles }) => {
    const button = make('button', { attributes: { type: 'button' } },
      make('strong', { text: name }), make('span', { text: roles.join(', ') }));
    button.addEventListener('click', () => {
      ask('POST', '/sample/sign-in', { user }).then(begin).catch(complain);
    });
    return button;
  }));
}

/** Where a notification's link leads: its row. */
function pointFromAddress(): void {
  const [, table, id] = /^\/(orders|tickets|comments)\/(\d+)$/.exec(location.pathname) ?? [];
  if (table === undefined || id === undefined) return;
  message.hidden = tables.point(table as TableName, id);
  setText(message, `No. ${id} is not among the newest ${table} any more.`);
}

document.addEventListener('click', (event) => {
  const [target] = event.composedPath();
  const button = target instanceof Element ? target.closest<HTMLButtonElement>('button[data-post]') : null;
  if (button) {
    const { post = '', body = '{}' } = button.dataset;
    message.hidden = true;
    ask('POST', `/shop/${post}`, JSON.parse(body)).catch(complain).finally(() => void tables.refresh());
  }
  const link = target instanceof HTMLAnchorElement ? target : undefined;
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || link.origin !== location.origin || event.defaultPrevented) return;
  // The back office is one page: go there without leaving it.
  event.preventDefault();
  history.pushState(undefined, '', link.href);
  pointFromAddress();
});
window.addEventListener('popstate', pointFromAddress);
find('sign-out').addEventListener('click', () => {
  ask('POST', '/sample/sign-out').then(begin).catch(complain);
});
themeSwitch(find('theme'));

begin().catch(complain);
