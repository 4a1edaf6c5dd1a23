/**
 * Catalogue: which filters, actions and jails there are, and everything one wants to know of one before using it.
 *
 * A configuration folder (and what ships, where the folder lacks it) → outlines for a list, details by name. All of it is
 * read from the files themselves when it is asked for, so an administrator's own files are in it like ours. Files with
 * mistakes are shown as far as they go; `f2b check` is for those. Nothing here writes.
 */
import { basename } from 'node:path';
import type { ConfigFolder, Problem } from '../config/index.js';
import type { ConfigTree } from '../config/tree.js';
import { type ActionExample, actionExample } from './action-example.js';
import type { Header, Remark, ValueText } from './header.js';
import { JailBook } from './jails.js';
import { askedFor, type OptionEntry, optionsOf } from './options.js';
import { findPart, headOf, listParts, type Part, partNamesIn, placesOf, treeOf } from './parts.js';
import { linesOf, pasteFor, stem, wholeJail } from './paste.js';
import { type ProvedSample, provedSamples, type SampleBook } from './samples.js';

export const KINDS = ['filter', 'action', 'jail'] as const;
export type Kind = (typeof KINDS)[number];

/** One line of a list. */
export interface Outline {
  readonly kind: Kind;
  readonly name: string;
  /** What it is, on one line; empty where no file says it. */
  readonly what: string;
  readonly file: string;
  /** False: it ships with f2b, but the jails of this folder do not find it. */
  readonly inForce: boolean;
  /** Of a jail. */
  readonly enabled?: boolean | undefined;
}

interface Details extends Outline {
  readonly remarks: readonly Remark[];
}

/** Of filters and actions. */
interface PartDetails extends Details {
  /** Names of the files that it includes, the nearest first: `iptables` for iptables-multiport. */
  readonly includes: readonly string[];
}

export interface FilterDetails extends PartDetails {
  readonly kind: 'filter';
  /** The default first. */
  readonly modes: readonly ValueText[];
  /** Mode that holds without a word; undefined where there are none. */
  readonly defaultMode: string | undefined;
  /** The others. */
  readonly options: readonly OptionEntry[];
  readonly samples: readonly ProvedSample[];
  /** Jails that use it, on or off. */
  readonly jails: readonly string[];
  /** For jail.local. */
  readonly paste: string;
}

export interface ActionDetails extends PartDetails {
  readonly kind: 'action';
  readonly options: readonly OptionEntry[];
  readonly example: ActionExample;
}

export interface JailDetails extends Details {
  readonly kind: 'jail';
  readonly enabled: boolean;
  readonly line: number | undefined;
  /** As its actions are told; undefined where none is set. */
  readonly port: string | undefined;
  readonly filter: string;
  readonly filterOptions: Readonly<Record<string, string>>;
  /** `logpath` as written: `%(sshd_log)s`. */
  readonly logpath: string | undefined;
  /** What that is here. */
  readonly logs: readonly string[];
  /** By path set, where they differ from what is in force; sets of the same paths together. */
  readonly logsElsewhere: readonly { readonly sets: readonly string[]; readonly logs: readonly string[] }[];
  /** What else its section says, as written. */
  readonly settings: readonly { readonly name: string; readonly value: string }[];
  readonly paste: string;
}

export type AnyDetails = FilterDetails | ActionDetails | JailDetails;

export interface CatalogueOptions {
  readonly folder: ConfigFolder;
  /** Folder of what ships. */
  readonly packageDir?: string | undefined;
  /** Lines that may count, by filter. */
  readonly samples?: SampleBook | undefined;
}

export class Catalogue {
  readonly #places: readonly ConfigFolder[];
  readonly #samples: SampleBook;
  #books: readonly JailBook[] | undefined;

  constructor({ folder, packageDir, samples = {} }: CatalogueOptions) {
    this.#places = placesOf(folder, packageDir);
    this.#samples = samples;
  }

  /** By name. `words` all have to be in the name or the description; case does not count. */
  list(kind: Kind, words: readonly string[] = []): Outline[] {
    const wanted = words.map((word) => word.toLowerCase());
    const all = kind === 'jail' ? this.#jails() : listParts(this.#places, kind).map(outlineOf);
    return all.filter(({ name, what }) => {
      const text = `${name} ${what}`.toLowerCase();
      return wanted.every((word) => text.includes(word));
    });
  }

