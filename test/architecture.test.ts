import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** The stations on the data's way, and what serves them all: each may import itself and what stands to its left. */
const STATIONS = ['rules', 'publish', 'relay', 'journal', 'retention', 'inbox', 'stream'];
const SERVING = ['config', 'database', 'auth', 'ops'];
/** May import nothing of the rest. `embedded` brings up a PostgreSQL, `sample` is a business application. */
const ALONE = ['embedded', 'sample'];
/** Put the rest together, and nothing imports them: the files of src/ itself (no folder), and the command line over them. */
const ROOT = '';
const COMMAND_LINE = 'cli';

interface Import {
  from: string;
  to: string;
}

const isSource = (path: string): boolean => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.includes('generated');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((path) => path.split(sep).join('/'))
  .filter(isSource);
const imports = files.flatMap((from) => importsOf(from));

/** Every module that a file names, type imports and dynamic ones included. */
function namesIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(join(src, file), 'utf8'), ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      found.push((node.moduleSpecifier as ts.StringLiteral).text);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument && ts.isStringLiteral(argument)) found.push(argument.text);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      found.push((node.argument.literal as ts.StringLiteral).text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function importsOf(from: string): Import[] {
  return namesIn(from)
    .filter((name) => name.startsWith('.'))
    .map((name) => ({ from, to: relative(src, join(src, dirname(from), name)).split(sep).join('/').replace(/\.js$/, '.ts') }));
}

const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : ROOT);

function mayImport(from: string, to: string): boolean {
  if (from === to || from === COMMAND_LINE) return true;
  if (to === COMMAND_LINE) return false;
  if (from === ROOT) return true;
  if (ALONE.includes(from) || ALONE.includes(to)) return false;
  if (STATIONS.includes(from)) return SERVING.includes(to) || STATIONS.indexOf(to) < STATIONS.indexOf(from) && STATIONS.includes(to);
  return SERVING.includes(to) && SERVING.indexOf(to) < SERVING.indexOf(from);
}

/** Fails with the reason of the rule in front of what breaks it. */
function expectNone(why: string, offenders: string[]): void {
  if (offenders.length > 0) throw new Error(`${why}\n\n  ${offenders.join('\n  ')}\n`);
}

describe('the folders of src/', () => {
  it('are known, so that each has its place in the order', () => {
    const known = [...STATIONS, ...SERVING, ...ALONE, COMMAND_LINE, ROOT];
    expectNone(
      'A new folder needs a place on the way of the data (or beside it): add it to the lists in this test.',
      [...new Set(files.map(folderOf))].filter((folder) => !known.includes(folder)),
    );
  });

  it('import along the way of the data only', () => {
    expectNone(
      `The data take one way round: ${STATIONS.join(' → ')}. A station that imports from one further on ties the two ` +
        'together, and neither can be understood, tested or replaced alone; what serves all of them ' +
        `(${SERVING.join(' → ')}) knows none. The sample shop stands for somebody else's application, ` +
        'which knows nothing of Belfry.',
      imports
        .filter(({ from, to }) => !mayImport(folderOf(from), folderOf(to)))
        .map(({ from, to }) => `${from} imports ${to}`),
    );
  });

  it('have no import cycle', () => {
    expectNone(
      'In a cycle no file can be read first, and what a module sees of another depends on which one was loaded first.',
      cycles(),
    );
  });

  it('keep to the words: nothing is called utils or common', () => {
    expectNone(
      'A name says what a thing is in the words of the project; "utils" says nothing, and everything ends up in it.',
      files.filter((path) => /(^|\/)(utils?|common|helpers?|misc)(\/|\.)/.test(path)),
    );
  });

  it('read the environment in one place', () => {
    // embedded/environment.ts does not read settings: it decides what PostgreSQL's programs inherit.
    const allowed = ['config/config.ts', 'embedded/environment.ts'];
    expectNone(
      'Settings are read, checked and named wrong in one place, at start; a variable read elsewhere is found out late.',
      files.filter((path) => !allowed.includes(path) && readFileSync(join(src, path), 'utf8').includes('process.env')),
    );
  });

  it('put nothing into SQL but what is written in the program', () => {
    expectNone(
      'A value goes to PostgreSQL as a parameter, or a request could write SQL. Only what applies rules and migrations, from ' +
        "files of the operator's, makes SQL of names and expressions. A name in capitals is a constant of the file.",
      files.filter((path) => !MAKES_SQL.test(path)).flatMap((path) => sqlMadeIn(path).map((text) => `${path}: ${text}`)).filter((made) => !CONSTANT.includes(made)),
    );
    expect(sqlMadeIn('rules/trigger-sql.ts').length).toBeGreaterThan(0);
  });

  it('were found at all', () => {
    expect(files.length).toBeGreaterThan(40);
    expect(imports.length).toBeGreaterThan(files.length);
    expect(imports.filter(({ to }) => !files.includes(to) && !to.includes('generated'))).toEqual([]);
  });
});

/** May make SQL of names: of rules, of migrations' schemas, of the embedded database and the shop's own. */
const MAKES_SQL = /^(rules|embedded|sample|cli)\/|^database\/migrations\.ts$/;
/** Put into SQL, and one of a few constants of the file all the same. */
const CONSTANT = [
  'database/listener.ts: channel',
  'database/lock-holders.ts: which',
  // A number, and nothing else.
  'database/statements.ts: raw SQL through Prisma',
  'relay/outbox.ts: this.committedAt',
  'relay/outbox.ts: this.committedAt, this.committedAt',
  'retention/purge.repository.ts: isDue, select',
];
const SQL = /^\s*(select|insert into|update|delete from|with \w+ as|set|create|drop|alter|truncate|lock|listen|notify|prepare|call)\b/i;
const UNSAFE = /\$(query|execute)RawUnsafe|Prisma\.raw\b/;

/** Templates of SQL with anything in them but constants. Prisma's tagged ones send what is in them as parameters. */
function sqlMadeIn(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = UNSAFE.test(text) ? ['raw SQL through Prisma'] : [];
  const visit = (node: ts.Node): void => {
    if (ts.isTemplateExpression(node) && !ts.isTaggedTemplateExpression(node.parent) && isSql(node)) {
      const made = node.templateSpans.map(({ expression }) => expression.getText(source)).filter((put) => !/^[A-Z_]+$/.test(put));
      if (made.length > 0) found.push(made.join(', '));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Begins as a statement does, or with something put in and a clause behind it. */
function isSql({ head, templateSpans: [first] }: ts.TemplateExpression): boolean {
  return head.text.trim() === '' ? /^\s+(where|from|set|values|order by|returning)\b/i.test(first?.literal.text ?? '') : SQL.test(head.text);
}

/** Each cycle once, as the chain of its files. */
function cycles(): string[] {
  const next = new Map(files.map((file) => [file, imports.filter(({ from }) => from === file)]));
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (file: string, way: string[]): void => {
    if (way.includes(file)) found.push([...way.slice(way.indexOf(file)), file].join(' → '));
    if (done.has(file) || way.includes(file)) return;
    for (const { to } of next.get(file) ?? []) walk(to, [...way, file]);
    done.add(file);
  };
  files.forEach((file) => walk(file, []));
  return found;
}
