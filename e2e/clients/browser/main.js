/** What every client in a browser is given; its own script is put behind this in one bundle. */

export const it = window.__scenario;
export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Goes to the second page without a load, as a shop of one page does. */
export function toDocs() {
  history.pushState({}, '', it.docsPath);
  document.title = 'Docs';
}

/** Tells the test that everything was handed over. */
export function run(scenario) {
  Promise.resolve()
    .then(scenario)
    .then(
      () => {
        window.__done = 'done';
      },
      (error) => {
        window.__done = String(error?.stack ?? error);
      },
    );
}
