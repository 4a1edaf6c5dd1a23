// The generated parts of a page that is written by hand for the rest: what stands between two comments.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The page as it has to be, with these {name, text} in their places. @throws the comments are not there, once each */
export function withGenerated(root, page, parts) {
  const old = readFileSync(resolve(root, page), 'utf8');
  const text = parts.reduce((whole, part) => replaced(whole, page, part), old);
  return formatted(root, page, text);
}

/** As the formatter would leave it, so that both are content. */
function formatted(root, page, input) {
  const biome = resolve(root, 'node_modules/@biomejs/biome/bin/biome');
  const args = [biome, 'format', `--stdin-file-path=${page}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0 || stdout === '') throw new Error(`${page} cannot be formatted: ${stderr}`);
  return stdout;
}

function replaced(old, page, { name, text }) {
  const begin = `<!-- ${name}: written by node scripts/drift.mjs --write, from the files themselves -->`;
  const end = `<!-- end of ${name} -->`;
  const pieces = [old.split(begin), old.split(end)];
  if (pieces.some((piece) => piece.length !== 2) || old.indexOf(begin) > old.indexOf(end)) {
    throw new Error(`${page}: expected one line "${begin}" and behind it one line "${end}"`);
  }
  return `${pieces[0][0]}${begin}\n\n${text.trim()}\n\n${end}${pieces[1][1]}`;
}

/** Plain text of a comment → Markdown that reads the same. Tags and references become code. */
export function prose(text) {
  return text
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part : escapeMarks(part)))
    .join('');
}

function escapeMarks(text) {
  return text
    .split(/(<[\w/.-]+>|%\([\w/.-]+\)s)/)
    .map((part, i) =>
      i % 2 === 1 ? `\`${part}\`` : part.replace(/[\\*<]|(?<!\w)_|_(?!\w)|\](?=\()/g, '\\$&'),
    )
    .join('');
}

export function code(text) {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

/** Rows of cells that are Markdown already. The formatter puts them into columns. */
export function table(titles, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replace(/(?<!\\)\|/g, '\\|')).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

/** One of hundreds of rows: not in columns, so that a new row is one changed line. */
export function longTable(titles, rows) {
  return `<!-- biome-ignore format: long rows -->\n${table(titles, rows)}`;
}

/** Remarks as paragraphs and examples. */
export function paragraphs(remarks) {
  return remarks.map(({ text, isExample }) => (isExample ? `\`\`\`text\n${text}\n\`\`\`` : prose(text)));
}
