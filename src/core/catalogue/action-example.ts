/**
 * Catalogue: how an action is called, as text for a jail: with what has no default of its own left to fill in.
 */
import type { ConfigTree } from '../config/tree.js';
import { askedFor, type OptionEntry } from './options.js';

export interface ActionExample {
  /** True: it bans, and can be the `banaction`. False: it does something besides. */
  readonly bans: boolean;
  /** For jail.local. */
  readonly text: string;
  /** Options without which it does nothing useful. */
  readonly needed: readonly string[];
}

export interface ExampleRequest {
  readonly name: string;
  readonly what: string;
  readonly options: readonly OptionEntry[];
  /** Those that its own head describes. */
  readonly own: ReadonlySet<string>;
  /** Undefined for a plug-in. */
  readonly tree: ConfigTree | undefined;
}

/** Filled in by the jail or the ban. */
const GIVEN: ReadonlySet<string> = new Set([
  'name',
  'actname',
  'logpath',
  'bantime',
  'port',
  'protocol',
  'chain',
]);

export function actionExample({ name, what, options, own, tree }: ExampleRequest): ActionExample {
  const bans = /\bbans\b/i.test(what) || options.some(({ name: option }) => FIREWALL.has(option));
  const mayNeed = options.filter((option) => own.has(option.name) || option.text === undefined);
  const needed = mayNeed.filter(isNeeded).map((option) => option.name);
  const blanks = needed.map((option) => `${option}="…"`);
  if (bans) return { bans, needed, text: `banaction = ${called(name, blanks)}\n` };
  const asked = tree ? askedFor(tree, ['actionban']) : new Set();
  const wanted = ['logpath'].filter((option) => asked.has(option));
  const given = wanted.map((option) => `${option}="%(${option})s"`);
  return { bans, needed, text: `action = %(action_)s\n         ${called(name, [...blanks, ...given])}\n` };
}

const FIREWALL: ReadonlySet<string> = new Set(['blocktype', 'chain', 'port']);

/** The files have nothing for it, and its head does not say that nothing will do. */
function isNeeded({ name, text, default: value, values, variants, optional }: OptionEntry): boolean {
  if (GIVEN.has(name) || values.length > 0 || variants.length > 0 || optional) return false;
  return value === undefined ? text !== undefined : value === '';
}

function called(name: string, options: readonly string[]): string {
  return options.length === 0 ? name : `${name}[${options.join(', ')}]`;
}
