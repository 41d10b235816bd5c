/** Clicks on links that lead away or fetch a file, where the page wants them measured. */

import { linkEvent } from '../actions';

/** What a link is to Matomo: `link` away, `download`, or nothing. */
export function linkKind(link: HTMLAnchorElement, domains: string[]): 'link' | 'download' | undefined {
  const marked = (...words: string[]) =>
    words.some((word) => ['matomo', 'piwik'].some((by) => link.classList.contains(`${by}_${word}`)));
  if (marked('ignore')) return;
  if (marked('download')) return 'download';
  if (marked('link')) return 'link';
  const own = domains.some((domain) => {
    const name = domain.replace(/^\*?\./, '').replace(/\/.*$/, '');
    return link.hostname === name || link.hostname.endsWith(`.${name}`);
  });
  const event = linkEvent(link);
  if (event === 'File Download') return 'download';
  return event && !own ? 'link' : undefined;
}

/** Reports clicks by the buttons that follow a link. */
export function watchLinks(domains: () => string[], act: (url: string, kind: string) => void): void {
  const click = ({ button, target }: MouseEvent) => {
    const link = (target as Element | null)?.closest?.<HTMLAnchorElement>('a[href]');
    const kind = link && button < 2 && linkKind(link, domains());
    if (link && kind) act(link.href, kind);
  };
  document.addEventListener('click', click, true);
  document.addEventListener('auxclick', click, true);
}
