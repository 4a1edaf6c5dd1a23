/**
 * What every part of a check shares: the folder, the files, the findings; and one place that turns errors of the
 * reader into findings that point at the very line that is wrong.
 */
import { ConfigError, F2bError, type Origin } from '../../errors.js';
import type { ConfigFolder } from '../find-config.js';
import { MissingNameError } from '../interpolate.js';
import { ProblemLog } from '../problems.js';
import { readTree } from '../read-tree.js';
import type { ConfigTree } from '../tree.js';
import { didYouMean, type FindingLog } from './finding.js';
import type { Layout } from './layout.js';
import { nearest } from './nearest.js';
import type { FileKind, SourceFiles } from './source-files.js';
import { Vocabulary } from './vocabulary.js';

export interface CheckContext {
  readonly folder: ConfigFolder;
  readonly files: SourceFiles;
  readonly log: FindingLog;
  /** What the values of all files of a kind refer to. */
  readonly used: Readonly<Record<FileKind, Vocabulary>>;
  /** Filters and actions by kind and name, read once. */
  readonly parts: Map<string, ReadPart>;
  /** For the window of years of date patterns. */
  readonly year: number;
  readonly judgeFormula: FormulaJudge | undefined;
  /** Does this machine keep a journal? */
  readonly hasJournal: boolean;
  /** Names of encodings that were asked for; whether they exist is known to another room. */
  readonly encodings: Map<string, { origin: Origin | undefined; jail: string | undefined }>;
}

/** What is wrong with a formula of ban times, and at which offset of the text; undefined when nothing is. */
export type FormulaJudge = (
  option: 'bantime.factor' | 'bantime.formula',
  text: string,
) =>
  | { readonly message: string; readonly index?: number | undefined; readonly hint?: string | undefined }
  | undefined;

/** The files of a filter or an action, as they are written. */
export interface ReadPart {
  readonly tree: ConfigTree;
  readonly vocabulary: Vocabulary;
}

export function readPart(kind: 'filter' | 'action', name: string, context: CheckContext): ReadPart {
  const id = `${kind}/${name}`;
  let part = context.parts.get(id);
  if (!part) {
    const { folder, files } = context;
    const paths = kind === 'filter' ? folder.filterFiles(name) : folder.actionFiles(name);
    const tree = readFiles(paths, kind, context);
    part = { tree, vocabulary: new Vocabulary(files.of(kind, new Set(tree.files))) };
    context.parts.set(id, part);
  }
  return part;
}

/** The first line that holds a text: within an option of this name, else anywhere (in a section, only there). */
export function lineOf(
  text: string,
  layouts: readonly Layout[],
  option: string,
  section?: string,
): Origin | undefined {
  let elsewhere: Origin | undefined;
  for (const { file, entries } of layouts) {
    for (const entry of entries) {
      if (entry.kind !== 'option') continue;
      if (section !== undefined && (entry.section !== section || entry.key !== option)) continue;
      const line = [entry, ...entry.continuations].find(({ text: line }) => line.includes(text));
      if (line && entry.key === option) return { file, line: line.line };
      if (line) elsewhere ??= { file, line: line.line };
    }
  }
  return elsewhere;
}

/** A list to hand to the reader where its own complaints are of no interest: the check finds more. */
export function ignoredProblems(): ProblemLog {
  return new ProblemLog();
}

/** Reads files with their includes, notes them, and reports what cannot be read. */
export function readFiles(
  files: readonly string[],
  kind: FileKind,
  { files: sources, log, folder }: Pick<CheckContext, 'files' | 'folder' | 'log'>,
): ConfigTree {
  const problems = new ProblemLog();
  const tree = readTree(files, { problems, tolerant: true, included: folder.included });
  sources.add([...files, ...tree.files], kind);
  for (const { code, message, origin, hint } of problems.list) {
    // Errors of grammar are found again, and better, in the file's layout.
    if (code === 'unreadable-file' || code === 'not-utf8' || code.startsWith('interpolation-')) {
      log.error(code, firstLine(message), { origin, suggestion: hint });
    }
  }
  return tree;
}

