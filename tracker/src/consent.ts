/** Whether the person may be recognised again, as the page says. Nothing is kept before it says so. */

const KEY = 'luotsi_id';

/** What the person agreed to; nothing before the page said it. */
let agreed: boolean | undefined;
/** The id, where storage is closed. */
let here: string | undefined;

const random = () =>
  [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join('');

/** `luotsi.consent('granted')` begins to recognise the browser, `'denied'` forgets it. */
export function consent(word: 'granted' | 'denied'): void {
  agreed = word === 'granted';
  try {
    if (agreed) here = localStorage[KEY] ||= random();
    else localStorage.removeItem(KEY);
  } catch {
    // Storage is closed: the page is recognised, the next one is not.
    here ||= random();
  }
  if (!agreed) here = undefined;
}

/** What is said of it with each event. An id is only kept of who agreed, until they refuse. */
export function recognised() {
  try {
    if (agreed === undefined && localStorage[KEY]) consent('granted');
  } catch {}
  return agreed === undefined ? {} : { vid: here, consent: { analytics: agreed } };
}
