import { createdColumn } from './past-rows.js';
import type { Table } from './catalog.js';
import { quoteName } from './sql-quoting.js';

/** Columns by which people name a row, the best first. */
const NAMES = ['title', 'subject', 'name', 'full_name', 'display_name', 'label', 'number', 'reference', 'code', 'email', 'username', 'slug'];
/** Tables of programs rather than of people: what frameworks, queues and logs keep. */
const INTERNAL = /(^|_)(migrations?|schema_migrations|sessions?|tokens?|jobs?|queue|logs?|audit|cache|locks?|history|ar_internal_metadata|spatial_ref_sys|versions?|permissions?)$|^(django_|auth_|_prisma|flyway_|knex_|pg_|databasechangelog)/i;
/** Rules that are in force from the start; the rest stand there as comments. */
const ACTIVE = 3;
/** Rules that are written at all. */
const WRITTEN = 30;

/**
 * A rules file to start from: a rule for each table, those of the likeliest tables in force, the others as comments.
 * Addressed to a role, as what a table holds is not for everyone.
 */
export function starterRules(tables: readonly Table[], schemaFile: string): string {
  const sorted = tables.toSorted((a, b) => likelihood(b) - likelihood(a));
  const topics = new Set<string>();
  const isActive = (table: Table, at: number): boolean => at < ACTIVE && likelihood(table) > 0;
  const rules = sorted.slice(0, WRITTEN).map((table, at) => ruleOf(table, topics, isActive(table, at)));
  const left = sorted.slice(WRITTEN).map(({ schema, name }) => `${schema}.${name}`);
  return [
    `# yaml-language-server: $schema=${schemaFile}`,
    '# Which change of which table rings whose bell. docs/rules.md explains every key.',
    '# belfry check reads this file, belfry plan compares it with the database, belfry dry-run shows what it would have sent,',
    '# and belfry apply puts it in force. Take the # away where a rule is to be in force.',
    sorted.some(isActive) ? 'rules:' : 'rules: [] # take the [] away with the first # below',
    ...rules,
    ...(left.length > 0 ? [`  # There are ${left.length} more tables: ${left.slice(0, 20).join(', ')}${left.length > 20 ? ', …' : ''}`] : []),
    '',
  ].join('\n');
}

/** Above 0: people would want to hear of it. */
function likelihood(table: Table): number {
  if (INTERNAL.test(table.name) || table.key.length === 0) return 0;
  const links = table.columns.filter(({ name }) => /_id$/i.test(name)).length;
  // Two ids and nothing else: which row belongs to which.
  if (table.key.length > 1 || table.columns.length - links < 2) return 0;
  return 1 + (createdColumn(table) === null ? 0 : 2) + (statusOf(table) === undefined ? 0 : 2) + (nameOf(table) === undefined ? 0 : 1);
}

function ruleOf(table: Table, topics: Set<string>, active: boolean): string {
  const word = topicWord(table.name);
  const label = nameOf(table);
  const key = table.key.map((column) => output('row', column)).join('-');
  const shown = label === undefined ? key : output('row', label);
  const written = `${plain(table.schema)}.${plain(table.name)}`;
  const lines = [
    `  # ${oneLine(`columns: ${table.columns.map(({ name, type }) => `${name} ${type}`).join(', ')}`)}`,
    `  - topic: ${unique(topics, `${word}.created`)}`,
    `    table: ${yamlText(written)}`,
    '    on: insert',
    '    audience: [role:admin] # everyone, role:<name> or user:<id>',
    `    title: ${yamlText(`New in ${oneLine(table.name)}${shown === '' ? '' : `: ${shown}`}`)}`,
  ];
  const status = statusOf(table);
  if (status !== undefined) {
    lines.push(
      `  # - topic: ${unique(topics, `${word}.changed`)}`,
      `  #   table: ${yamlText(written)}`,
      '  #   on: update',
      `  #   columns: [${yamlText(status)}] # only when it really changed`,
      '  #   audience: [role:admin]',
      `  #   title: ${yamlText(`${oneLine(table.name)} ${shown}: ${output('old', status)} → ${output('row', status)}`)}`,
    );
  }
  return lines.map((line) => (active || line.startsWith('  #') ? line : `  # ${line.slice(2)}`)).join('\n');
}

function nameOf({ columns }: Table): string | undefined {
  const byName = new Map(columns.map(({ name }) => [name.toLowerCase().replaceAll(' ', '_'), name]));
  return NAMES.map((wanted) => byName.get(wanted)).find((name) => name !== undefined);
}

function statusOf({ columns }: Table): string | undefined {
  return columns.find(({ name }) => /^(status|state)$/i.test(name))?.name;
}

/** `{{ row.id }}`, or `{{ row["Odd Name"] }}` where Liquid would not take it for a name. */
function output(root: string, column: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(column)) return `{{ ${root}.${column} }}`;
  return column.includes('"') ? `{{ ${root}['${column}'] }}` : `{{ ${root}["${column}"] }}`;
}

/** As SQL needs it: in quotes only where it would be folded otherwise. */
function plain(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : quoteName(name);
}

function topicWord(table: string): string {
  const words = table.normalize('NFKD').replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase().replaceAll('ß', 'ss').replace(/[^a-z0-9]+/g, '_').replace(/^[_0-9]+|_+$/g, '');
  return (words === '' ? 'row' : words.replace(/([^s])s$/, '$1')).slice(0, 36);
}

function unique(topics: Set<string>, topic: string): string {
  let found = topic;
  for (let at = 2; topics.has(found); at++) found = topic.replace('.', `_${at}.`);
  topics.add(found);
  return found;
}

const yamlText = (text: string): string => (/^[a-z_][a-z0-9_.$]*$/.test(text) ? text : JSON.stringify(text));
const oneLine = (text: string): string => text.replace(/\s+/g, ' ');
