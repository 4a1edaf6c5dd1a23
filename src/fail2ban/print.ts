/** Standard output: text as it is for a pipe, safe text for a terminal. */
import { escapeControls } from '../view/escape.js';

export function print(text: string): void {
  const safe = process.stdout.isTTY ? text.split('\n').map(escapeTabbed).join('\n') : text;
  process.stdout.write(`${safe}\n`);
}

/** Layouts hold tabs of their own. */
function escapeTabbed(line: string): string {
  return line
    .split('\t')
    .map((part) => escapeControls(part))
    .join('\t');
}
