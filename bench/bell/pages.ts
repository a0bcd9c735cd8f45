/**
 * What both pages are measured with, as plain script: `watch` notes how long frames of a name take until what they change in an element is
 * on the screen, `scroll` and `jump` give the time between animation frames meanwhile. Put in before a page's own scripts. Unit: ms.
 */
export const WATCH = `{
  // A frame is received when the browser gives it to the page's scripts: until then both pages are served alike.
  const received = [];
  const listen = EventSource.prototype.addEventListener;
  EventSource.prototype.addEventListener = function (name, ...rest) {
    if (!this.isWatched) {
      this.isWatched = true;
      for (const event of ['counts', 'notifications']) listen.call(this, event, () => received.push({ event, at: performance.now() }));
    }
    return listen.call(this, name, ...rest);
  };
  // A task that an animation frame's callback asks for comes once the browser has gone on to draw.
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now());
    port2.postMessage(0);
  }));
  window.find = (selector) => (document.querySelector('belfry-bell')?.shadowRoot ?? document).querySelector(selector);
  const watching = {};
  window.watch = (event, selector) => {
    const times = [];
    watching[event]?.disconnect();
    watching[event] = new MutationObserver(() => {
      const frame = received.findLast((one) => one.event === event);
      if (!frame || frame.isTold) return;
      frame.isTold = true;
      painted().then((at) => times.push(at - frame.at));
    });
    watching[event].observe(find(selector), { childList: true, characterData: true, subtree: true });
    return times;
  };
  const gaps = (step) => new Promise((resolve) => {
    const found = [];
    let last;
    const next = (now) => {
      if (last !== undefined) found.push(now - last);
      last = now;
      if (step()) requestAnimationFrame(next);
      else resolve(found);
    };
    requestAnimationFrame(next);
  });
  window.rest = (frames) => gaps(() => --frames > 0);
  window.scroll = (selector, pixels, frames) => {
    const element = find(selector);
    element.scrollTop = 0;
    return gaps(() => {
      element.scrollTop += pixels;
      return --frames > 0 && element.scrollTop + element.clientHeight < element.scrollHeight - 1;
    });
  };
  // To places all over it; each has three frames, as a hand on the scrollbar gives it.
  window.jump = (selector, jumps) => {
    const element = find(selector);
    let nth = 0;
    return gaps(() => {
      if (nth % 3 === 0) element.scrollTop = element.scrollHeight * ((nth * 7919 % 1000) / 1000);
      return ++nth < jumps * 3;
    });
  };
}`;

/** The bell, in a page that has nothing else. */
export const BELL_PAGE = `<!doctype html><html lang="en"><title>bell</title><header style="text-align: end"><belfry-bell></belfry-bell></header>
<script type="module" src="/belfry.js"></script>
<script>
  const bell = document.querySelector('belfry-bell');
  // Down to its very first notification. @returns how many it holds then
  window.fill = async () => {
    while (bell.client.snapshot.loading !== undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    bell.client.pageSize = 100;
    while (bell.client.snapshot.hasOlder) await bell.client.loadOlder();
    return bell.items.length;
  };
</script>`;

/** The barest thing that shows a number and a list: text set on a frame, rows put in above a box as high as all the others would be. */
export const BARE_PAGE = `<!doctype html><html lang="en"><title>bare</title><b id="badge"></b>
<style>p, #rest { margin: 0; height: 84px; background: linear-gradient(#fff 83px, #ccc 83px) 0 0 / 100% 84px; }</style>
<div id="list" style="height: 500px; width: 400px; overflow-y: auto"><div id="rest"></div></div>
<script>
  const row = ({ title }) => Object.assign(document.createElement('p'), { textContent: title });
  window.fill = (count) => (find('#rest').style.height = 84 * count + 'px');
  window.connect = () => {
    window.source = new EventSource('/v1/stream');
    source.addEventListener('counts', ({ data }) => (find('#badge').textContent = JSON.parse(data).unread.count));
    source.addEventListener('notifications', ({ data }) => find('#list').prepend(...JSON.parse(data).map(row)));
    return new Promise((resolve) => source.addEventListener('ready', resolve)).then(() => undefined);
  };
</script>`;
