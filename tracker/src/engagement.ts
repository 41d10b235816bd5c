/** How long a page was visible and in focus, and how far down it was read. */

/** Engaged milliseconds since the last report, and the depth reached so far, in percent. */
export type Report = (url: string, engaged: number, depth: number) => void;

/** Shorter times wait for the next report, unless the page was read further. */
const WORTH_TELLING_MS = 1000;
/** When a page that a script put together has its height and place. */
const SETTLED_MS = 500;

/** Measures one page after the other; returns what starts the next one, after reporting the last. */
export function measureEngagement(report: Report): (url: string) => void {
  let page: string | undefined;
  let engaged = 0;
  let since = 0;
  let deepest = 0;
  let height = 0;
  let told = 0;

  const count = () => {
    const now = performance.now();
    if (since) engaged += now - since;
    since = document.visibilityState === 'visible' && document.hasFocus() ? now : 0;
  };
  const look = () => {
    deepest = Math.max(deepest, scrollY + innerHeight);
    height = Math.max(document.documentElement.scrollHeight, document.body?.scrollHeight || 0);
  };
  const tell = () => {
    count();
    const depth = height && Math.min(100, Math.round((deepest / height) * 100));
    if (page && (engaged >= WORTH_TELLING_MS || depth > told)) {
      report(page, Math.round(engaged), depth);
      engaged = 0;
      told = depth;
    }
  };
  const leave = () => {
    look();
    tell();
  };

  addEventListener('scroll', look, { passive: true });
  addEventListener('focus', count);
  addEventListener('blur', count);
  addEventListener('pagehide', leave);
  document.addEventListener('visibilitychange', () => (document.hidden ? leave() : count()));

  return (url) => {
    tell();
    page = url;
    engaged = deepest = height = told = 0;
    count();
    engaged = 0;
    setTimeout(look, SETTLED_MS);
  };
}
