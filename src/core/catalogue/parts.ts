/**
 * Catalogue: the filters and actions of a configuration folder, and under it those that ship.
 *
 * A folder of f2b's own stands on what ships anyway; under one of fail2ban's the package's files can be read about, but a
 * jail there does not find them (`inForce`). Files that only hold parts for others (`common`, `…-common`) are not listed.
 * For a list only the heads of files are read.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { partNames } from '../config/check/part-names.js';
import { isFile, listFolder } from '../config/files.js';
import { ConfigFolder } from '../config/index.js';
import { ProblemLog } from '../config/problems.js';
import { readTree } from '../config/read-tree.js';
import type { ConfigTree } from '../config/tree.js';
import { type Header, readHeader } from './header.js';

export type PartKind = 'filter' | 'action';

export interface Part {
  readonly kind: PartKind;
  readonly name: string;
  /** The first of its files. */
  readonly file: string;
  readonly header: Header;
  /** False for what ships but is out of reach of the folder's jails. */
  readonly inForce: boolean;
  /** Where it was found. */
  readonly folder: ConfigFolder;
}

/** What one can look into, nearest first: the folder, and for one of fail2ban's the package. */
export function placesOf(folder: ConfigFolder, packageDir: string | undefined): ConfigFolder[] {
  if (folder.ours || packageDir === undefined) return [folder];
  return [folder, new ConfigFolder(packageDir, packageDir)];
}

export function listParts(places: readonly ConfigFolder[], kind: PartKind): Part[] {
  const found = new Map<string, Part>();
  for (const folder of places) {
    for (const name of namesIn(folder, kind)) {
      const part = found.has(name)
        ? undefined
        : partIn(folder, { kind, name, inForce: folder === places[0] });
      if (part) found.set(name, described(part, places));
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Sorted; no file is read. */
export function partNamesIn(places: readonly ConfigFolder[], kind: PartKind): string[] {
  return [...new Set(places.flatMap((folder) => namesIn(folder, kind)))].sort();
}

export function findPart(places: readonly ConfigFolder[], kind: PartKind, name: string): Part | undefined {
  for (const folder of places) {
    if (!namesIn(folder, kind).includes(name)) continue;
    const part = partIn(folder, { kind, name, inForce: folder === places[0] });
    return part && described(part, places);
  }
  return undefined;
}

/** A name means the same everywhere: what says nothing of itself is called what ours by that name is. */
function described(part: Part, places: readonly ConfigFolder[]): Part {
  if (part.header.title !== '') return part;
  const files = places.flatMap((folder) => filesOf(folder, part.kind, part.name));
  const title = files.map((file) => headOf(file).title).find((each) => each !== '');
  return title === undefined ? part : { ...part, header: { ...part.header, title } };
}

/** Parts for other files and, of actions, plug-ins by their whole name. */
function namesIn(folder: ConfigFolder, kind: PartKind): string[] {
  const names = partNames(folder, kind).filter((name) => !/(?:^|-)common$/.test(name));
  if (kind === 'filter') return names;
  return [
    ...names,
    ...folder
      .actionDirs()
      .flatMap(listFolder)
      .filter((name) => name.endsWith('.py')),
  ];
}

function partIn(
  folder: ConfigFolder,
  { kind, name, inForce }: Pick<Part, 'kind' | 'name' | 'inForce'>,
): Part | undefined {
  const files = name.endsWith('.py') ? pluginFiles(folder, name) : filesOf(folder, kind, name);
  const heads = files.map(headOf);
  // A `.local` rarely says what it is; the file that it changes does.
  const header = heads.find(({ title }) => title !== '') ?? heads[0];
  const file = files[0];
  return header && file !== undefined ? { kind, name, file, header, inForce, folder } : undefined;
}

function filesOf(folder: ConfigFolder, kind: PartKind, name: string): string[] {
  return kind === 'filter' ? folder.filterFiles(name) : folder.actionFiles(name);
}

function pluginFiles(folder: ConfigFolder, name: string): string[] {
  return folder
    .actionDirs()
    .map((dir) => join(dir, name))
    .filter(isFile);
}

const PLUGINS: Readonly<Record<string, string>> = {
  'smtp.py': 'Sends a mail for each ban, by SMTP; built into f2b.',
};

/** What a file says of itself; nothing where it cannot be read. */
export function headOf(file: string): Header {
  const empty = { options: [], remarks: [], complaints: [] };
  if (file.endsWith('.py')) {
    const title = PLUGINS[basename(file)] ?? 'A plug-in in Python, which f2b does not run.';
    return { title, ...empty };
  }
  try {
    // A pipe would be waited for without end.
    if (isFile(file)) return readHeader(readFileSync(file, 'utf8'));
  } catch {
    // What cannot be read says nothing.
  }
  return { title: '', ...empty };
}

/** All files of the part with what they include, mistakes passed over. */
export function treeOf({ folder, kind, name }: Part): ConfigTree {
  const problems = new ProblemLog();
  return readTree(filesOf(folder, kind, name), { problems, tolerant: true, included: folder.included });
}