  /** Names alone, without a look into the files of filters and actions. */
  names(kind: Kind): string[] {
    if (kind !== 'jail') return partNamesIn(this.#places, kind);
    return [...new Set(this.#bookList().flatMap((book) => book.names()))].sort();
  }

  /** Names of the jails that are on. */
  enabledJails(): string[] {
    const [book] = this.#bookList();
    return book ? book.names().filter((name) => book.enabled(name)) : [];
  }

  /** Why some jails are not here: their files could not be read. */
  get unread(): readonly Problem[] {
    return this.#bookList().flatMap(({ unread }) => unread);
  }

  /** Everything of that name: filter, action, jail. */
  find(name: string): AnyDetails[] {
    return KINDS.map((kind) => this.get(kind, name)).filter((found) => found !== undefined);
  }

  /** The one of that kind. */
  get(kind: Kind, name: string): AnyDetails | undefined {
    if (kind === 'filter') return this.#filter(name);
    return kind === 'action' ? this.#action(name) : this.#jail(name);
  }

  #filter(name: string): FilterDetails | undefined {
    const part = findPart(this.#places, 'filter', name);
    if (!part) return undefined;
    const tree = treeOf(part);
    const options = optionsOfPart(part, tree);
    const mode = options.find((option) => option.name === 'mode');
    const modes = mode?.values ?? [];
    const names = modes.flatMap((value) => value.name.split(', '));
    const book = this.#bookList().find(({ folder }) => folder === part.folder);
    const jails = book?.names().filter((jail) => book.filter(jail).name === name) ?? [];
    return {
      ...outlineOf(part),
      kind: 'filter',
      remarks: part.header.remarks,
      includes: includesOf(part, tree),
      modes,
      defaultMode: mode?.default ?? names[0],
      options: options.filter((option) => option !== mode),
      samples: provedSamples({
        filter: name,
        folder: part.folder,
        candidates: this.#samples[name] ?? [],
        modes: names.filter((each) => each !== mode?.default),
      }),
      jails,
      paste: pasteFor(part, book, jails),
    };
  }

  #action(name: string): ActionDetails | undefined {
    const part = findPart(this.#places, 'action', name);
    if (!part) return undefined;
    const tree = name.endsWith('.py') ? undefined : treeOf(part);
    const options = tree ? optionsOfPart(part, tree) : [];
    const own = new Set(part.header.options.map((option) => option.name));
    return {
      ...outlineOf(part),
      kind: 'action',
      remarks: part.header.remarks,
      includes: tree ? includesOf(part, tree) : [],
      options,
      example: actionExample({ name, what: part.header.title, options, own, tree }),
    };
  }

  #jails(): Outline[] {
    const seen = new Set<string>();
    const found = this.#bookList().flatMap((book) =>
      book.names().flatMap((name) => {
        if (seen.has(name)) return [];
        seen.add(name);
        return [this.#jailOutline(book, name, book.header(name))];
      }),
    );
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #jailOutline(book: JailBook, name: string, header: Header): Outline & { enabled: boolean } {
    const filter = book.filter(name).name;
    const what = header.title || findPart([book.folder], 'filter', filter)?.header.title || '';
    return {
      kind: 'jail',
      name,
      what,
      file: book.origin(name)?.file ?? '',
      inForce: book.folder === this.#places[0],
      enabled: book.enabled(name),
    };
  }

  #jail(name: string): JailDetails | undefined {
    const book = this.#bookList().find((each) => each.tree.has(name));
    if (!book || name === 'INCLUDES') return undefined;
    const header = book.header(name);
    const filter = book.filter(name);
    const logs = linesOf(book.value(name, 'logpath'));
    const part = findPart([book.folder], 'filter', filter.name);
    return {
      ...this.#jailOutline(book, name, header),
      kind: 'jail',
      remarks: header.remarks,
      line: book.origin(name)?.line,
      port: book.ports(name),
      filter: filter.name,
      filterOptions: Object.fromEntries(filter.options),
      logpath: book.tree.own(name, 'logpath')?.text,
      logs,
      logsElsewhere: logsElsewhere(book, name, logs),
      settings: book.tree
        .options(name)
        .filter((option) => !SHOWN.has(option))
        .map((option) => ({ name: option, value: book.tree.own(name, option)?.text ?? '' })),
      paste:
        book.folder === this.#places[0] || !part
          ? `[${name}]\nenabled = true\n`
          : wholeJail(book, name, part.file),
    };
  }

  #bookList(): readonly JailBook[] {
    this.#books ??= this.#places.map((place) => new JailBook(place));
    return this.#books;
  }
}

/** Options of a jail that have a place of their own. */
const SHOWN: ReadonlySet<string> = new Set(['enabled', 'port', 'filter', 'logpath']);

function outlineOf({ kind, name, file, header, inForce }: Part): Outline {
  return { kind, name, what: header.title, file, inForce };
}

/** Also what the files say that it includes; the nearest has the first word. */
function optionsOfPart(part: Part, tree: ConfigTree): OptionEntry[] {
  const asked = askedFor(tree);
  const inherited = includedFiles(part, tree).flatMap((file) => headOf(file).options);
  return optionsOf(tree, [...part.header.options, ...inherited.filter(({ name }) => asked.has(name))]);
}

function includesOf(part: Part, tree: ConfigTree): string[] {
  return includedFiles(part, tree).map((file) => stem(basename(file)));
}

/** Files come in reading order: what is included before what includes it. */
function includedFiles(part: Part, tree: ConfigTree): string[] {
  return [...new Set(tree.files)].filter((file) => file !== part.file).reverse();
}

function logsElsewhere(book: JailBook, name: string, now: readonly string[]): JailDetails['logsElsewhere'] {
  const groups = new Map<string, string[]>();
  for (const set of book.pathSets()) {
    const text = linesOf(book.valueWith(set, name, 'logpath')).join('\n');
    if (text !== now.join('\n')) groups.set(text, [...(groups.get(text) ?? []), set]);
  }
  return [...groups].map(([text, sets]) => ({ sets, logs: linesOf(text) }));
}
