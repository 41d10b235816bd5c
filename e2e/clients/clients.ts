/** Which clients there are, what each can say of the scenario, and how that must land. */

export interface Client {
  name: string;
  runs: 'node' | 'python' | 'browser';
  /** File of its script. */
  script: string;
  protocol: string;
  pageviews: number;
  /** Events besides page views, by name. */
  events: Record<string, number>;
  /** Money in euro; absent where the client cannot say it. */
  revenue?: number;
  /** Whether the first page's address with its campaign reaches the server. */
  campaign: boolean;
  /** A key of the shape that the client insists on. */
  key?: string;
  /** The site's key and secret as it was born with, instead of one that its tags carry. */
  born?: boolean;
}

const SHOP = { view_item: 1, purchase: 1, Tick: 25 };
const AMPLITUDE = { ...SHOP, revenue_amount: 1 };
const FULL = { pageviews: 2, revenue: 129.8, campaign: true };

export const CLIENTS: Client[] = [
  {
    name: '@segment/analytics-node',
    runs: 'node',
    script: 'segment',
    protocol: 'segment',
    ...FULL,
    events: SHOP,
  },
  {
    name: '@rudderstack/rudder-sdk-node',
    runs: 'node',
    script: 'rudderstack',
    protocol: 'rudderstack',
    ...FULL,
    events: SHOP,
  },
  {
    name: 'posthog-node',
    runs: 'node',
    script: 'posthog',
    protocol: 'posthog',
    ...FULL,
    events: SHOP,
  },
  { name: 'mixpanel', runs: 'node', script: 'mixpanel', protocol: 'mixpanel', ...FULL, events: SHOP },
  {
    name: '@amplitude/analytics-node',
    runs: 'node',
    script: 'amplitude',
    protocol: 'amplitude',
    ...FULL,
    events: AMPLITUDE,
  },
  {
    name: '@snowplow/node-tracker',
    runs: 'node',
    script: 'snowplow',
    protocol: 'snowplow',
    ...FULL,
    events: SHOP,
  },
  {
    name: 'matomo-tracker',
    runs: 'node',
    script: 'matomo',
    protocol: 'matomo',
    ...FULL,
    events: SHOP,
    key: '4711',
  },
  {
    name: '@umami/node',
    runs: 'node',
    script: 'umami',
    protocol: 'umami',
    ...FULL,
    events: SHOP,
    born: true,
  },
  {
    name: 'customerio-node',
    runs: 'node',
    script: 'customerio',
    protocol: 'customerio',
    ...FULL,
    events: SHOP,
    born: true,
  },
  {
    name: '@openpanel/sdk',
    runs: 'node',
    script: 'openpanel',
    protocol: 'openpanel',
    ...FULL,
    events: SHOP,
    born: true,
  },
  { name: '@rybbit/node', runs: 'node', script: 'rybbit', protocol: 'rybbit', ...FULL, events: SHOP },
  {
    name: 'segment-analytics-python',
    runs: 'python',
    script: 'segment',
    protocol: 'segment',
    ...FULL,
    events: SHOP,
  },
  {
    name: 'rudder-sdk-python',
    runs: 'python',
    script: 'rudderstack',
    protocol: 'rudderstack',
    ...FULL,
    events: SHOP,
  },
  {
    name: 'posthog (Python)',
    runs: 'python',
    script: 'posthog',
    protocol: 'posthog',
    ...FULL,
    events: SHOP,
  },
  {
    name: 'mixpanel (Python)',
    runs: 'python',
    script: 'mixpanel',
    protocol: 'mixpanel',
    ...FULL,
    events: SHOP,
  },
  {
    name: 'amplitude-analytics (Python)',
    runs: 'python',
    script: 'amplitude',
    protocol: 'amplitude',
    ...FULL,
    events: AMPLITUDE,
  },
  {
    name: 'snowplow-tracker (Python)',
    runs: 'python',
    script: 'snowplow',
    protocol: 'snowplow',
    ...FULL,
    events: SHOP,
  },
  {
    name: 'umami-analytics (Python)',
    runs: 'python',
    script: 'umami',
    protocol: 'umami',
    ...FULL,
    events: SHOP,
    born: true,
  },
  {
    name: 'ga4mp (Python)',
    runs: 'python',
    script: 'ga4mp',
    protocol: 'ga4',
    ...FULL,
    events: SHOP,
    born: true,
  },
  {
    name: '@segment/analytics-next',
    runs: 'browser',
    script: 'segment',
    protocol: 'segment',
    ...FULL,
    events: SHOP,
  },
  {
    name: '@rudderstack/analytics-js',
    runs: 'browser',
    script: 'rudderstack',
    protocol: 'rudderstack',
    ...FULL,
    events: SHOP,
    born: true,
  },
  {
    name: '@jitsu/js',
    runs: 'browser',
    script: 'jitsu',
    protocol: 'jitsu',
    ...FULL,
    events: SHOP,
    born: true,
  },
  { name: 'posthog-js', runs: 'browser', script: 'posthog', protocol: 'posthog', ...FULL, events: SHOP },
  {
    name: 'mixpanel-browser',
    runs: 'browser',
    script: 'mixpanel',
    protocol: 'mixpanel',
    ...FULL,
    events: SHOP,
  },
  {
    name: '@amplitude/analytics-browser',
    runs: 'browser',
    script: 'amplitude',
    protocol: 'amplitude',
    ...FULL,
    events: AMPLITUDE,
  },
  {
    name: '@snowplow/browser-tracker',
    runs: 'browser',
    script: 'snowplow',
    protocol: 'snowplow',
    ...FULL,
    events: SHOP,
  },
  {
    name: 'countly-sdk-web',
    runs: 'browser',
    script: 'countly',
    protocol: 'countly',
    ...FULL,
    events: { ...SHOP, '[CLY]_orientation': 1 },
  },
  {
    name: '@minimal-analytics/ga4',
    runs: 'browser',
    script: 'ga4',
    protocol: 'ga4',
    ...FULL,
    events: { purchase: 1, Tick: 25 },
    key: 'G-TEST123',
  },
  {
    name: '@openpanel/web',
    runs: 'browser',
    script: 'openpanel',
    protocol: 'openpanel',
    ...FULL,
    events: SHOP,
  },
  { name: '@rybbit/js', runs: 'browser', script: 'rybbit', protocol: 'rybbit', ...FULL, events: SHOP },
  {
    name: '@growthbook/growthbook',
    runs: 'browser',
    script: 'growthbook',
    protocol: 'growthbook',
    pageviews: 0,
    campaign: false,
    events: { 'Experiment Viewed': 1, view_item: 1, Tick: 25 },
  },
  {
    name: 'plausible-tracker',
    runs: 'browser',
    script: 'plausible-tracker',
    protocol: 'plausible',
    pageviews: 2,
    campaign: true,
    events: SHOP,
    born: true,
  },
  {
    name: '@plausible-analytics/tracker',
    runs: 'browser',
    script: 'plausible',
    protocol: 'plausible',
    ...FULL,
    events: SHOP,
    born: true,
  },
];
