// The types of --json results → JSON schemas. The one place that says which type a command prints.
import { resolve } from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';

// command → the type of its --json result, defined in some src/view/*-json.ts
const RESULTS = {
  banned: 'BannedJson',
  check: 'CheckJson',
  dump: 'DumpJson',
  get: 'ReplyJson',
  import: 'ImportJson',
  regex: 'RegexJson',
  replay: 'ReplayJson',
  reload: 'ReplyJson',
  client: 'ReplyJson',
  flushlogs: 'ReplyJson',
  link: 'LinkJson',
  list: 'ListJson',
  ping: 'PingJson',
  restart: 'StartJson',
  show: 'ShowJson',
  start: 'StartJson',
  stop: 'StopJson',
  scan: 'ScanJson',
  set: 'ReplyJson',
  stats: 'StatsJson',
  status: 'StatusJson',
  unban: 'ReplyJson',
  why: 'WhyJson',
};

/** [name, schema text] of every command that knows --json. @throws one that has no entry above */
export function jsonSchemas(root, commands) {
  const textOf = schemaTexts(root);
  return Object.entries(commands)
    .filter(([, command]) => command.enableJsonFlag)
    .map(([name]) => {
      const type = RESULTS[name];
      if (!type)
        throw new Error(`scripts/drift/json-schemas.mjs does not know the type of f2b ${name} --json`);
      return [name, textOf(type)];
    });
}

/** One reading of the sources serves all types. */
function schemaTexts(root) {
  const generator = createGenerator({
    path: resolve(root, 'src/view/*-json.ts'),
    tsconfig: resolve(root, 'tsconfig.json'),
    // Types are checked by their own step, and say so better.
    skipTypeCheck: true,
    // A later version may add fields.
    additionalProperties: true,
    topRef: false,
  });
  return (type) => `${JSON.stringify(generator.createSchema(type), undefined, 2)}\n`;
}