export interface ErrorPlace {
  readonly jail?: string | undefined;
  /** The files the value could come from; where to look for `%(name)s`. */
  readonly layouts: readonly Layout[];
  /** Names that `%(…)s` could have meant. */
  readonly names: Iterable<string>;
}

/** An error of the reader → a finding. Anything that is no F2bError is a bug and thrown on. */
export function reportError(error: unknown, log: FindingLog, place: ErrorPlace): void {
  if (!(error instanceof F2bError)) throw error;
  const inner = error.cause instanceof ConfigError ? error.cause : error;
  const { jail } = place;
  if (inner instanceof MissingNameError) {
    const reference = `%(${inner.key})s`;
    const found = locate(reference, inner, place.layouts);
    log.error(
      'unknown-name',
      `${found?.text ?? reference} refers to nothing: there is no option ${inner.key}`,
      {
        origin: found?.origin ?? inner.origin,
        got: found?.text ?? reference,
        jail,
        suggestion: didYouMean(
          near(inner.key, place.names),
          `Define ${inner.key}, or write %%( if no reference is meant.`,
        ),
      },
    );
    return;
  }
  const origin = inner instanceof ConfigError ? inner.origin : undefined;
  if (inner.code === 'interpolation-syntax') {
    const lines = place.layouts.find(({ file }) => file === origin?.file)?.lines;
    const line =
      origin && lines?.findIndex((text, i) => i >= origin.line - 1 && /%(?![%(])|%\((?![^)]+\)s)/.test(text));
    const at = origin && line !== undefined && line >= 0 ? { file: origin.file, line: line + 1 } : origin;
    const column = at && (lines?.[at.line - 1] ?? '').search(/(?<!%)(?:%%)*%(?![%(])|%\((?![^)]+\)s)/);
    log.error('percent-sign', 'a % that begins no %(name)s has to be doubled', {
      origin: at,
      column: column === undefined || column < 0 ? undefined : column + 1,
      expected: '%% or %(name)s',
      jail,
      suggestion: inner.hint,
    });
    return;
  }
  const option = inner instanceof ConfigError ? inner.option : undefined;
  const loop = LOOPS[inner.code];
  const message = loop === undefined ? firstLine(inner.message) : `${option ?? 'the value'} ${loop}`;
  log.error(inner.code, message, { origin, jail, suggestion: inner.hint });
}

const LOOPS: Readonly<Record<string, string>> = {
  'interpolation-depth': 'is made of %(names)s that lead back to it, or through more than ten others',
  'tag-recursion': 'is made of <tags> that lead back to it',
};

function near(key: string, names: Iterable<string>): string | undefined {
  const slash = key.indexOf('/');
  if (slash === -1) {
    const found = nearest(key, names);
    return found && `%(${found})s`;
  }
  const found = nearest(key.slice(slash + 1), names);
  return found && `%(${key.slice(0, slash + 1)}${found})s`;
}

/** Where a text stands: in the value that failed, else in its section, in [DEFAULT], anywhere. */
function locate(
  text: string,
  error: ConfigError,
  layouts: readonly Layout[],
): { text: string; origin: Origin } | undefined {
  const wanted = text.toLowerCase();
  const places: { text: string; origin: Origin; rank: number }[] = [];
  for (const { file, entries } of layouts) {
    for (const entry of entries) {
      if (entry.kind !== 'option') continue;
      const own = entry.key === error.option && entry.section === error.section;
      const rank = own ? 0 : entry.section === error.section ? 1 : entry.section === 'DEFAULT' ? 2 : 3;
      for (const line of [entry, ...entry.continuations]) {
        const at = line.text.toLowerCase().indexOf(wanted);
        if (at === -1) continue;
        places.push({ text: line.text.slice(at, at + text.length), origin: { file, line: line.line }, rank });
      }
    }
  }
  return places.sort((a, b) => a.rank - b.rank)[0];
}

export function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return end === -1 ? text : text.slice(0, end);
}
