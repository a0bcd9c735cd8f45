import { make, setText } from '../bell/elements.js';
import type { BelfryBell } from '../bell/bell.js';
import type { Metrics } from '../core/wire.js';
import { Away } from './away.js';
import { busyDay } from './busy-day.js';
import { Looks } from './looks.js';
import { metricsStrip } from './metrics-strip.js';
import { RulesPage } from './rules-page.js';
import { ask, type Admin } from './shop.js';
import { Tables, type TableName } from './tables.js';

function find(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}.`);
  return element;
}

let me: Admin | undefined;
const message = find('message');
const tables = new Tables(() => me?.user ?? '');
const metrics = metricsStrip(find('metrics'));
const busy = busyDay(find('busy'), complain);
const rules = new RulesPage(find('rule-list'), complain);
const looks = new Looks(find('looks'));
let bell: BelfryBell | undefined;
const away = new Away(find('away') as HTMLButtonElement, find('away-told'), () => bell, complain);

function complain(error: unknown): void {
  setText(message, error instanceof Error ? error.message : String(error));
  message.hidden = false;
}

/** Shows the office to who is signed in, else the way in. */
async function begin(): Promise<void> {
  me = await ask<Admin>('GET', '/sample/me');
  find('sign-in').hidden = me !== undefined;
  for (const id of ['who', 'pages', 'looks']) find(id).hidden = me === undefined;
  find('bell-place').replaceChildren();
  message.hidden = true;
  metrics.clear();
  away.begin();
  if (!me) {
    bell = undefined;
    showPage();
    tables.stop();
    await offerSignIn();
    return;
  }
  setText(find('who-name'), me.name);
  setText(find('who-roles'), me.roles.join(', '));
  bell = newBell();
  looks.dress(bell);
  find('bell-place').append(bell);
  showPage();
  await Promise.all([tables.refresh(), busy.refresh()]);
  tables.start();
  pointFromAddress();
}

/** The one of the pages that the address names. */
function showPage(): void {
  const isRules = location.pathname === '/rules';
  find('office').hidden = me === undefined || isRules;
  find('rules').hidden = me === undefined || !isRules;
  if (me && isRules) rules.start();
  else rules.stop();
  for (const link of find('pages').querySelectorAll('a')) {
    if ((link.pathname === '/rules') === isRules) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

function goWhereTheAddressSays(): void {
  showPage();
  pointFromAddress();
}

function newBell(): BelfryBell {
  const element = document.createElement('belfry-bell');
  element.setAttribute('metrics', '');
  element.setAttribute('favicon-badge', '');
  element.addEventListener('belfry-notification', () => tables.soon());
  element.addEventListener('belfry-metrics', (event) => metrics.show((event as CustomEvent<Metrics>).detail));
  element.addEventListener('belfry-status', (event) => {
    const { status } = (event as CustomEvent<{ status: string }>).detail;
    if (status === 'live') away.onLive();
    else metrics.show(undefined);
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
  message.hidden = true;
  goWhereTheAddressSays();
});
window.addEventListener('popstate', goWhereTheAddressSays);
find('sign-out').addEventListener('click', () => {
  ask('POST', '/sample/sign-out').then(begin).catch(complain);
});

begin().catch(complain);
