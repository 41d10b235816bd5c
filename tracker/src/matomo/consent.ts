/** What the page may keep and send: Matomo's words for consent, in Matomo's cookies. */

const MONTHS_13 = 33_955_200;
/** The person agreed for longer than this page, or took it back. */
const AGREED = 'mtm_consent';
const REFUSED = 'mtm_consent_removed';
const COOKIES = 'mtm_cookie_consent';

export const cookie = (name: string): string | undefined =>
  document.cookie
    .split('; ')
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1);

export function setCookie(name: string, value: string, seconds = MONTHS_13): void {
  const secure = location.protocol === 'https:' ? ';secure' : '';
  // biome-ignore lint/suspicious/noDocumentCookie: the newer way needs https and a promise.
  document.cookie = `${name}=${value};max-age=${seconds};path=/;samesite=lax${secure}`;
}

const now = () => `${Date.now()}`;

export interface Consent {
  /** Whether requests may leave now. */
  mayMeasure(): boolean;
  /** Whether an id may be kept in the browser. */
  mayKeep(): boolean;
  /** The page's words. */
  calls: Record<string, (...rest: unknown[]) => unknown>;
}

/** The consent of one tracker; `agreed` is called when requests may leave that could not before. */
export function startConsent(agreed: () => void): Consent {
  let asks = false;
  let given = false;
  let cookies = true;
  let heedsDoNotTrack = false;
  const give = () => {
    given = true;
    setCookie(REFUSED, '', 0);
    agreed();
  };
  const refuse = () => {
    asks = true;
    given = false;
    setCookie(AGREED, '', 0);
    setCookie(REFUSED, now());
  };
  const hasGiven = () => (given || !!cookie(AGREED)) && !cookie(REFUSED);
  return {
    mayMeasure: () =>
      !(heedsDoNotTrack && navigator.doNotTrack === '1') && (asks ? hasGiven() : !cookie(REFUSED)),
    mayKeep: () => cookies || !!cookie(COOKIES),
    calls: {
      requireConsent() {
        asks = true;
      },
      setConsentGiven: give,
      rememberConsentGiven(hours) {
        setCookie(AGREED, now(), hours ? Number(hours) * 3600 : undefined);
        give();
      },
      forgetConsentGiven: refuse,
      hasConsent: hasGiven,
      hasRememberedConsent: () => !!cookie(AGREED),
      getRememberedConsent: () => cookie(AGREED),
      isConsentRequired: () => asks,
      optUserOut: refuse,
      forgetUserOptOut: give,
      isUserOptedOut: () => !!cookie(REFUSED),
      requireCookieConsent() {
        cookies = false;
      },
      setCookieConsentGiven() {
        cookies = true;
      },
      rememberCookieConsentGiven(hours) {
        setCookie(COOKIES, now(), hours ? Number(hours) * 3600 : undefined);
        cookies = true;
      },
      forgetCookieConsentGiven() {
        setCookie(COOKIES, '', 0);
        cookies = false;
      },
      disableCookies() {
        cookies = false;
      },
      enableCookies() {
        cookies = true;
      },
      setDoNotTrack(heeds) {
        heedsDoNotTrack = !!heeds;
      },
    },
  };
}
