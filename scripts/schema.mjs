// `npm run schema`: writes belfry.schema.json, which editors check belfry.yaml by, from the grammar in src/rules.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, setUp } from './setup.mjs';

await setUp();
const { JSON_SCHEMA_FILE, rulesJsonSchema } = await import(pathToFileURL(join(root, 'dist/rules/json-schema.js')).href);
writeFileSync(join(root, JSON_SCHEMA_FILE), `${JSON.stringify(rulesJsonSchema(), null, 2)}\n`);
