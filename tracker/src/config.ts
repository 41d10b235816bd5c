/** What the script tag says: how this page is measured. */

export interface Config {
  /** Address that events are sent to. */
  api: string;
  /** The site's domain, or several with commas. */
  domain: string;
  /** The site routes by the fragment: `/#/pricing`. */
  hash: boolean;
  /** Page views are sent by the page itself. */
  manual: boolean;
  /** Pages on this machine are measured too. */
  local: boolean;
  /** Properties of every event of a name. */
  props?: (name: string) => Props;
  /** Whether nothing is sent of the page that is open. */
  ignored?: () => boolean;
}

export type Props = Record<string, string | number | boolean>;

/** Reads `data-domain`, `data-api`, `data-hash`, `data-manual` and `data-local`. */
export function readConfig({ dataset, src }: HTMLScriptElement): Config {
  return {
    api: dataset.api || new URL('/api/event', src).href,
    domain: dataset.domain || location.hostname.replace(/^www\./, ''),
    hash: 'hash' in dataset,
    manual: 'manual' in dataset,
    local: 'local' in dataset,
  };
}

/** Whether nothing is sent: the person opted out, or the page is on a developer's machine or left out. */
export function isIgnored({ local, ignored }: Config): boolean {
  try {
    if ([localStorage.luotsi_ignore, localStorage.plausible_ignore].includes('true')) return true;
  } catch {
    // Storage is closed to this page, so nobody opted out in it.
  }
  return ignored?.() || (!local && /^(.*\.?localhost|127(\.\d+){3}|\[::1\]|)$/.test(location.hostname));
}
