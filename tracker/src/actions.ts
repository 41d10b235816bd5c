/** What people do on a page: links that lead away, files they fetch, forms they send. */

const FILES =
  /\.(pdf|xlsx?|docx?|txt|rtf|csv|tsv|json|xml|epub|key|pages|numbers|od[tsp]|pp[st]x?|exe|msi|dmg|pkg|deb|rpm|apk|iso|7z|zip|rar|gz|tgz|tar|bz2|xz|avi|mov|mp4|mpe?g|webm|wmv|mid|mp3|ogg|wav|wma|flac)$/i;

export type Act = (name: string, props: Record<string, string>) => void;

/** Names the event of a link: a download, a way out, or nothing. */
export function linkEvent(link: HTMLAnchorElement): string | undefined {
  if (!/^https?:/.test(link.protocol)) return;
  if (link.hasAttribute('download') || FILES.test(link.pathname)) return 'File Download';
  if (link.host !== location.host) return 'Outbound Link: Click';
}

/** Reports clicks on links, by any mouse button that follows them, and forms that were sent. */
export function watchActions(act: Act): void {
  const click = (event: MouseEvent) => {
    if (event.button > 1) return;
    const link = (event.target as Element | null)?.closest?.<HTMLAnchorElement>('a[href]');
    const name = link && linkEvent(link);
    if (name) act(name, { url: link.href });
  };
  document.addEventListener('click', click, true);
  document.addEventListener('auxclick', click, true);
  document.addEventListener(
    'submit',
    ({ target }) => {
      const form = target as HTMLFormElement;
      const name = form.getAttribute('id') || form.getAttribute('name');
      act('Form: Submission', { path: location.pathname, ...(name && { form: name }) });
    },
    true,
  );
}
