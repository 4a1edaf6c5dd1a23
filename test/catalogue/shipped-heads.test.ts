/**
 * The heads of the files that ship: the catalogue and the pages of docs/ are made from them, so they have a fixed form.
 *
 * A new file fails here by name, line and what was expected. The form: src/core/catalogue/header.ts.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Header, readHeader } from '../../src/core/catalogue/header.js';
import { JailBook } from '../../src/core/catalogue/jails.js';
import { optionsOf } from '../../src/core/catalogue/options.js';
import { headOf, listParts, type Part, treeOf } from '../../src/core/catalogue/parts.js';
import { ConfigFolder } from '../../src/core/config/index.js';
import type { ConfigTree } from '../../src/core/config/tree.js';
import { ROOT } from '../commands/f2b.js';

const folder = new ConfigFolder(ROOT, ROOT);
const filters = listParts([folder], 'filter');
const actions = listParts([folder], 'action');
const jails = new JailBook(folder);

/** `what` is in front of every message: file and line. */
function wrongTitle({ title }: Header, form: RegExp): string[] {
  const expected = 'expected "# SERVICE: what it does, in one sentence." as the first paragraph';
  if (title === '') return [`it says nothing of itself: ${expected}`];
  const wrong: string[] = [];
  if (!form.test(title)) wrong.push(`"${title}": ${expected}`);
  if (!title.endsWith('.')) wrong.push(`"${title}": ${expected}, with a full stop`);
  return wrong;
}

/** Options that a head describes and the files do not have, or have otherwise. */
function wrongOptions({ options, complaints }: Header, tree: ConfigTree): string[] {
  const text = [...tree.sections.values()]
    .flatMap((section) => [...section.values()])
    .map((value) => value.text);
  const wrong = complaints.map(({ line, message }) => `line ${line}: ${message}`);
  const entries = optionsOf(tree, options);
  for (const { name, text: what, stated, values, line } of options) {
    const entry = entries.find((each) => each.name === name);
    const isAsked = text.some(
      (each) => each.includes(`<${name}>`) || each.includes(`%(${name.toLowerCase()})s`),
    );
    if (entry?.default === undefined && !isAsked) {
      wrong.push(`line ${line}: nothing in the file is called ${name} or asks for <${name}>`);
    }
    if (what === '' && values.length === 0) wrong.push(`line ${line}: ${name}: say what it does`);
    for (const value of values)
      if (value.text === '') wrong.push(`line ${line}: ${name} ${value.name}: say what it does`);
    if (stated !== undefined && isOther(stated, entry?.default)) {
      wrong.push(`line ${line}: ${name}: the default is "${entry?.default}", not "${stated}"`);
    }
  }
  return wrong;
}

/** Where a head says `(default: …)` it is the file's value, or a description of it in several words. */
function isOther(stated: string, value: string | undefined): boolean {
  if (value === undefined || /[\s,]/.test(stated)) return false;
  const isWord = /^(?:none|empty|nothing|any|all|no|off)$/.test(stated) && !/^\w+$/.test(value);
  const bare = (text: string) => text.replace(/["'`]/g, '').trim();
  return !isWord && bare(stated) !== bare(value);
}

function wrongModes(header: Header, tree: ConfigTree): string[] {
  const said = header.options.find(({ name }) => name === 'mode');
  const known = optionsOf(tree, []).find(({ name }) => name === 'mode');
  const names = said?.values.flatMap((value) => value.name.split(', ')) ?? [];
  const values = known?.values.map((value) => value.name) ?? [];
  if (!said && values.length === 0) return [];
  if (!said) return [`it has the modes ${values.join(', ')}: expected "# mode  NAME  what it sees" for each`];
  const wrong: string[] = [];
  const [first] = said.values[0]?.name.split(', ') ?? [];
  const missing = values.filter((value) => !names.includes(value));
  const surplus = names.filter((name) => values.length > 0 && !values.includes(name));
  if (missing.length > 0) wrong.push(`line ${said.line}: the modes ${missing.join(', ')} are not described`);
  if (surplus.length > 0) wrong.push(`line ${said.line}: there are no modes ${surplus.join(', ')}`);
  if (known?.default !== undefined && first !== known.default) {
    wrong.push(`line ${said.line}: the default, ${known.default}, comes first, not ${first}`);
  }
  return wrong;
}

/** What a user can set and nobody describes, neither the file nor what it includes. */
function unsaid(part: Part, tree: ConfigTree): string[] {
  const texts = [part.header, ...tree.files.map(headOf)].flatMap((header) => header.options);
  const own = readOwnInit(part.file);
  return optionsOf(tree, texts)
    .filter(({ name, text, values }) => own.includes(name) && !text && !values.some((value) => value.text))
    .map(
      ({ name }) => `${name} of [Init] is not described: expected "# ${name}  what it does (default: VALUE)"`,
    );
}

function readOwnInit(file: string): string[] {
  const init = /^\[Init\]$(.*?)(?=^\[|$(?![\s\S]))/ms.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  return [...init.matchAll(/^([\w.-]+)\s*=/gm)].map((found) => found[1] as string);
}

describe.each(filters.map((part) => [relative(ROOT, part.file), part] as const))('%s', (_file, part) => {
  const tree = treeOf(part);

  test('says in its first sentence what it counts', () => {
    expect(wrongTitle(part.header, /^[^:]+: \S/)).toEqual([]);
  });

  test('describes options that it has', () => {
    expect(wrongOptions(part.header, tree)).toEqual([]);
  });

  test('describes its modes, the default first', () => {
    expect(wrongModes(part.header, tree)).toEqual([]);
  });
});

describe.each(actions.map((part) => [relative(ROOT, part.file), part] as const))('%s', (_file, part) => {
  const tree = treeOf(part);

  test('says in its first sentence what it does', () => {
    expect(wrongTitle(part.header, /^/)).toEqual([]);
  });

  test('describes parameters that it has, and all that it has', () => {
    expect([...wrongOptions(part.header, tree), ...unsaid(part, tree)]).toEqual([]);
  });
});

describe.each(jails.names())('jail %s', (name) => {
  test('says in its first sentence what it bans for', () => {
    const { file = '', line = 0 } = jails.origin(name) ?? {};
    const place = `${relative(ROOT, file)}:${line}`;
    const { complaints } = jails.header(name);
    const wrong = [
      ...wrongTitle(jails.header(name), /^[^:]+: \S/),
      ...complaints.map(({ message }) => message),
    ];
    expect(wrong.map((message) => `${place}: ${message}`)).toEqual([]);
  });
});

test('a head that is not in form is noticed', () => {
  const header = readHeader('# no service here\n#\n# mode normal  x\n\n[Definition]\n');
  expect(wrongTitle(header, /^[^:]+: \S/)).toHaveLength(2);
});
