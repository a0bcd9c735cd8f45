import { showTable } from '../rules/rule.js';
import type { CommandDefinition } from './command.js';
import { EXIT } from './exit-code.js';
import { columns, counted } from './output.js';

export const check: CommandDefinition = {
  name: 'check',
  summary: 'check the rules file alone, without a database',
  details: 'Names every mistake with its line and column. Whether tables and columns exist is asked by plan.',
  readsRules: true,
  prints: true,
  examples: [['belfry check --config rules/shop.yaml', 'says what is wrong with that file, if anything']],
  async run(context) {
    const { config, output } = context;
    const rules = (await context.rules()).map(({ rule }) => rule);
    const rows = rules.map(({ topic, table, on, audience }) => [topic, showTable(table), on.join(', '), audience.join(', ')]);
    output.result({ file: config.configFile, rules }, [
      ...columns(rows),
      output.paint('green', `${counted(rules.length, 'rule')}, no mistake`),
    ]);
    return EXIT.ok;
  },
};
