// The command line as one page, docs/commands.md: what `--help` says, from the same command classes.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

const INTRO = `# Commands

<!-- Written by node scripts/drift.mjs --write from the command classes in src/commands. -->

Exit codes are listed in [exit-codes.md](exit-codes.md), the shape of each \`--json\` result in [schemas/](../schemas).
`;

/** The whole page. Needs a build: commands are loaded as oclif loads them. */
export async function commandsPage(root) {
  const { Plugin } = require('@oclif/core');
  const plugin = new Plugin({ root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true });
  await plugin.load();
  const commands = Object.values(plugin.manifest.commands).sort((a, b) => (a.id < b.id ? -1 : 1));
  return [INTRO, ...commands.map((command) => commandSection(command))].join('\n');
}

function commandSection(command) {
  const names = [...(command.aliases ?? []), ...(command.hiddenAliases ?? [])];
  const parts = [
    `## f2b ${command.id}`,
    plain(command.summary),
    names.length > 0 ? `Also called ${names.map((name) => `\`${name}\``).join(', ')}.` : '',
    fenced(`f2b ${plain(command.usage ?? defaultUsage(command))}`),
    fenced(plain(command.description)),
    table(
      'Argument',
      Object.values(command.args).map((arg) => [`\`${arg.name}\``, arg.description]),
    ),
    table(
      'Option',
      Object.values(command.flags)
        .filter((flag) => !flag.hidden)
        // What all commands share comes last.
        .sort((a, b) => Number(a.name === 'json') - Number(b.name === 'json'))
        .map((flag) => [flagNames(flag), flag.summary ?? flag.description]),
    ),
    command.examples?.length ? `Examples:\n\n${fenced(command.examples.map(exampleText).join('\n'))}` : '',
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** For a class that leaves its usage to oclif. */
function defaultUsage({ id, args, strict }) {
  const words = Object.values(args).map(({ name, required }) => {
    const word = strict === false ? `${name}...` : name;
    return required ? word : `[${word}]`;
  });
  return [id, '[OPTIONS]', ...words].join(' ');
}

function flagNames({ name, char, aliases = [], helpValue, type }) {
  const value = type === 'option' ? ` ${helpValue ?? 'VALUE'}` : '';
  const long = [name, ...aliases].map((each) => `--${each}`);
  return [...(char ? [`-${char}`] : []), ...long].map((each) => `\`${each}${value}\``).join(', ');
}

function exampleText(example) {
  return plain(typeof example === 'string' ? example : example.command);
}

/** Text of a class without oclif's place holders. */
function plain(text = '') {
  return text
    .replace(/<%=\s*config\.bin\s*%>/g, 'f2b')
    .replace(/<%=\s*command\.id\s*%>/g, '')
    .trim();
}

function fenced(text) {
  return text === '' ? '' : `\`\`\`text\n${text}\n\`\`\``;
}

/** Two columns, or nothing where there are no rows. */
function table(title, rows) {
  if (rows.length === 0) return '';
  const lines = rows.map(([name, text]) => `| ${cell(name)} | ${cell(plain(text))} |`);
  return [`| ${title} | |`, '| --- | --- |', ...lines].join('\n');
}

/** A bar would end the cell. */
function cell(text) {
  return text.replaceAll('\n', ' ').replaceAll('|', '\\|');
}
