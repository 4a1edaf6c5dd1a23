/**
 * Runs one `f2b list` or `f2b show`: folder → catalogue → view. Loaded only when there is something to run.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AnyDetails, Catalogue, KINDS, type Kind, type SampleBook } from '../core/catalogue/index.js';
import { didYouMean } from '../core/config/check/finding.js';
import { nearest } from '../core/config/check/nearest.js';
import { findConfig } from '../core/config/index.js';
import { EXIT, F2bError, UsageError } from '../core/errors.js';
import { type Lists, listAsJson, showAsJson } from '../view/list-json.js';
import { renderList, renderNothing } from '../view/list-text.js';
import { renderDetails } from '../view/show-text.js';
import { colorLevel } from './settings.js';

export interface CatalogueRequest {
  readonly config: string | undefined;
  readonly words: readonly string[];
  readonly json: boolean;
  /** Folder of the package, for what ships with it. */
  readonly root: string;
}

export interface ListRequest extends CatalogueRequest {
  readonly enabled: boolean;
  readonly names: boolean;
}

/** Where text is not shown on a terminal. */
const PIPE_COLUMNS = 110;

/** @returns what `--json` prints; undefined when everything is printed already */
export async function list(request: ListRequest): Promise<unknown> {
  const { words, json, enabled, names } = request;
  const [first, ...more] = words;
  const asked = KINDS.find((kind) => first === kind || first === `${kind}s`);
  if (!asked && first !== undefined) throw noKind(first);
  const kinds: readonly Kind[] = enabled ? ['jail'] : asked ? [asked] : KINDS;
  if (enabled && asked && asked !== 'jail') throw usage(`--enabled is of jails, not of ${asked}s`);
  const catalogue = open(request);
  const finish = () => (kinds.includes('jail') ? assertAllRead(catalogue) : undefined);
  if (names && !json && more.length === 0) {
    const found = enabled ? catalogue.enabledJails() : kinds.flatMap((kind) => catalogue.names(kind));
    process.stdout.write([...new Set(found)].map((name) => `${name}\n`).join(''));
    return finish();
  }
  const lists: Lists = Object.fromEntries(
    kinds.map((kind) => {
      const all = catalogue.list(kind, more);
      return [kind, enabled ? all.filter((each) => each.enabled && each.inForce) : all];
    }),
  );
  if (json) {
    finish();
    return listAsJson(lists);
  }
  const all = kinds.flatMap((kind) => lists[kind] ?? []);
  if (names) process.stdout.write(all.map(({ name }) => `${name}\n`).join(''));
  else {
    const columns = process.stdout.isTTY ? process.stdout.columns : undefined;
    process.stdout.write(renderList(lists, { colors: colorLevel(process.stdout, process.env), columns }));
  }
  if (all.length === 0) process.stderr.write(enabled ? 'No jail is enabled.\n' : renderNothing(kinds, more));
  return finish();
}

/** @returns what `--json` prints; undefined when everything is printed already */
export async function show(request: CatalogueRequest): Promise<unknown> {
  const catalogue = open(request, readSamples(request.root));
  const found = request.words.flatMap((word): AnyDetails[] => {
    const all = catalogue.find(word);
    if (all.length === 0) throw unknown(word, catalogue);
    return all;
  });
  if (request.json) {
    assertAllRead(catalogue);
    return showAsJson(found);
  }
  const columns = process.stdout.isTTY ? process.stdout.columns : PIPE_COLUMNS;
  process.stdout.write(renderDetails(found, { colors: colorLevel(process.stdout, process.env), columns }));
  return assertAllRead(catalogue);
}

/** What was printed is not all there is. @throws {F2bError} */
function assertAllRead(catalogue: Catalogue): undefined {
  const [first] = catalogue.unread;
  if (!first) return undefined;
  const hint = first.hint ?? `Make ${first.origin?.file} readable, or move it out of the way.`;
  throw new F2bError(first.code, first.message, { hint });
}

function open({ config, root }: CatalogueRequest, samples?: SampleBook): Catalogue {
  const folder = findConfig({ dir: config, envDir: process.env['F2B_CONFIG'], packageDir: root });
  folder.assertExists();
  return new Catalogue({ folder, packageDir: root, samples });
}

/** Put there by the build. */
function readSamples(root: string): SampleBook {
  try {
    return JSON.parse(readFileSync(join(root, 'dist/samples.json'), 'utf8'));
  } catch {
    return {};
  }
}

function noKind(word: string): UsageError {
  const kinds = KINDS.map((kind) => `${kind}s`);
  const near = didYouMean(nearest(word, kinds));
  return usage(`unknown kind: ${word}`, near ?? `Say ${kinds.join(', ')} first: f2b list filters ${word}`);
}

function unknown(word: string, catalogue: Catalogue): UsageError {
  const names = KINDS.flatMap((kind) => catalogue.names(kind));
  const bare = word.replace(/^.*\//s, '').replace(/\.(?:conf|local)$/, '');
  const near = didYouMean(names.includes(bare) ? bare : nearest(bare, new Set(names)));
  const message = `there is no filter, action or jail ${word}`;
  return new UsageError('unknown-name', message, { hint: near ?? 'f2b list tells which there are.' });
}

function usage(message: string, hint?: string): UsageError {
  return new UsageError('usage', message, { exitCode: EXIT.unreadable, hint });
}
