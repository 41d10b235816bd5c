/** Names of other makers' clients, as their makers write them, by the word that the API has for them. */
export const PROTOCOLS: Record<string, string> = {
  amplitude: "Amplitude",
  countly: "Countly",
  customerio: "Customer.io",
  ga4: "Google Analytics 4",
  goatcounter: "GoatCounter",
  growthbook: "GrowthBook",
  jitsu: "Jitsu",
  matomo: "Matomo",
  mixpanel: "Mixpanel",
  openpanel: "OpenPanel",
  plausible: "Plausible",
  posthog: "PostHog",
  rudderstack: "RudderStack",
  rybbit: "Rybbit",
  segment: "Segment",
  snowplow: "Snowplow",
  umami: "Umami",
};

/** The name of a client whose key it is; Luotsi's own has no other maker. */
export const protocolName = (protocol: string): string =>
  PROTOCOLS[protocol] ?? (protocol === "luotsi" ? "Luotsi" : protocol);

/** The name of a client that sent something: Luotsi's own tag speaks as Plausible's does. */
export const senderName = (protocol: string): string =>
  protocol === "plausible" ? "luotsi.js, Plausible" : protocolName(protocol);
