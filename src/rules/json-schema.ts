import { z } from 'zod';
import { bulk } from './bulk-schema.js';
import { on, resolvingOn, rulesFileSchema } from './rule-schema.js';

/** Where it is kept, below the checkout's root; a rules file names it in its first line. */
export const JSON_SCHEMA_FILE = 'belfry.schema.json';

/**
 * The grammar of `belfry.yaml` as a JSON schema, for editors. Draft 7, which the YAML language server knows best.
 * What JSON schema can't say (templates, tables that exist) is left to `belfry check` and `belfry plan`.
 */
export function rulesJsonSchema(): object {
  const { $schema, ...rest } = z.toJSONSchema(rulesFileSchema, {
    target: 'draft-7',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      // zod leaves out the examples of what is read in another form than it is written.
      const examples = z.globalRegistry.get(zodSchema)?.examples;
      if (examples !== undefined) Object.assign(jsonSchema, { examples });
      if (zodSchema === bulk) {
        const { description, examples: shown, ...mapping } = jsonSchema;
        for (const key of Object.keys(mapping)) Reflect.deleteProperty(jsonSchema, key);
        Object.assign(jsonSchema, { description, examples: shown, anyOf: [mapping.properties?.over, mapping] });
      }
      if (zodSchema !== on && zodSchema !== resolvingOn) return;
      const { type, minItems, items } = jsonSchema;
      for (const key of ['type', 'minItems', 'items'] as const) Reflect.deleteProperty(jsonSchema, key);
      Object.assign(jsonSchema, { anyOf: [items, { type, minItems, items }] });
    },
  });
  return { $schema, title: 'Belfry rules', description: 'Which change of which table becomes which notification, for whom.', ...rest };
}
