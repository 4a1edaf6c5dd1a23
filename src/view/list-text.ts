/**
 * View: `f2b list`: name and description of filters, actions and jails, one line each.
 *
 * On a terminal a description is cut where the line ends; in a pipe lines are whole. Several kinds have a title each.
 */
import { Chalk, type ChalkInstance, type ColorSupportLevel } from 'chalk';
import { KINDS, type Kind, type Outline } from '../core/catalogue/index.js';
import { escapeControls } from './escape.js';
import type { Lists } from './list-json.js';

export interface ListView {
  readonly colors: ColorSupportLevel;
  /** Undefined in a pipe. */
  readonly columns: number | undefined;
}

/** Ends with a newline; empty where there is nothing. */
export function renderList(lists: Lists, { colors, columns }: ListView): string {
  const paint = new Chalk({ level: colors });
  const shown = KINDS.filter((kind) => (lists[kind]?.length ?? 0) > 0);
  const width = Math.max(0, ...shown.flatMap((kind) => lists[kind] ?? []).map(({ name }) => name.length));
  const parts = shown.map((kind) => {
    const title = shown.length > 1 ? `${paint.cyan(`${kind}s`)}\n` : '';
    return `${title}${(lists[kind] ?? []).map((each) => rowOf(each, { paint, width, columns })).join('')}`;
  });
  return parts.join('\n');
}

/** What to say when nothing was found. */
export function renderNothing(kinds: readonly Kind[], words: readonly string[]): string {
  const asked = kinds.length === 1 ? `${kinds[0]}` : 'filter, action or jail';
  const with_ = words.length === 0 ? '' : ` with ${words.join(' and ')} in its name or description`;
  return `There is no ${asked}${escapeControls(with_)}.\n`;
}

interface RowView {
  readonly paint: ChalkInstance;
  readonly width: number;
  readonly columns: number | undefined;
}

function rowOf({ name, what, inForce, enabled }: Outline, { paint, width, columns }: RowView): string {
  const marks = [enabled ? 'on' : '', inForce ? '' : 'ships with f2b'].filter((mark) => mark !== '');
  const text = escapeControls(marks.length > 0 ? `[${marks.join(', ')}] ${what}`.trimEnd() : what);
  const room = columns === undefined ? text.length : Math.max(10, columns - width - 2);
  const cut = [...text].length > room ? `${[...text].slice(0, room - 1).join('')}…` : text;
  const label = escapeControls(name);
  const dress = enabled ? paint.green : inForce ? paint.bold : paint.dim;
  const gap = ' '.repeat(Math.max(0, width - label.length) + 2);
  return text === '' ? `${dress(label)}\n` : `${dress(label)}${gap}${inForce ? cut : paint.dim(cut)}\n`;
}
