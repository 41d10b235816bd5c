/** A quarter of invented but fixed traffic, so that charts and goals have a past. */

const SOURCES = ['', '', '', 'https://www.google.com/', 'https://www.google.com/', 'https://duckduckgo.com/'];
const CAMPAIGNS = ['', '', '', '?utm_source=newsletter&utm_medium=email&utm_campaign=autumn'];
const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
];
// Of FUNET, of a Swedish and of a German university.
const ADDRESSES = ['193.166.3.2', '130.237.28.40', '141.84.44.10'];
const PAGES = ['/shoes', '/hats', '/about'];
const DAY = 86_400_000;

/** Events of the `days` before `now`: each day some visits of a view or three, some with an order. */
export function history(domain: string, now: number, days: number): object[] {
  const events: object[] = [];
  for (let day = days; day >= 0; day--) {
    const weekend = [0, 6].includes(new Date(now - day * DAY).getUTCDay());
    const visits = 6 + (days - day) / 12 - (weekend ? 3 : 0) + (day % 4);
    for (let visit = 0; visit < visits; visit++) {
      const n = day * 31 + visit * 7;
      // Spread over the day, and never later than now.
      const start = now - day * DAY - ((visit * 37 + day * 11) % 600) * 60_000 - 600_000;
      const who = {
        d: domain,
        visitor_id: `visitor-${n % 600}`,
        ip: ADDRESSES[n % 3],
        user_agent: AGENTS[(n >> 1) % 3],
      };
      const at = (seconds: number) => new Date(start + seconds * 1000).toISOString();
      const query = CAMPAIGNS[n % 4];
      events.push({ ...who, n: 'pageview', u: `https://${domain}/${query}`, r: SOURCES[n % 6], t: at(0) });
      if (n % 3 === 0) continue;
      events.push({ ...who, n: 'pageview', u: `https://${domain}${PAGES[n % 3]}`, t: at(40) });
      if (n % 5 !== 0) continue;
      const revenue = { amount: 20 + (n % 80), currency: 'EUR' };
      events.push({ ...who, n: 'pageview', u: `https://${domain}/thank-you`, t: at(160) });
      events.push({ ...who, n: 'Purchase', u: `https://${domain}/thank-you`, t: at(161), $: revenue });
    }
  }
  return events;
}
