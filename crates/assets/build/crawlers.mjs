// Prints patterns of crawlers' user agents as JSON; argument: the folder with node_modules.
//
// crawler-user-agents lists crawlers one by one and says which gather pages for models; isbot lists what
// crawlers have in common. Patterns that look around themselves are left out: the server's engine has no such.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = resolve(process.argv[2]);
const require = createRequire(join(folder, 'package.json'));
const listed = JSON.parse(
  readFileSync(join(folder, 'node_modules/crawler-user-agents/crawler-user-agents.json'), 'utf8'),
);
const { list: common } = await import(pathToFileURL(require.resolve('isbot')).href);

// People look at pages inside these programs: the list has them because they also fetch previews.
const people = /AP3A|MetaIAB|Instagram|FBAN|FBAV|FB_IAB/;
const looksAround = /\(\?<?[=!]/;
const usable = (pattern) => !looksAround.test(pattern) && !people.test(pattern);
// A hyphen after a class of characters is only a hyphen; the server's engine wants it escaped.
const plain = (pattern) => pattern.replace(/(\\[dsw])-/g, '$1\\-');
const is = (tag) => (crawler) => crawler.tags?.includes(tag);

const patterns = (crawlers) => crawlers.map((crawler) => crawler.pattern).filter(usable).map(plain);
console.log(
  JSON.stringify({
    crawlers: [...patterns(listed), ...common.filter(usable).map(plain)],
    ai_crawlers: patterns(listed.filter(is('ai-crawler'))),
  }),
);
