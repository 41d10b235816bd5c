/** Events that a page's markup names: classes such as `plausible-event-name=Sign+Up`. */

import type { Options } from '../tracker';

const TAGGED = '[class*="plausible-event-name"]';

/** What an element's classes say; nothing without a name. */
export function tagOf({ classList }: Element): [string, Options] | undefined {
  const said: Record<string, Record<string, string>> = { event: {}, revenue: {} };
  for (const word of classList) {
    const [, about, key, value] = /^plausible-(event|revenue)-(.+?)(?:=|--)(.+)$/.exec(word) || [];
    if (about && key && value) (said[about] as Record<string, string>)[key] = value.replace(/\+/g, ' ');
  }
  const { name, ...props } = said.event as Record<string, string>;
  const { amount, currency } = said.revenue as Record<string, string>;
  if (!name) return;
  return [name, { props, ...(amount && currency && { revenue: { amount, currency } }) }];
}

/** Reports clicks on what is tagged, and tagged forms that are sent. */
export function watchTagged(track: (name: string, options: Options) => void): void {
  const tell = (element: Element | null | undefined) => {
    const [name, options] = (element && tagOf(element)) || [];
    const link = element?.closest<HTMLAnchorElement>('a[href]');
    if (name && options)
      track(name, { ...options, props: { ...(link && { url: link.href }), ...options.props } });
  };
  const click = ({ button, target }: MouseEvent) => {
    const element = (target as Element | null)?.closest?.(TAGGED);
    if (button < 2 && element?.tagName !== 'FORM') tell(element);
  };
  document.addEventListener('click', click, true);
  document.addEventListener('auxclick', click, true);
  document.addEventListener('submit', ({ target }) => tell((target as Element).closest(TAGGED)), true);
}
