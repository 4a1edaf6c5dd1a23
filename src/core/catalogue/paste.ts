/**
 * Catalogue: what to paste into jail.local to use a filter, as text.
 */
import type { JailBook } from './jails.js';
import type { Part } from './parts.js';

/** A jail that there is has to be turned on only; out of its reach the filter is named by its path. */
export function pasteFor(
  { name, file, inForce }: Part,
  book: JailBook | undefined,
  jails: readonly string[],
): string {
  const jail = jails.includes(name) ? name : jails[0];
  if (jail !== undefined && inForce) return `[${jail}]\nenabled = true\n`;
  if (jail !== undefined && book) return wholeJail(book, jail, file);
  const filter = inForce ? name : stem(file);
  return `[${name}]\nenabled = true\nfilter = ${filter}\nport = http,https\nlogpath = /var/log/${name}.log\n`;
}

/** A jail for a folder that has neither it nor its filter. */
export function wholeJail(book: JailBook, jail: string, filterFile: string): string {
  const given = [...book.filter(jail).options].map(([name, value]) => `${name}="${value}"`);
  const filter = `${stem(filterFile)}${given.length > 0 ? `[${given.join(', ')}]` : ''}`;
  const logpath = linesOf(book.value(jail, 'logpath')).join('\n    ');
  const port = book.ports(jail) ?? '0:65535';
  return `[${jail}]\nenabled = true\nfilter = ${filter}\nport = ${port}\nlogpath = ${logpath}\n`;
}

/** A file without its ending. */
export function stem(file: string): string {
  return file.replace(/\.(?:conf|local)$/, '');
}

/** Lines of a value, without blanks around them and empty ones. */
export function linesOf(text: string | undefined): string[] {
  return (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
