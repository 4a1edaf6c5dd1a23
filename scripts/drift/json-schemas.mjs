// The types of --json results → JSON schemas. The one place that says which type a command prints.
import { resolve } from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';

// command → the type of its --json result, and where it is defined
const RESULTS = {
  banned: { type: 'BannedJson', file: 'src/view/status-json.ts' },
  check: { type: 'CheckJson', file: 'src/view/check-json.ts' },
  dump: { type: 'DumpJson', file: 'src/view/dump-json.ts' },
  get: { type: 'ReplyJson', file: 'src/view/reply-json.ts' },
  import: { type: 'ImportJson', file: 'src/view/import-json.ts' },
  regex: { type: 'RegexJson', file: 'src/view/report-json.ts' },
  replay: { type: 'ReplayJson', file: 'src/view/replay-json.ts' },
  reload: { type: 'ReplyJson', file: 'src/view/reply-json.ts' },
  scan: { type: 'ScanJson', file: 'src/view/scan-json.ts' },
  set: { type: 'ReplyJson', file: 'src/view/reply-json.ts' },
  stats: { type: 'StatsJson', file: 'src/view/status-json.ts' },
  status: { type: 'StatusJson', file: 'src/view/status-json.ts' },
  unban: { type: 'ReplyJson', file: 'src/view/reply-json.ts' },
  why: { type: 'WhyJson', file: 'src/view/why-json.ts' },
};

/** [name, schema text] of every command that knows --json. @throws one that has no entry above */
export function jsonSchemas(root, commands) {
  return Object.entries(commands)
    .filter(([, command]) => command.enableJsonFlag)
    .map(([name]) => {
      const result = RESULTS[name];
      if (!result)
        throw new Error(`scripts/drift/json-schemas.mjs does not know the type of f2b ${name} --json`);
      return [name, schemaText(root, result)];
    });
}

function schemaText(root, { type, file }) {
  const schema = createGenerator({
    path: resolve(root, file),
    tsconfig: resolve(root, 'tsconfig.json'),
    type,
    // Types are checked by their own step, and say so better.
    skipTypeCheck: true,
    // A later version may add fields.
    additionalProperties: true,
    topRef: false,
  }).createSchema(type);
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
