// Prints uap-core's rules for browsers and systems as JSON; argument: the folder with node_modules.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const packages = join(resolve(process.argv[2]), 'package.json');
const yaml = createRequire(packages)('yaml');
const rules = yaml.parse(readFileSync(join(process.argv[2], 'node_modules/uap-core/regexes.yaml'), 'utf8'));
// Device rules are most of the file and are not used.
console.log(JSON.stringify({ ...rules, device_parsers: [] }));
