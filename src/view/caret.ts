/**
 * View: a text and a place in it → the part of the text around the place, and a caret under it.
 */
import { escapeControls } from './escape.js';

const BEFORE = 50;
const AFTER = 25;
const CUT = '…';

/** Two lines, indented. The text may be hostile: it is escaped. */
export function withCaret(text: string, index: number): string {
  const before = text.slice(Math.max(0, index - BEFORE), index);
  const after = text.slice(index, index + AFTER);
  const left = escapeControls(index > BEFORE ? CUT + before : before);
  const right = escapeControls(index + AFTER < text.length ? after + CUT : after);
  return `  ${left}${right}\n  ${' '.repeat([...left].length)}^\n`;
}
