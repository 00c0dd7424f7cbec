/** Takes the place of the reload that a live page asks of browsers without scripts: what is open and in focus stays. */
export const LIVE_SCRIPT = `
(() => {
  if (document.documentElement.dataset.live !== 'on') return;
  const EVERY_MILLIS = 2000;
  const state = document.getElementById('live');
  const main = () => document.querySelector('main');
  const details = () => [...main().querySelectorAll('details')];
  const refresh = async () => {
    if (document.hidden || !getSelection().isCollapsed || main().contains(document.activeElement)) return;
    const answer = await fetch(location.href);
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const open = new Set(details().filter((one) => one.open).map((one) => one.id));
    const scrolled = [...main().querySelectorAll('.scroll')].map((one) => one.scrollLeft);
    main().replaceWith(next.querySelector('main'));
    document.querySelector('nav').replaceWith(next.querySelector('nav'));
    for (const one of details()) one.open = one.open || open.has(one.id);
    main().querySelectorAll('.scroll').forEach((one, index) => { one.scrollLeft = scrolled[index] ?? 0; });
  };
  const again = () => setTimeout(() => {
    refresh().then(() => { state.textContent = ''; }, () => { state.textContent = 'The local cloud does not answer.'; }).then(again);
  }, EVERY_MILLIS);
  again();
})();
`;
