// Tells whether the dependencies and the build in this checkout belong to its files.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What the build is made of. */
const SOURCES = [
  'src', 'client', 'prisma', 'prisma.config.ts', 'tsconfig.json', 'tsconfig.build.json', 'package.json',
  'package-lock.json', 'scripts/build-client.mjs', 'scripts/generate.mjs',
];
/** Made by the build, or no part of it. */
const IGNORED = /(^|\/)(generated|node_modules)$|\.(spec|test)\.ts$/;

/** Of the lock file and of the machine: native packages are one platform's. */
export function dependenciesFingerprint(root) {
  return hash((add) => add('package-lock.json', readFileSync(join(root, 'package-lock.json'))));
}

export function sourcesFingerprint(root) {
  return hash((add) => {
    for (const source of SOURCES) visit(root, source, add);
  });
}

function visit(root, path, add) {
  const full = join(root, path);
  if (IGNORED.test(path) || !existsSync(full)) return;
  if (statSync(full).isDirectory()) for (const name of readdirSync(full).sort()) visit(root, `${path}/${name}`, add);
  else add(path, readFileSync(full));
}

function hash(feed) {
  const sum = createHash('sha256').update(`${process.platform} ${process.arch} ${process.versions.modules}\0`);
  feed((path, content) => sum.update(`${path}\0${content.length}\0`).update(content));
  return sum.digest('hex');
}

/**
 * True when npm has installed just what the lock file says, whoever called it: npm writes the list of what is there
 * into node_modules as its last step. Packages of other platforms are missing, and rightly so.
 */
export function isInstalled(root) {
  const list = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(list)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(list, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    const found = present[path]?.version;
    return path === '' || found === entry.version || (found === undefined && mayBeMissing(entry));
  });
}

function mayBeMissing({ optional, os, cpu, libc }) {
  const isForHere = os?.includes(process.platform) && (cpu?.includes(process.arch) ?? true) && libc === undefined;
  return optional === true && !isForHere;
}
